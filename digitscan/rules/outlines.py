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


@dataclass(frozen=True)
class Outlines:
    """Outlines of the components of a page, and of the paper that they enclose.

    Attributes:
        points: Points x, y of each outline, on its ink.
        boxes: ``(N, 4)`` x, y, width, height of each.
    """

    points: Sequence[NDArray[np.int32]]
    boxes: NDArray[np.int32]

    def is_hole(self, number: int) -> bool:
        """Whether an outline is that of paper: it then runs the other way around."""
        return cv2.contourArea(self.points[number], oriented=True) > 0


def find_outlines(lines: NDArray[np.uint8]) -> Outlines:
    """Find the outlines on a page ``(H, W)``, 255 where there is ink; none if it is all texture."""
    points, _ = cv2.findContours(lines, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    if len(points) > _MOST:
        points = ()
    if not points:
        return Outlines(points, np.zeros((0, 4), np.int32))
    counts = np.array([len(outline) for outline in points])
    firsts = np.cumsum(counts) - counts
    places = np.concatenate(points)[:, 0]
    low, high = np.minimum.reduceat(places, firsts), np.maximum.reduceat(places, firsts)
    return Outlines(points, np.hstack([low, high - low + 1]))
