"""Written ink: the components of a page, and which of them belong to a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.labelling import Labelled, Labels, NamedRuns, label, name_runs

_INSIDE = 0.5
"""A component with this share of its ink within a region belongs to it whole."""

_INTRUDING = 0.4
"""One that lies mostly outside counts as far as it is inside when it is this share of the region's height
high there."""

_ONE_DIGIT = 1.1
"""A digit is at most this many of its cell's sides wide and high."""

_MARGIN = 0.5
"""What belongs to a region sticks out of it at most this share of the region's height."""

_REACH = 2
"""The grey edge of a stroke reaches as many pixels from its ink."""

_EDGE = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * _REACH + 1, 2 * _REACH + 1))

_PAPER = 4
"""Pixels of paper that are left around ink."""


class Part(NamedTuple):
    """The ink of a page that belongs to a region, with a little paper around it.

    Attributes:
        density: ``(H, W)`` ``uint8``, that ink alone.
        origin: Where its top left is on the page, x and y in pixels.
        labelled: Its components.
    """

    density: NDArray[np.uint8]
    origin: tuple[float, float]
    labelled: Labelled


class _Window(NamedTuple):
    """Columns and rows of a page, from the first to before the last."""

    left: int
    top: int
    right: int
    bottom: int

    def grown(self, pixels: int) -> _Window:
        """As much more on each side."""
        return _Window(self.left - pixels, self.top - pixels, self.right + pixels, self.bottom + pixels)

    def common(self, other: _Window) -> _Window:
        """What lies in both."""
        return _Window(*map(max, self[:2], other[:2]), *map(min, self[2:], other[2:]))

    def seen_from(self, x: int, y: int) -> tuple[slice, slice]:
        """Its rows and columns, counted from a pixel of the page."""
        return slice(self.top - y, self.bottom - y), slice(self.left - x, self.right - x)


