"""Labelling: the connected components of ink told apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers, Runs, join_runs
from digitscan.packed import pack, pack_ink, row_runs

_SPARSE = 100
"""Where there is at most one run of ink in so many pixels, as on a page, runs are grouped and not pixels."""

_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True)
class Labelled:
    """Ink whose components are told apart, as its runs: there are far fewer of them than pixels.

    Attributes:
        page: The runs of a page along its rows; those of a component are together, and come downwards.
        firsts: ``(N,)`` the first run of each component.
        counts: ``(N,)`` how many it has.
        areas: ``(N,)`` pixels of each.
        boxes: ``(N, 4)`` x, y, width, height of each on the picture.
        corner: Where that has its top left on the page, x and y.
    """

    page: Runs
    firsts: Numbers
    counts: Numbers
    areas: NDArray[np.int32]
    boxes: NDArray[np.int32]
    corner: tuple[int, int] = (0, 0)

    def some(self, components: Numbers | NDArray[np.bool_] | slice) -> Labelled:
        """Some of the components alone."""
        numbers = self.firsts[components], self.counts[components], self.areas[components]
        return Labelled(self.page, *numbers, self.boxes[components], self.corner)

    def seen_from(self, x: int, y: int) -> Labelled:
        """The same components on a picture that has its top left there on this one."""
        corner = self.corner[0] + x, self.corner[1] + y
        boxes = self.boxes - np.array((x, y, 0, 0), np.int32)
        return Labelled(self.page, self.firsts, self.counts, self.areas, boxes, corner)

    def enlarged(self, times: int) -> Labelled:
        """The same components on an enlarged picture."""
        runs = Runs(*(ends.repeat(times) * times for ends in self.runs))
        runs.rows[:] += np.tile(np.arange(times), len(self.runs.rows))
        counts = self.counts * times
        return Labelled(runs, counts.cumsum() - counts, counts, self.areas * times**2, self.boxes * times)

    @cached_property
    def runs(self) -> Runs:
        """The runs on the picture, of one component after another."""
        ends = self.counts.cumsum()
        before = self.firsts - ends + self.counts
        numbers = before.repeat(self.counts) + np.arange(ends[-1] if len(ends) else 0)
        x, y = self.corner
        return Runs(self.page.rows[numbers] - y, self.page.starts[numbers] - x, self.page.stops[numbers] - x)

    def runs_of(self, component: int) -> Runs:
        """The runs of one component on the page."""
        first, count = int(self.firsts[component]), int(self.counts[component])
        rows, starts, stops = self.page
        return Runs(rows[first : first + count], starts[first : first + count], stops[first : first + count])

    def paint(self, values: NDArray[_Value], shape: tuple[int, int]) -> NDArray[_Value]:
        """Paint each component with its value of ``(N,)``, on paper ``(H, W)`` that is 0."""
        painted = np.zeros(shape, values.dtype)
        painted.reshape(-1)[pixels(self.runs, shape[1])] = values.repeat(self.areas)
        return painted


_NONE = np.zeros(0, np.intp)

UNINKED = Labelled(Runs(_NONE, _NONE, _NONE), _NONE, _NONE, np.zeros(0, np.int32), np.zeros((0, 4), np.int32))
"""Paper without ink."""


def paint_runs(runs: Runs, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Paint runs with 255 on a picture ``(H, W)`` that is else 0."""
    painted = np.zeros(shape, np.uint8)
    painted.reshape(-1)[pixels(runs, shape[1])] = 255
    return painted


def pixels(runs: Runs, width: int | Numbers) -> Numbers:
    """The places of the pixels of runs in a picture of so many columns, row by row.

    The width may be given for each run, as several pictures may follow each other.

    >>> pixels(Runs(*np.array([(0, 1, 4), (1, 0, 2)]).T), 5).tolist()
    [1, 2, 3, 5, 6]
    """
    lengths = runs.stops - runs.starts
    ends = lengths.cumsum()
    before = runs.rows * width + runs.stops - ends
    return before.repeat(lengths) + np.arange(ends[-1] if len(ends) else 0)


def label(density: NDArray[np.uint8], *, is_binary: bool = False) -> Labelled:
    """Tell the components of ink apart.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255; 128 and more counts as ink.
        is_binary: Whether it is known to be all 0 and 255, which takes less time.

    Returns:
        The components, those of pixels that meet at a side or a corner, in the order of their first pixels.

    >>> ink = np.zeros((20, 30), np.uint8)
    >>> ink[2:6, 3:5] = ink[10:12, 20:29] = 255
    >>> label(ink).boxes.tolist(), label(ink).areas.tolist()
    ([[3, 2, 2, 4], [20, 10, 9, 2]], [8, 18])
    """
    runs = Runs(*row_runs(pack(density) if is_binary else pack_ink(density)))
    if _SPARSE * len(runs.rows) <= density.size:
        return label_runs(runs)
    mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    numbers = labels[runs.rows, runs.starts].astype(np.intp) - 1
    firsts = np.full(count - 1, len(numbers))
    np.minimum.at(firsts, numbers, np.arange(len(numbers)))
    return _sorted(runs, firsts.argsort().argsort()[numbers], count - 1)


def label_runs(runs: Runs) -> Labelled:
    """Tell the components of ink apart as ``label`` does, given its runs row by row."""
    return _sorted(runs, *join_runs(runs))


def _sorted(runs: Runs, owners: Numbers, count: int) -> Labelled:
    """So many components, and their runs component by component, given the component of each run."""
    if not count:
        return UNINKED
    few_bits = np.uint16 if count < 2**16 else np.intp  # which are sorted quickly
    order = owners.astype(few_bits).argsort(kind="stable")
    runs = Runs(*(ends[order] for ends in runs))
    counts = np.bincount(owners)
    ends = counts.cumsum()
    firsts = ends - counts
    areas = np.add.reduceat(runs.stops - runs.starts, firsts)
    left, right = np.minimum.reduceat(runs.starts, firsts), np.maximum.reduceat(runs.stops, firsts)
    top, bottom = runs.rows[firsts], runs.rows[ends - 1] + 1
    boxes = np.column_stack([left, top, right - left, bottom - top])
    return Labelled(runs, firsts, counts, areas.astype(np.int32), boxes.astype(np.int32))
