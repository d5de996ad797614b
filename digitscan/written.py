"""Written ink: the components of a page, and which of them belong to its regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers, Runs
from digitscan.labelling import UNINKED, Labelled, label, label_runs, paint_runs

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

_AT_ONCE = 2**20
"""Pairs of a region and a component that are looked at together: that bounds the memory."""

_GROWN = np.array([[-1], [-1], [1], [1]])
"""By what left, top, right and bottom change where something gets a pixel larger on each side."""


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


class _Shares(NamedTuple):
    """Which components belong to which regions; a share is of one component in one region.

    Attributes:
        regions: ``(P,)`` the region of each; ascending.
        components: ``(P,)`` the component; ascending in each region.
        limits: ``(4, P)`` left, top, right and bottom of the part of the page in which its ink counts.
    """

    regions: Numbers
    components: Numbers
    limits: Numbers


@dataclass(frozen=True)
class Written:
    """The ink of a page without its rules.

    Attributes:
        density: ``(H, W)`` ``uint8``.
        labelled: Its components.
    """

    density: NDArray[np.uint8]
    labelled: Labelled

    @property
    def boxes(self) -> NDArray[np.int32]:
        """``(N, 4)`` x, y, width, height of each component."""
        return self.labelled.boxes

    def cut_out(
        self, boxes: Sequence[tuple[float, float, float, float]], one_digit: Sequence[bool] | None = None
    ) -> list[Part]:
        """Cut out the ink that belongs to regions.

        Components that lie mostly inside come whole, also where they stick out; of those that lie mostly
        outside, only large parts inside are kept, so that neither a neighbour's tail nor a printed label
        enters.

        Args:
            boxes: x, y, width, height of each region in pixels.
            one_digit: Whether each is a cell for one digit, where some are. A component no larger than the
                cell is then a digit, which belongs to the cell with most of its ink whole and to no other.

        Returns:
            The ink of each.
        """
        x, y, width, height = np.array(boxes, np.float64).reshape(-1, 4).T
        cells = np.zeros(len(x), bool) if one_digit is None else np.array(one_digit, bool)
        page = np.array([(0, 0, *self.density.shape[::-1])]).T
        inner = _common(np.rint(np.stack([x, y, x + width, y + height])).astype(np.intp), page)
        outer = _common(inner + _GROWN * np.rint(_MARGIN * height).astype(np.intp), page)
        shares = self._share_out(inner, outer, np.stack([width, height]), cells)
        blank = np.zeros((1, 1), np.uint8)
        parts = [Part(blank, (float(left), float(top)), UNINKED) for left, top in inner[:2].T.tolist()]
        if len(shares.regions):
            for region, part in self._parts(shares, outer):
                parts[region] = part
        return parts

    @cached_property
    def _ends(self) -> Numbers:
        """``(4, N)`` left, top, right and bottom of each component."""
        x, y, width, height = self.boxes.T.astype(np.intp)
        return np.stack([x, y, x + width, y + height])

    def _meeting(self, windows: Numbers) -> tuple[Numbers, Numbers]:
        """Pairs of windows ``(4, R)`` and components whose boxes lie in them, wholly or in part."""
        left, top, right, bottom = self._ends
        step = max(1, _AT_ONCE // max(1, len(left)))
        found = []
        for first in range(0, max(1, windows.shape[1]), step):
            x0, y0, x1, y1 = windows[:, first : first + step, None]
            near = (bottom > y0) & (top < y1) & (right > x0) & (left < x1)
            windows_met, components = np.divmod(near.reshape(-1).nonzero()[0], max(1, len(left)))
            found.append((windows_met + first, components))
        regions, components = (np.concatenate(numbers) for numbers in zip(*found, strict=True))
        return regions, components

    def _share_out(
        self, inner: Numbers, outer: Numbers, sizes: NDArray[np.float64], one_digit: NDArray[np.bool_]
    ) -> _Shares:
        """Find which components belong to regions.

        Args:
            inner: ``(4, R)`` left, top, right and bottom of each region.
            outer: The same with what may stick out.
            sizes: ``(2, R)`` its width and height.
            one_digit: Whether each is a cell for one digit.
        """
        regions, components = self._meeting(inner)
        ends, limits = self._ends[:, components], inner[:, regions]
        whole = (ends == _common(ends, limits)).all(axis=0)
        clipped = np.zeros_like(whole)
        partial = (~whole).nonzero()[0]
        its, of = components[partial], regions[partial]
        owners, runs = self._within(its, limits[:, partial])
        inside = np.bincount(owners, runs.stops - runs.starts, minlength=len(its))
        # Runs come downwards: of those of a component the first that is set stays last.
        top, bottom = np.zeros((2, len(its)), np.intp)
        top[owners[::-1]] = runs.rows[::-1]
        bottom[owners] = runs.rows + 1
        mostly = inside >= _INSIDE * self.labelled.areas[its]
        is_digit = one_digit[of] & (_ONE_DIGIT * sizes[:, of] >= self.boxes[its, 2:].T).all(axis=0)
        whole[partial] = mostly
        clipped[partial] = ~mostly & ~is_digit & (inside > 0) & (bottom - top >= _INTRUDING * sizes[1, of])
        kept = (whole | clipped).nonzero()[0]
        regions = regions[kept]
        limits = np.where(clipped[kept], limits[:, kept], outer[:, regions])
        return _Shares(regions, components[kept], limits)

    def _within(self, components: Numbers, limits: Numbers) -> tuple[Numbers, Runs]:
        """The runs of components within limits ``(4, N)``, one after another, and which each is of."""
        some = self.labelled.some(components)
        owners = np.arange(len(components)).repeat(some.counts)
        left, top, right, bottom = limits[:, owners]
        rows, starts, stops = some.runs
        starts, stops = np.maximum(starts, left), np.minimum(stops, right)
        within = ((starts < stops) & (rows >= top) & (rows < bottom)).nonzero()[0]
        return owners[within], Runs(rows[within], starts[within], stops[within])

    def _parts(self, shares: _Shares, outer: Numbers) -> Iterator[tuple[int, Part]]:
        """Cut out what belongs to the regions that have ink; ``outer`` is what may belong to each."""
        of, components, limits = shares
        firsts = np.diff(of, prepend=-1).nonzero()[0]
        regions, stops = of[firsts], np.append(firsts[1:], len(of))
        ends, shared = self._ends[:, components], self.labelled.some(components)
        own = _common(ends, limits)
        is_cut = np.logical_or.reduceat((own != ends).any(axis=0), firsts)
        extents = np.minimum.reduceat(own[:2], firsts, axis=1), np.maximum.reduceat(own[2:], firsts, axis=1)
        windows = _common(np.concatenate(extents) + _GROWN * (_REACH + _PAPER), outer[:, regions])
        for region, first, stop, cut, window in zip(
            regions.tolist(),
            firsts.tolist(),
            stops.tolist(),
            is_cut.tolist(),
            windows.T.tolist(),
            strict=True,
        ):
            if cut:  # what is left of a component may be in parts
                _, runs = self._within(components[first:stop], limits[:, first:stop])
                labelled = label_runs(_in_order(runs))
            else:
                labelled = shared.some(slice(first, stop))
            yield region, self._part(labelled, *window)

    def _part(self, labelled: Labelled, left: int, top: int, right: int, bottom: int) -> Part:
        """Cut out some ink of the page that is all within a window; other ink may be there too."""
        density = self.density[top:bottom, left:right]
        if cv2.countNonZero(density) > labelled.areas.sum():
            runs = labelled.seen_from(left, top).runs
            density = _without_others(density, paint_runs(runs, density.shape))
        x, y, width, height = cv2.boundingRect(density)
        right, bottom = x + width + _PAPER, y + height + _PAPER
        x, y = max(0, x - _PAPER), max(0, y - _PAPER)
        origin = float(left + x), float(top + y)
        return Part(density[y:bottom, x:right], origin, labelled.seen_from(left + x, top + y))


def _common(windows: Numbers, others: Numbers) -> Numbers:
    """``(4, N)`` left, top, right and bottom of what lies in both of two windows."""
    return np.concatenate([np.maximum(windows[:2], others[:2]), np.minimum(windows[2:], others[2:])])


def _in_order(runs: Runs) -> Runs:
    """The same runs row by row, from left to right."""
    order = np.lexsort((runs.starts, runs.rows))
    return Runs(*(ends[order] for ends in runs))


def _without_others(density: NDArray[np.uint8], kept: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave out the ink that is not ``kept``, 255 for what is.

    The grey edge of a stroke goes with it, but not into a neighbour's.
    """
    ink = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(ink) < cv2.countNonZero(density):
        others = cv2.subtract(ink, kept)
        kept = cv2.max(kept, cv2.subtract(cv2.dilate(kept, _EDGE), cv2.dilate(others, _EDGE)))
    return np.asarray(cv2.bitwise_and(density, kept), np.uint8)


def written_on(density: NDArray[np.uint8]) -> Written:
    """Find the components of a page's ink; ``density`` is ``(H, W)``, 128 and more for ink, without rules."""
    return Written(density, label(density))