@dataclass(frozen=True)
class Written:
    """The ink of a page without its rules.

    Attributes:
        density: ``(H, W)`` ``uint8``.
        named: Its components, as runs; the pixels of a region are numbered when it is looked at.
    """

    density: NDArray[np.uint8]
    named: NamedRuns

    @property
    def boxes(self) -> NDArray[np.int32]:
        """``(N, 4)`` x, y, width, height of each component."""
        return self.named.boxes

    def within(self, box: tuple[float, float, float, float], *, one_digit: bool = False) -> Part:
        """Cut out the ink that belongs to a region.

        Components that lie mostly inside come whole, also where they stick out; of those that lie mostly
        outside, only large parts inside are kept, so that neither a neighbour's tail nor a printed label
        enters.

        Args:
            box: x, y, width, height of the region in pixels.
            one_digit: Whether the region is a cell for one digit. A component no larger than the cell is then
                a digit, which belongs to the cell with most of its ink whole and to no other.

        Returns:
            That ink.
        """
        x, y, width, height = box
        page = _Window(0, 0, self.density.shape[1], self.density.shape[0])
        inner = _Window(round(x), round(y), round(x + width), round(y + height)).common(page)
        outer = inner.grown(round(_MARGIN * height)).common(page)
        names = self._near(inner)
        if not len(names):
            return _blank(inner)
        left, top, right, bottom = self._ends[:, names - 1]
        around = _Window(int(left.min()), int(top.min()), int(right.max()), int(bottom.max()))
        around = around.grown(_REACH + _PAPER).common(outer)
        labels = self.named.paint(*around.seen_from(0, 0))
        inside = (left >= inner.left) & (top >= inner.top) & (right <= inner.right) & (bottom <= inner.bottom)
        mostly, clipped = [], []
        for name in names[~inside].tolist():
            window = self._window(name).common(inner)
            ink = labels[window.seen_from(around.left, around.top)] == name
            wide, high = self.boxes[name - 1, 2:].tolist()
            if np.count_nonzero(ink) >= _INSIDE * self.named.areas[name - 1]:
                mostly.append(name)
            elif one_digit and wide <= _ONE_DIGIT * width and high <= _ONE_DIGIT * height:
                continue
            elif _height(ink) >= _INTRUDING * height:
                clipped.append((window, ink))
        whole = np.sort(np.concatenate([names[inside], np.array(mostly, np.intp)]))
        if not len(whole) and not clipped:
            return _blank(inner)
        return self._cut_out(whole, clipped, outer, labels, (around.left, around.top))

    @cached_property
    def _ends(self) -> NDArray[np.int32]:
        """``(4, N)`` left, top, right and bottom of each component."""
        x, y, width, height = self.boxes.T
        return np.stack([x, y, x + width, y + height])

    @cached_property
    def _bounds(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """``(N,)`` the lowest bottom of each component and those before it, and the highest top from it on.

        Components are numbered about from top to bottom, so that these tell which ones a row may meet.
        """
        _, top, _, bottom = self._ends
        return np.maximum.accumulate(bottom), np.minimum.accumulate(top[::-1])[::-1]

    def _near(self, window: _Window) -> NDArray[np.intp]:
        """Numbers of the components whose boxes lie in a window, wholly or in part."""
        lowest, highest = self._bounds
        first = int(lowest.searchsorted(window.top, "right"))
        stop = int(highest.searchsorted(window.bottom, "left"))
        left, top, right, bottom = self._ends[:, first:stop]
        near = (bottom > window.top) & (top < window.bottom) & (right > window.left) & (left < window.right)
        return np.flatnonzero(near) + (first + 1)

    def _window(self, name: int) -> _Window:
        """Where a component is."""
        return _Window(*self._ends[:, name - 1].tolist())

    def _cut_out(
        self,
        whole: NDArray[np.intp],
        clipped: Sequence[tuple[_Window, NDArray[np.bool_]]],
        outer: _Window,
        labels: Labels,
        corner: tuple[int, int],
    ) -> Part:
        """Cut out whole components by their numbers, and the ink of clipped ones, within ``outer``.

        ``labels`` are those of a part of the page around them, whose ``corner`` at the top left is given.
        """
        ends = np.array([*self._ends[:, whole - 1].T, *(window for window, _ in clipped)])
        extent = _Window(*ends[:, :2].min(axis=0).tolist(), *ends[:, 2:].max(axis=0).tolist())
        window = extent.grown(_REACH + _PAPER).common(outer)
        density = self.density[window.seen_from(0, 0)]
        labels = labels[window.seen_from(*corner)]
        ink = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
        near = self._near(window)
        others = set(near.tolist()).difference(whole.tolist()) if len(near) > len(whole) else ()
        kept = ink.copy() if others else ink
        for name in others:
            there = self._window(name).common(window).seen_from(window.left, window.top)
            kept[there][labels[there] == name] = 0
        for place, its in clipped:
            kept[place.seen_from(window.left, window.top)][its] = 255
        # The grey edge of a stroke goes with it, but not into a neighbour's.
        own = cv2.dilate(kept, _EDGE)
        if others:
            own = cv2.max(kept, cv2.subtract(own, cv2.dilate(cv2.subtract(ink, kept), _EDGE)))
        density = cv2.bitwise_and(density, own)
        x, y, width, height = cv2.boundingRect(density)
        inked = np.s_[max(0, y - _PAPER) : y + height + _PAPER, max(0, x - _PAPER) : x + width + _PAPER]
        left, top = window.left + inked[1].start, window.top + inked[0].start
        density, labels = density[inked], labels[inked]
        if clipped or extent.common(outer) != extent:  # what is left of a component may be in parts
            labelled = label(density)
        else:
            labels = cv2.copyTo(labels, kept[inked]) if others else labels
            boxes = self.boxes[whole - 1] - (left, top, 0, 0)
            labelled = Labelled(labels, whole, self.named.areas[whole - 1], boxes)
        return Part(density, (float(left), float(top)), labelled)


def _blank(window: _Window) -> Part:
    """What belongs to a region without ink."""
    blank = np.zeros((1, 1), np.uint8)
    return Part(blank, (float(window.left), float(window.top)), label(blank))


def _height(ink: NDArray[np.bool_]) -> int:
    """Rows from the first to the last with ink."""
    rows = np.flatnonzero(ink.any(axis=1))
    return int(rows[-1]) + 1 - int(rows[0]) if len(rows) else 0


def written_on(density: NDArray[np.uint8]) -> Written:
    """Find the components of a page's ink; ``density`` is ``(H, W)``, 128 and more for ink, without rules."""
    return Written(density, name_runs(density))
