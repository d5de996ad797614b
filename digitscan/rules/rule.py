"""One rule, and when two meet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers
from digitscan.intervals import points_within

STEEPEST = 0.06
"""Rules are at most this far from level or upright, in pixels a pixel; round corners are farther."""

_CLOSE = 0.08
"""A side ends at most this share of its length from the rules that it joins."""


class Rule(NamedTuple):
    """A printed straight line, nearly horizontal or nearly vertical.

    Its middle passes ``position + slope * (along - start)`` at ``along`` from ``start`` to ``stop``;
    ``along`` is x for a horizontal rule and y for a vertical one. All in pixels.
    """

    horizontal: bool
    start: float
    stop: float
    position: float
    slope: float
    thickness: float

    def at(self, along: float) -> float:
        """Where the middle of the rule is at ``along``, beyond its ends too."""
        return self.position + self.slope * (along - self.start)

    @property
    def length(self) -> float:
        """From end to end, in pixels."""
        return self.stop - self.start

    def draw(
        self, canvas: NDArray[np.uint8], level: int = 255, wider: int = 0, origin: tuple[int, int] = (0, 0)
    ) -> None:
        """Draw the rule, in place.

        Args:
            canvas: ``(H, W)``.
            level: What it is drawn with.
            wider: How much thicker than it is, in pixels.
            origin: x and y of the canvas on the page.
        """
        left, top = origin
        x0, x1 = round(self.start), round(self.stop)
        y0, y1 = round(self.position), round(self.at(self.stop))
        if not self.horizontal:
            x0, x1, y0, y1 = y0, y1, x0, x1
        thickness = max(1, round(self.thickness)) + wider
        cv2.line(canvas, (x0 - left, y0 - top), (x1 - left, y1 - top), level, thickness)


def near(stroke: float) -> float:
    """How far apart rules that meet may end, in pixels; ``stroke`` is the usual width of a stroke."""
    return 1.5 * stroke + 2


def joint(lengths: NDArray[np.float64] | NDArray[np.int32], stroke: float) -> NDArray[np.float64]:
    """How far from a rule sides of such lengths may end: digits that nearly fill a box end farther away."""
    reach: NDArray[np.float64] = np.minimum(near(stroke), np.maximum(2.0, _CLOSE * lengths))
    return reach


class Pairs(NamedTuple):
    """Which of some rules meet which of some others.

    Attributes:
        owners: ``(P,)`` numbers of the rules, ascending.
        others: ``(P,)`` numbers of those that they meet, ascending for each.
    """

    owners: Numbers
    others: Numbers


def meetings(
    rules: Sequence[Rule], others: Sequence[Rule], reach: float | NDArray[np.float64]
) -> tuple[Pairs, Pairs]:
    """Find which rules end on which of those that run across them.

    Args:
        rules: ``N`` rules.
        others: Rules of the other direction.
        reach: Pixels that an end may lie beside a rule; ``(N,)`` if each has its own.

    Returns:
        Which rules start, and which stop, on which others.
    """
    start, stop, position, slope, _ = numbers(rules).T
    along = np.concatenate([start, stop])
    at = np.concatenate([position, position + slope * (stop - start)])
    reaches = np.empty((2, len(rules)))
    reaches[:] = reach
    ends, met = lie_on(along, at, numbers(others), reaches.ravel())
    stops = ends.searchsorted(len(rules))
    return Pairs(ends[:stops], met[:stops]), Pairs(ends[stops:] - len(rules), met[stops:])


def lie_on(
    along: NDArray[np.float64],
    at: NDArray[np.float64],
    others: NDArray[np.float64],
    reach: NDArray[np.float64],
) -> Pairs:
    """Find which ends of rules lie on which of the rules that run across them.

    Args:
        along: ``(N,)`` where the ends are along their rules.
        at: ``(N,)`` where the rules' middles are there.
        others: ``(M, 5)`` numbers of the other rules.
        reach: ``(N,)`` pixels that each may lie beside a rule.

    Returns:
        The ends and the rules.
    """
    start, stop, position, slope, thickness = others.T
    # Only the rules are looked at that come near an end in any of their rows.
    last = position + slope * (stop - start)
    beyond = reach.max(initial=0) * (1 + np.abs(slope)) + thickness / 2 + 1
    ends, met = points_within(along, np.minimum(position, last) - beyond, np.maximum(position, last) + beyond)
    within = (start[met] - reach[ends] <= at[ends]) & (at[ends] <= stop[met] + reach[ends])
    ends, met = ends[within], met[within]
    start, _, position, slope, thickness = others[met].T
    off = np.abs(position + slope * (at[ends] - start) - along[ends])
    on = off <= reach[ends] + thickness / 2
    ends, met = ends[on], met[on]
    order = (ends * len(others) + met).argsort()
    return Pairs(ends[order], met[order])


def numbers(rules: Sequence[Rule]) -> NDArray[np.float64]:
    """``(N, 5)`` start, stop, position, slope and thickness."""
    width = len(Rule._fields)
    values = np.fromiter(chain.from_iterable(rules), np.float64, width * len(rules))
    return values.reshape(-1, width)[:, 1:]


class Stretches(NamedTuple):
    """Stretches of rules along the rows on which their rounded middles are on the same row, rule by rule.

    Attributes:
        owners: The number of each one's rule.
        rows: The row.
        firsts: The first column.
        stops: The one after the last; none is empty.
    """

    owners: NDArray[np.intp]
    rows: NDArray[np.intp]
    firsts: NDArray[np.intp]
    stops: NDArray[np.intp]

    def ink(self, page: NDArray[np.uint8], away: NDArray[np.intp] | int = 0) -> NDArray[np.uint8]:
        """Look along the stretches, one after the other.

        Args:
            page: ``(H, W)``.
            away: How many rows below the middles, for each stretch or for all.

        Returns:
            The pixels there, one for each column of each stretch; 0 above and below the page.
        """
        blank = np.zeros(page.shape[1], np.uint8)
        places = zip((self.rows + away).tolist(), self.firsts.tolist(), self.stops.tolist(), strict=True)
        return np.concatenate(
            [blank[:0]]
            + [(page[row] if 0 <= row < len(page) else blank)[first:stop] for row, first, stop in places]
        )


def stretches(rules: NDArray[np.float64], firsts: NDArray[np.intp], stops: NDArray[np.intp]) -> Stretches:
    """Part rules into stretches of one row each.

    Args:
        rules: ``(N, 5)`` their numbers; upright rules have stretches of one column each.
        firsts: ``(N,)`` the first column of each.
        stops: ``(N,)`` the one after its last.

    Returns:
        Their stretches.
    """
    start, _, position, slope, _ = rules.T
    begin, end = (position + slope * (column - start) for column in (firsts, stops - 1))
    rows, last = np.rint(begin).astype(np.intp), np.rint(end).astype(np.intp)
    counts = np.where(stops > firsts, np.abs(last - rows) + 1, 0)
    owners = np.arange(len(rules)).repeat(counts)
    steps = np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners]
    way = np.sign(last - rows)[owners]
    rows = rows[owners] + way * steps
    # Where a rule comes from the row before: its middle is halfway between the two.
    rises = np.where(counts > 1, slope, 1.0)[owners]
    entries = np.ceil((rows - way / 2 - begin[owners]) / rises).astype(np.intp) + firsts[owners]
    entries = np.where(steps == 0, firsts[owners], entries.clip(firsts[owners], stops[owners]))
    exits = np.where(steps == counts[owners] - 1, stops[owners], np.append(entries[1:], 0))
    kept = exits > entries
    return Stretches(owners[kept], rows[kept], entries[kept], exits[kept])
