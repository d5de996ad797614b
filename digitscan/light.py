"""Light: how bright the paper of a page is from place to place, divided out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_COARSE = 150
"""The light is estimated on a page reduced to between this many and twice as many pixels across."""

_ROWS = 4
"""Rows of a page that one of the reduced page is the mean of."""

_BAND = 64
"""Rows of a band, about, that is divided by its light at once."""


def flatten_light(dark: NDArray[np.uint8], least: int = 0) -> NDArray[np.uint8]:
    """Measure the darkness below the local paper, whatever the light.

    The paper is a grey closing with a window wider than any stroke, taken on a reduced page: light changes
    slowly. Beyond the edges of the page it goes on as it changed before them.

    Args:
        dark: ``(H, W)`` ``uint8`` page or field, ink darker than paper.
        least: Some rows of the page in which nothing is as dark as this are paper, all 0, which is quick.

    Returns:
        ``(H, W)`` ``uint8``, 0 for paper to 255 for black.

    >>> shaded = np.tile(np.linspace(120, 240, 60).round().astype(np.uint8), (40, 1))
    >>> shaded[10:30, 20:24] = 30
    >>> darkness = flatten_light(shaded)
    >>> bool(darkness[:10].max() < 10), bool(darkness[10:30, 20:24].min() > 180)
    (True, True)
    """
    height, width = dark.shape
    factor = max(1, min(height, width) // _COARSE)
    size = width // factor, height // factor
    small = cv2.resize(_some_rows(dark, factor)[:, : size[0] * factor], size, interpolation=cv2.INTER_AREA)
    reach = max(6, min(small.shape) // 10)
    # Ink on the page's edge must not go on beyond it.
    small = cv2.morphologyEx(small, cv2.MORPH_CLOSE, square(reach // 3))
    # Twice the edge less the mirror image; at least half of that, for margins that are black.
    beyond = 2 * reach
    mirrored = cv2.copyMakeBorder(small, beyond, beyond, beyond, beyond, cv2.BORDER_REFLECT_101)
    edge = cv2.copyMakeBorder(small, beyond, beyond, beyond, beyond, cv2.BORDER_REPLICATE)
    wider = cv2.max(cv2.addWeighted(edge, 2, mirrored, -1, 0), cv2.convertScaleAbs(mirrored, alpha=0.5))
    paper = cv2.morphologyEx(wider, cv2.MORPH_CLOSE, square(reach))
    for _ in range(2):
        paper = cv2.blur(paper, (reach | 1, reach | 1))
    paper = np.maximum(paper[beyond:-beyond, beyond:-beyond], 1)
    return _divided(dark, paper, factor, least)


def _some_rows(dark: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Of each ``factor`` rows as many as are enough for their mean.

    Whole factors are quick; what that leaves out below is less than a pixel of the reduced page.
    """
    height, width = len(dark) // factor, dark.shape[1]
    rows = dark[: height * factor].reshape(height, factor, width)
    if factor > _ROWS:
        rows = rows[:, np.arange(_ROWS) * factor // _ROWS + factor // (2 * _ROWS)]
    return rows.reshape(-1, width)


def _divided(dark: NDArray[np.uint8], paper: NDArray[np.uint8], factor: int, least: int) -> NDArray[np.uint8]:
    """Darkness of a page below its paper, which is given on a page smaller by a factor."""
    darkness = np.zeros(dark.shape, np.uint8)
    # Beyond its edges the paper goes on; interpolation sees it, and so do the rows and columns left out.
    around = cv2.copyMakeBorder(paper, 1, 1, 0, 1, cv2.BORDER_REPLICATE)
    step = max(1, _BAND // factor)
    for first in range(0, len(paper), step):
        part = around[first : min(first + step, len(paper)) + 2]
        last = len(part) - 2 + first
        rows = slice(first * factor, last * factor if last < len(paper) else len(dark))
        if 255 - round(255 * int(dark[rows].min()) / int(part.max())) < least:
            continue
        size = part.shape[1] * factor, part.shape[0] * factor
        light = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
        light = light[factor : factor + rows.stop - rows.start, : dark.shape[1]]
        # Each in the processor's cache.
        share = cv2.divide(dark[rows], light, scale=255)
        cv2.bitwise_not(share, dst=darkness[rows])
    return darkness


def square(reach: int) -> NDArray[np.uint8]:
    """A square as a structuring element, with so many pixels to either side of its middle."""
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
