"""Ink: what is written on a page, told from paper, light and texture.

The light on the paper is estimated by a grey closing and divided out; a threshold between ink and paper is
then found where the two meet, by the method of Otsu (1979), "A threshold selection method from gray-level
histograms", applied to the pixels around edges only: on a page the paper outnumbers the ink a hundred to
one, beside an edge they are even.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FAINTEST_INK = 24
"""Darkness below the paper, of 255, under which nothing counts as ink."""

LEAST_EDGE = 100
"""Pixels of clear edge from which on a page has ink; a small image needs a hundredth of its pixels."""

_LEVEL = 4.0
"""Runs of ink this many times as long as high are level rules rather than strokes."""

HALO = 0.4
"""Darkness, as a share of the threshold, below which the grey around a stroke is paper."""

USUAL_INK = 0.75
"""Share of the ink that is no darker than full ink."""


@dataclass(frozen=True)
class Ink:
    """What is written on a page.

    Attributes:
        density: ``(H, W)`` ``uint8``, 0 for paper to 255 for full ink, with the grey edges of strokes.
        mask: ``(H, W)`` ``uint8``, 255 where there is ink, which is where the density is 128 or more, and 0
            elsewhere.
        stroke: The usual width of the strokes in pixels; 0 on a blank page.
    """

    density: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    stroke: float


def find_ink(grey: NDArray[np.uint8]) -> Ink:
    """Tell ink from paper.

    Args:
        grey: ``(H, W)`` page or field, ink darker than paper or, on an inverted page, lighter.

    Returns:
        The ink. Nothing fainter than ``FAINTEST_INK`` counts, so that a blank page has none.

    >>> page = np.full((40, 60), 230, np.uint8)
    >>> page[10:30, 20:24] = 30
    >>> ink = find_ink(page)
    >>> int((ink.mask > 0).sum()), ink.stroke
    (80, 4.0)
    """
    dark = _as_dark_ink(grey)
    if _is_flat(dark):
        density = cv2.bitwise_not(dark)
        mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
        return Ink(density, mask, stroke_width(mask))
    flattened = _flatten_light(dark)
    threshold = _threshold(flattened)
    if threshold is None:
        return Ink(np.zeros_like(dark), np.zeros_like(dark), 0.0)
    density = _stretch(flattened, threshold)
    mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    return Ink(density, mask, stroke_width(mask))


def stroke_width(mask: NDArray[np.uint8]) -> float:
    """Measure the usual width of a stroke: the median length of the horizontal runs of ink.

    Args:
        mask: ``(H, W)``, nonzero where there is ink.

    Returns:
        Width in pixels, 0 where there is no ink. Where runs are far longer than high, as on a page of level
        rules alone, it is the median length of the vertical runs.
    """
    across, down = _median_run(mask), _median_run(mask.T)
    return across if across <= _LEVEL * down else down


def _median_run(mask: NDArray[np.uint8]) -> float:
    """Median length of the runs along the rows; every row of a small image counts, of a page every few."""
    rows = mask[:: max(1, mask.shape[0] // 400)] > 0
    edges = np.diff(np.pad(rows, ((0, 0), (1, 1))).astype(np.int8).ravel())
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    return float(np.median(lengths)) if len(lengths) else 0.0


def _as_dark_ink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn a page of light ink on dark paper into one of dark ink on light paper.

    Paper is what there is most of, so the median is paper. Where it is dark, ink is what strays from its
    surroundings: lighter than them on an inverted page, which the sign of the third moment tells.
    """
    sample = np.ascontiguousarray(grey[:: max(1, grey.shape[0] // 500), :: max(1, grey.shape[1] // 500)])
    if np.median(sample) >= 128:
        return grey
    window = min(31, min(sample.shape) // 2 * 2 + 1)
    strays = sample.astype(np.float64) - cv2.medianBlur(sample, window)
    return cv2.bitwise_not(grey) if np.sum(strays**3) > 0 else grey


def _is_flat(dark: NDArray[np.uint8]) -> bool:
    """Whether the page is black on white already, as a one-bit scan or a drawn page is."""
    histogram = cv2.calcHist([dark], [0], None, [256], [0, 256]).ravel()
    return bool(histogram[1:255].sum() <= 0.002 * dark.size) if histogram[255] > histogram[0] else False


def _flatten_light(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Darkness below the local paper: 0 for paper, 255 for black, whatever the light.

    The paper is a grey closing with a window wider than any stroke, taken on a reduced page: light changes
    slowly.
    """
    height, width = dark.shape
    factor = max(1, min(height, width) // 300)
    small = cv2.resize(
        dark, (max(1, width // factor), max(1, height // factor)), interpolation=cv2.INTER_AREA
    )
    window = 2 * max(6, min(small.shape) // 10) + 1
    paper = cv2.morphologyEx(
        small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window))
    )
    paper = cv2.GaussianBlur(paper, (0, 0), window / 4, borderType=cv2.BORDER_REPLICATE)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.bitwise_not(cv2.divide(dark, cv2.max(paper, np.array([[1]], np.uint8)), scale=255))


def _threshold(flattened: NDArray[np.uint8]) -> int | None:
    """Darkness between paper and ink, or None on a page without ink."""
    # The mean of nine pixels takes the edges out of noise and leaves those of strokes.
    edges = cv2.morphologyEx(cv2.blur(flattened, (3, 3)), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    histogram = cv2.calcHist([edges], [0], None, [256], [0, 256]).ravel()
    least = min(LEAST_EDGE, max(4.0, 0.01 * edges.size))
    strongest = 255 - int(np.searchsorted(np.cumsum(histogram[::-1]), least))
    if strongest < FAINTEST_INK:
        return None
    near = edges >= max(FAINTEST_INK // 2, strongest // 3)
    threshold, _ = cv2.threshold(flattened[near].reshape(-1, 1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return max(int(threshold), FAINTEST_INK // 2)


def _stretch(flattened: NDArray[np.uint8], threshold: int) -> NDArray[np.uint8]:
    """Stretch darkness so that paper and its texture become 0, the threshold 128 and the usual ink 255."""
    histogram = cv2.calcHist([flattened], [0], None, [256], [0, 256]).ravel()
    inked = np.cumsum(histogram[threshold:])
    full = threshold + int(np.searchsorted(inked, inked[-1] * USUAL_INK))
    steps = np.interp(np.arange(256), (HALO * threshold, threshold, max(full, threshold + 1)), (0, 128, 255))
    return cv2.LUT(flattened, np.round(steps).astype(np.uint8))
