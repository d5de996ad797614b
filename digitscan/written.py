"""Written ink: the components of a page, and which of them belong to its regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers
from digitscan.labelling import UNINKED, Labelled, label
from digitscan.parts import Part, Shares, clip_runs, cut_parts
from digitscan.windows import common, grown

_INSIDE = 0.5
"""A component with this share of its ink within a region belongs to it whole."""

_INTRUDING = 0.4
"""One that lies mostly outside counts as far as it is inside when it is this share of the region's height
high there."""

_ONE_DIGIT = 1.1
"""A digit is at most this many of its cell's sides wide and high."""

_MARGIN = 0.5
"""What belongs to a region sticks out of it at most this share of the region's height."""

_AT_ONCE = 2**20
"""Pairs of a region and a component that are looked at together: that bounds the memory."""


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
        inner = common(np.rint(np.stack([x, y, x + width, y + height])).astype(np.intp), page)
        outer = common(grown(inner, np.rint(_MARGIN * height).astype(np.intp)), page)
        shares = self._share_out(inner, outer, np.stack([width, height]), cells)
        blank = np.zeros((1, 1), np.uint8)
        parts = [Part(blank, (float(left), float(top)), UNINKED, False) for left, top in inner[:2].T.tolist()]
        for region, part in cut_parts(self.density, self.labelled, shares, outer):
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
    ) -> Shares:
        """Find how much of the components near regions belongs to them.

        Args:
            inner: ``(4, R)`` left, top, right and bottom of each region.
            outer: The same with what may stick out.
            sizes: ``(2, R)`` its width and height.
            one_digit: Whether each is a cell for one digit.
        """
        regions, components = self._meeting(outer)
        ends, limits = self._ends.take(components, axis=1), inner.take(regions, axis=1)
        within = common(ends, limits)
        whole = (ends == within).all(axis=0)
        clipped = np.zeros_like(whole)
        partial = (~whole & (within[:2] < within[2:]).all(axis=0)).nonzero()[0]
        if len(partial):
            its, of = components[partial], regions[partial]
            owners, runs = clip_runs(self.labelled, its, limits.take(partial, axis=1))
            inside = np.bincount(owners, runs.stops - runs.starts, minlength=len(its))
            # Runs come downwards: of those of a component the first that is set stays last.
            top, bottom = np.zeros((2, len(its)), np.intp)
            top[owners[::-1]] = runs.rows[::-1]
            bottom[owners] = runs.rows + 1
            mostly = inside >= _INSIDE * self.labelled.areas[its]
            is_digit = one_digit[of] & (_ONE_DIGIT * sizes.take(of, axis=1) >= self.boxes[its, 2:].T).all(
                axis=0
            )
            whole[partial] = mostly
            clipped[partial] = (
                ~mostly & ~is_digit & (inside > 0) & (bottom - top >= _INTRUDING * sizes[1, of])
            )
        return Shares(
            regions, components, ends, np.where(whole, outer.take(regions, axis=1), clipped * limits)
        )


def written_on(density: NDArray[np.uint8], *, is_binary: bool = False) -> Written:
    """Find the components of a page's ink without rules; the arguments are those of ``label``."""
    return Written(density, label(density, is_binary=is_binary))
