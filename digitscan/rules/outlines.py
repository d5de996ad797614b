"""Outlines of a page's ink.

Suzuki, Abe (1985), "Topological structural analysis of digitized binary images by border following".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_MOST = 40_000
"""A page with more outlines is texture rather than a form."""

_THICK = 6.0
"""Where strokes are so many pixels wide, outlines are followed on a page half as large."""


@dataclass(frozen=True)
class Outlines:
    """Outlines of the components of a page, and of the paper that they enclose.

    Attributes:
        boxes: ``(N, 4)`` x, y, width, height of each, on its ink.
        slack: Pixels that boxes may be too wide and too high, as those of a smaller page are.
    """

    boxes: NDArray[np.int32]
    slack: int
    _lines: NDArray[np.uint8]
    _points: Sequence[NDArray[np.int32]]

    def component(self, number: int) -> tuple[int, int, int, int] | None:
        """Box of a component's ink; None if the outline is that of paper."""
        if _is_hole(self._points[number]):
            return None
        x, y, width, height = self.boxes[number].tolist()
        if not self.slack:
            return x, y, width, height
        left, top, width, height = cv2.boundingRect(self._lines[y : y + height, x : x + width])
        return x + left, y + top, width, height

    def hole(self, number: int) -> tuple[tuple[int, int, int, int], float] | None:
        """Box and area of an outline on the ink around enclosed paper; None if it is that of ink."""
        outline = self._points[number]
        if not _is_hole(outline):
            return None
        if self.slack:
            x, y, width, height = self.boxes[number].tolist()
            part = self._lines[y : y + height, x : x + width]
            within, _ = cv2.findContours(part, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))
            holes = [outline for outline in within if _is_hole(outline)]
            if not holes:
                return None
            outline = max(holes, key=cv2.contourArea)
        x, y, width, height = cv2.boundingRect(outline)
        return (x, y, width, height), cv2.contourArea(outline)


def find_outlines(lines: NDArray[np.uint8], stroke: float) -> Outlines:
    """Find the outlines on a page.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Its outlines; none if it is all texture.
    """
    factor, small = 1, lines
    if stroke >= _THICK:
        factor = 2
        height, width = (-(-side // 2) for side in lines.shape)
        beyond = 2 * height - lines.shape[0], 2 * width - lines.shape[1]
        even = lines
        if any(beyond):
            even = cv2.copyMakeBorder(lines, 0, beyond[0], 0, beyond[1], cv2.BORDER_CONSTANT, value=0)
        # Where there is any ink, a pixel is not 0.
        small = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    points, _ = cv2.findContours(small, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    if not points or len(points) > _MOST:
        return Outlines(np.zeros((0, 4), np.int32), 0, lines, ())
    counts = np.array([len(outline) for outline in points])
    firsts = np.cumsum(counts) - counts
    places = np.concatenate(points)[:, 0]
    low, high = np.minimum.reduceat(places, firsts), np.maximum.reduceat(places, firsts)
    return Outlines(np.hstack([low, high - low + 1]) * np.int32(factor), 2 * (factor - 1), lines, points)


def _is_hole(outline: NDArray[np.int32]) -> bool:
    """Whether an outline is that of paper: it then runs the other way around."""
    return cv2.contourArea(outline, oriented=True) > 0
