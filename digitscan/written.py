"""Written ink: the components of a page, and which of them belong to a region."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.strokes import find_runs

_INSIDE = 0.5
"""A component with this share of its ink within a region belongs to it whole."""

_INTRUDING = 0.4
"""One that lies mostly outside counts as far as it is inside when it is this share of the region's height
high there."""

_ONE_DIGIT = 1.1
"""A digit is at most this many of its cell's sides wide and high."""

_MARGIN = 0.5
"""What belongs to a region sticks out of it at most this share of the region's height."""


@dataclass(frozen=True)
class Written:
    """The ink of a page without its rules.

    Attributes:
        density: ``(H, W)`` ``uint8``.
        labels: ``(H, W)`` ``uint16``, ``int32`` where there are too many: the component of each pixel, 0 for
            paper.
        areas: ``(N + 1,)`` pixels of each component.
        boxes: ``(N, 4)`` x, y, width, height of each component.
    """

    density: NDArray[np.uint8]
    labels: NDArray[np.uint16] | NDArray[np.int32]
    areas: NDArray[np.int32]
    boxes: NDArray[np.int32]

    def within(
        self, box: tuple[float, float, float, float], *, one_digit: bool = False
    ) -> tuple[NDArray[np.uint8], tuple[float, float]]:
        """Cut out the ink that belongs to a region.

        Components that lie mostly inside come whole, also where they stick out; of those that lie mostly
        outside, only large parts inside are kept, so that neither a neighbour's tail nor a printed label
        enters.

        Args:
            box: x, y, width, height of the region in pixels.
            one_digit: Whether the region is a cell for one digit. A component no larger than the cell is then
                a digit, which belongs to the cell with most of its ink whole and to no other.

        Returns:
            ``(h, w)`` density of that ink alone, and where its top left is on the page.
        """
        x, y, width, height = box
        page_height, page_width = self.density.shape
        left, top = max(0, round(x)), max(0, round(y))
        right, bottom = min(page_width, round(x + width)), min(page_height, round(y + height))
        if right <= left or bottom <= top:
            return np.zeros((1, 1), np.uint8), (float(left), float(top))
        inside = np.bincount(self.labels[top:bottom, left:right].ravel(), minlength=1)
        inside[0] = 0
        names = np.flatnonzero(inside)
        whole = inside[names] >= _INSIDE * self.areas[names]
        intruding = names[~whole]
        if one_digit:
            sides = self.boxes[intruding - 1, 2:]
            intruding = intruding[(sides > (_ONE_DIGIT * width, _ONE_DIGIT * height)).any(axis=1)]
        margin = round(_MARGIN * height)
        outer = np.s_[
            max(0, top - margin) : min(page_height, bottom + margin),
            max(0, left - margin) : min(page_width, right + margin),
        ]
        labels = self.labels[outer]
        own = np.zeros(len(self.areas), bool)
        own[names[whole]] = True
        kept = own[labels]
        inner = np.s_[
            top - outer[0].start : bottom - outer[0].start, left - outer[1].start : right - outer[1].start
        ]
        for name in intruding:
            part = self.labels[top:bottom, left:right] == name
            rows = np.flatnonzero(part.any(axis=1))
            if rows[-1] + 1 - rows[0] >= _INTRUDING * height:
                kept[inner] |= part
        # The grey edge of a stroke goes with it, but not into a neighbour's.
        foreign = cv2.dilate(((labels > 0) & ~kept).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        near = cv2.dilate(kept.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        density = np.where(kept | (near & ~foreign & (labels == 0)), self.density[outer], 0)
        return density.astype(np.uint8), (float(outer[1].start), float(outer[0].start))


def written_on(density: NDArray[np.uint8]) -> Written:
    """Find the components of a page's ink; ``density`` is ``(H, W)``, 128 and more for ink, without rules."""
    mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    # OpenCV's statistics count the paper too; the runs of ink are far fewer than the pixels.
    rows, starts, stops = find_runs(mask)
    # Labels that turn out to be of one component are given one by one to runs as well.
    small = len(rows) < np.iinfo(np.uint16).max
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_16U if small else cv2.CV_32S)
    names = labels[rows, starts]
    areas = np.bincount(names, stops - starts, minlength=count).astype(np.int32)
    # Of the rows that a component has, the last that is set stays; they are in order.
    left, right = np.full(count, mask.shape[1]), np.zeros(count, np.intp)
    top, bottom = np.zeros((2, count), np.intp)
    np.minimum.at(left, names, starts)
    np.maximum.at(right, names, stops)
    top[names[::-1]] = rows[::-1]
    bottom[names] = rows + 1
    boxes = np.column_stack([left, top, right - left, bottom - top])[1:].astype(np.int32)
    return Written(density, labels, areas, boxes)
