"""Outlines of a page's ink, from its runs."""

from __future__ import annotations

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
        components: ``(M, 4)`` x, y, width, height of each component.
        holes: ``(N, 4)`` likewise for each piece of enclosed paper, on the ink around it.
        slack: Pixels that boxes may be too wide and too high, as those of a smaller page are.
    """

    components: NDArray[np.int32]
    holes: NDArray[np.int32]
    slack: int
    _lines: NDArray[np.uint8]

    def measure(self, components: NDArray[np.int32]) -> NDArray[np.int32]:
        """``(K, 4)`` boxes of some components as they are on the page itself."""
        if not self.slack:
            return components
        parts = (self._lines[y : y + height, x : x + width] for x, y, width, height in components.tolist())
        inner = np.array([cv2.boundingRect(part) for part in parts], np.int32).reshape(-1, 4)
        return np.hstack([components[:, :2] + inner[:, :2], inner[:, 2:]])

    def follow(self, hole: tuple[int, int, int, int]) -> tuple[tuple[int, int, int, int], float] | None:
        """Follow the ink around a hole on the page itself.

        Args:
            hole: Its box.

        Returns:
            Box and area of the outline along the middles of the pixels; None if there is no hole after all.
        """
        x, y, width, height = hole
        part = self._lines[y : y + height, x : x + width]
        outlines, tree = cv2.findContours(part, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        parents = tree[0, :, 3].tolist()  # only those of holes lie within others
        holes = [outline for outline, parent in zip(outlines, parents, strict=True) if parent >= 0]
        if not holes:
            return None
        outline = max(holes, key=cv2.contourArea)
        left, top, width, height = cv2.boundingRect(outline)
        return (x + left, y + top, width, height), cv2.contourArea(outline)


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
    # Each outline is given as the ends of the runs along it.
    outlines, _ = cv2.findContoursLinkRuns(small)
    if not 0 < len(outlines) <= _MOST:
        none = np.zeros((0, 4), np.int32)
        return Outlines(none, none, 0, lines)
    counts = np.fromiter(map(len, outlines), np.intp, len(outlines))
    firsts = counts.cumsum() - counts
    ends = np.concatenate(outlines)[:, 0]
    low, high = np.minimum.reduceat(ends, firsts), np.maximum.reduceat(ends, firsts)
    # That of a component begins with a run on its first row, from left to right. That of a hole begins with a
    # gap, from right to left, or with a run that rises into it; its rows are those of the paper.
    first, second = ends[firsts], ends[firsts + 1]
    are_holes = (second[:, 0] < first[:, 0]) | (first[:, 1] > low[:, 1])
    boxes = np.hstack([low, high - low + 1])
    holes = boxes[are_holes] + np.array((0, -1, 0, 2), np.int32)
    return Outlines(boxes[~are_holes] * factor, holes * factor, 2 * (factor - 1), lines)
