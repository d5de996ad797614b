"""One rule, and when two meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

STEEPEST = 0.06
"""Rules are at most this far from level or upright, in pixels a pixel; round corners are farther."""

_CLOSE = 0.08
"""A side ends at most this share of its length from the rules that it joins."""


@dataclass(frozen=True)
class Rule:
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


def meetings(
    rules: Sequence[Rule], others: Sequence[Rule], reach: float | NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find which rules end on which of those that run across them.

    Args:
        rules: ``N`` rules.
        others: ``M`` rules of the other direction.
        reach: Pixels that an end may lie beside a rule; ``(N, 1)`` if each has its own.

    Returns:
        Two ``(N, M)``, whether the rule starts and whether it stops on the other.
    """
    own, across = numbers(rules), numbers(others)
    start, stop, position, slope, _ = own.T
    last = position + slope * (stop - start)
    return lie_on(start, position, across, reach), lie_on(stop, last, across, reach)


def lie_on(
    along: NDArray[np.float64],
    at: NDArray[np.float64],
    others: NDArray[np.float64],
    reach: float | NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Find which ends of rules lie on which of the rules that run across them.

    Args:
        along: ``(N,)`` where the ends are along their rules.
        at: ``(N,)`` where the rules' middles are there.
        others: ``(M, 5)`` numbers of the other rules.
        reach: Pixels that an end may lie beside a rule; ``(N, 1)`` if each has its own.

    Returns:
        ``(N, M)``.
    """
    start, stop, position, slope, thickness = others.T
    at = at[:, None]
    within = (start - reach <= at) & (at <= stop + reach)
    beside = np.abs(position + slope * (at - start) - along[:, None])
    return np.asarray(within & (beside <= reach + thickness / 2), bool)


def numbers(rules: Sequence[Rule]) -> NDArray[np.float64]:
    """``(N, 5)`` start, stop, position, slope and thickness."""
    rows = [(rule.start, rule.stop, rule.position, rule.slope, rule.thickness) for rule in rules]
    return np.array(rows, np.float64).reshape(-1, 5)


def walk(
    rules: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Go along rules, column by column of each.

    Args:
        rules: ``(N, 5)`` their numbers.
        first: The first column of each.
        last: The one after its last.

    Returns:
        The number of the rule, the column, and the row of the rule's middle there; for upright rules the row,
        and the column of its middle.
    """
    start, _, position, slope, _ = rules.T
    counts = np.maximum(0, last - first)
    owners = np.repeat(np.arange(len(rules)), counts)
    columns = np.arange(len(owners)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    middles = np.rint(position[owners] + slope[owners] * (columns - start[owners])).astype(np.intp)
    return owners, columns, middles
