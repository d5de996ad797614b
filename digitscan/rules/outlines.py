"""Outlines of a page's ink.

Suzuki, Abe (1985), "Topological structural analysis of digitized binary images by border following".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.packed import unpack_halved

_MOST = 40_000
"""A page with more outlines is texture rather than a form."""

_THICK = 6.0
"""Where strokes are so many pixels wide, outlines are followed on a page half as large."""


@dataclass(frozen=True)
class Outlines:
    """Outlines of the components of a page, and of the paper that they enclose.

    Attributes:
        boxes: ``(N, 4)`` x, y, width, height of each, on its ink.
        are_holes: ``(N,)`` whether they are those of paper.
        slack: Pixels that boxes may be too wide and too high, as those of a smaller page are.
    """

    boxes: NDArray[np.int32]
    are_holes: NDArray[np.bool_]
    slack: int
    _lines: NDArray[np.uint8]
    _points: Sequence[NDArray[np.int32]]

    def components(self, numbers: NDArray[np.intp]) -> NDArray[np.int32]:
        """``(N, 4)`` boxes of the ink of components."""
        boxes = self.boxes[numbers]
        if self.slack:
            parts = (self._lines[y : y + height, x : x + width] for x, y, width, height in boxes.tolist())
            inner = np.array([cv2.boundingRect(part) for part in parts], np.int32).reshape(-1, 4)
            boxes = np.hstack([boxes[:, :2] + inner[:, :2], inner[:, 2:]])
        return boxes

    def hole(self, number: int) -> tuple[tuple[int, int, int, int], float] | None:
        """Box and area of an outline on the ink around enclosed paper; None if the page itself has none."""
        outline = self._points[number]
        if self.slack:
            x, y, width, height = self.boxes[number].tolist()
            part = self._lines[y : y + height, x : x + width]
            outlines, are_holes = _follow(part)
            holes = [outline for outline, is_hole in zip(outlines, are_holes, strict=True) if is_hole]
            if not holes:
                return None
            outline = max(holes, key=cv2.contourArea) + np.array((x, y), np.int32)
        x, y, width, height = cv2.boundingRect(outline)
        return (x, y, width, height), cv2.contourArea(outline)


def find_outlines(lines: NDArray[np.uint8], packed: NDArray[np.uint8], stroke: float) -> Outlines:
    """Find the outlines on a page.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        packed: It, packed.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Its outlines; none if it is all texture.
    """
    factor, small = 1, lines
    if stroke >= _THICK:
        factor, small = 2, unpack_halved(packed, lines.shape[1])
    points, are_holes = _follow(small)
    if not points or len(points) > _MOST:
        return Outlines(np.zeros((0, 4), np.int32), np.zeros(0, bool), 0, lines, ())
    counts = np.array([len(outline) for outline in points])
    firsts = np.cumsum(counts) - counts
    places = np.concatenate(points)[:, 0]
    low, high = np.minimum.reduceat(places, firsts), np.maximum.reduceat(places, firsts)
    boxes = np.hstack([low, high - low + 1]) * np.int32(factor)
    return Outlines(boxes, are_holes, 2 * (factor - 1), lines, points)


def _follow(lines: NDArray[np.uint8]) -> tuple[Sequence[NDArray[np.int32]], NDArray[np.bool_]]:
    """The points of all outlines, and which of them are around paper: those lie within others."""
    points, tree = cv2.findContours(lines, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return points, tree[0, :, 3] >= 0 if points else np.zeros(0, bool)
