"""Components: the connected ink of a field without its dust, and the measures of the writing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.cuts import measure_slant

_SPECK = 0.35
"""Components with less area than this share of a squared stroke are dust."""

_SMALL = 0.15
"""Components that neither way reach this share of a digit's height are dust too: no digit is the worse
without them."""

_STACKED = 0.5
"""Components that share this part of the narrower one's width lie above each other."""

_CLOSE = 0.15
"""Parts of one digit above each other lie at most this share of its height apart."""


@dataclass(frozen=True)
class Components:
    """The components of a field's ink.

    Attributes:
        labels: ``(H, W)`` ``int32``, a number for the ink of each component, dust among them; 0 for paper.
        boxes: ``(N, 4)`` x, y, width, height of those that are no dust.
        names: ``(N,)`` their numbers.
        digit_height: Usual height of a digit in pixels, 0 without ink.
        stroke: Mean width of the strokes in pixels, 1 at the least.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    names: NDArray[np.int64]
    digit_height: float
    stroke: float

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.names)

    @cached_property
    def ink(self) -> NDArray[np.bool_]:
        """``(H, W)``, True where there is ink that is no dust."""
        return np.isin(self.labels, self.names)

    @cached_property
    def slant(self) -> float:
        """How far the writing leans, as ``measure_slant`` gives it."""
        return measure_slant(self.ink)


def find_components(density: NDArray[np.uint8]) -> Components:
    """Find the components of a field's ink.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255; 128 and more counts as ink.

    Returns:
        The components, dust left out.
    """
    mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    # Twice the area by the outline's length is the mean width of a stroke.
    area = cv2.countNonZero(mask)
    outline = area - cv2.countNonZero(cv2.erode(mask, np.ones((3, 3), np.uint8)))
    stroke = max(1.0, 2 * area / max(1, outline))
    names = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= _SPECK * stroke * stroke)
    names = names[names > 0]
    digit_height = _digit_height(stats[names, :4], stats[names, cv2.CC_STAT_AREA])
    sides = stats[names, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    names = names[sides >= _SMALL * digit_height]
    return Components(labels, stats[names, :4], names, digit_height, stroke)


def _digit_height(boxes: NDArray[np.int32], areas: NDArray[np.int32]) -> float:
    """Median height of the digits by their ink, where parts above each other count as one digit.

    Components much lower than the highest are left out: dots and dirt.
    """
    if not len(boxes):
        return 0.0
    x, y, width, height = boxes.T
    shared = np.minimum((x + width)[:, None], x + width) - np.maximum(x[:, None], x)
    stacked = shared >= _STACKED * np.minimum(width[:, None], width)
    tops = np.where(stacked, y, y[:, None]).min(axis=1)
    bottoms = np.where(stacked, y + height, (y + height)[:, None]).max(axis=1)
    gaps = np.maximum(y[:, None], y) - np.minimum((y + height)[:, None], y + height)
    near = np.where(stacked, gaps, 0).max(axis=1) <= _CLOSE * (bottoms - tops)
    heights = np.where(near, bottoms - tops, height)
    tall = heights >= 0.4 * heights.max()
    order = np.argsort(heights[tall])
    shares = np.cumsum(areas[tall][order])
    return float(heights[tall][order][np.searchsorted(shares, shares[-1] / 2)])
