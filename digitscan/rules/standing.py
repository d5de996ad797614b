"""What stands on level rules: their ink straightened, and uprights by how much of their way is inked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule

_BESIDE = np.ones((1, 3), np.uint8)
"""A pixel and those to the left and to the right of it."""


class Strips(NamedTuple):
    """Strips of ink above level rules, straightened, all of one height and side by side.

    There is a blank column before each and behind the last.

    Attributes:
        ink: ``(rows, columns)``, 255 where there is ink.
        wide: ``(rows, columns)`` the ink made a pixel wider to both sides: uprights lean a little.
        parts: The columns of each strip.
    """

    ink: NDArray[np.uint8]
    wide: NDArray[np.uint8]
    parts: list[slice]

    @classmethod
    def above(
        cls,
        lines: NDArray[np.uint8],
        rules: Sequence[Rule],
        reaches: Sequence[tuple[float, float]],
        rows: int,
    ) -> Strips:
        """Cut out the ink above level rules.

        A turn by the small angle of a slope moves columns up or down and rows to either side by whole pixels.

        Args:
            lines: ``(H, W)``, 255 where there is ink.
            rules: The rules; the upper edge of each lies below its strip's last row.
            reaches: x of the first and of the last column of each.
            rows: Height of the strips in pixels; where the page ends they are blank.
        """
        parts = []
        stop = 0
        for left, right in reaches:
            first = stop + 1
            stop = first + max(1, round(right - left) + 1)
            parts.append(slice(first, stop))
        ink = np.zeros((rows, stop + 1), np.uint8)
        for rule, (left, _), part in zip(rules, reaches, parts, strict=True):
            _straighten(lines, rule, left, ink[:, part])
        wide: NDArray[np.uint8] = cv2.dilate(ink, _BESIDE)
        wide[:, [0, *(part.stop for part in parts)]] = 0
        return cls(ink, wide, parts)

    def shares(self, bands: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
        """Measure how much of the columns of the widened strips has ink, in some bands of their rows.

        Args:
            bands: ``K`` bands, as the first row and the one after the last.

        Returns:
            ``(K, columns)`` the share of each column's rows in a band that has ink.
        """
        shares = np.empty((len(bands), self.wide.shape[1]), np.float32)
        for band, (top, bottom) in enumerate(bands):
            cv2.reduce(self.wide[top:bottom], 0, cv2.REDUCE_AVG, shares[band : band + 1], cv2.CV_32F)
        shares /= np.float32(255)
        return shares


def strip_rows(height: float) -> int:
    """Rows of a strip of a height in pixels."""
    return max(3, round(height))


def _straighten(lines: NDArray[np.uint8], rule: Rule, left: float, strip: NDArray[np.uint8]) -> None:
    """Copy the ink above a level rule into a blank strip, whose first column is at x ``left``."""
    rows, columns = strip.shape
    downs = _stretches(rule.at(left) - rule.thickness / 2 - rows, rule.slope, columns)
    for top, bottom, across in _stretches(left + rule.slope * (rows - 1), -rule.slope, rows):
        for first, stop, down in downs:
            x, x_stop = max(first, -across), min(stop, lines.shape[1] - across)
            y, y_stop = max(top, -down), min(bottom, lines.shape[0] - down)
            if x < x_stop and y < y_stop:
                part = lines[y + down : y_stop + down, x + across : x_stop + across]
                strip[y:y_stop, x:x_stop] = part


def _stretches(first: float, slope: float, count: int) -> list[tuple[int, int, int]]:
    """Stretches of places from 0 to before ``count`` where ``first + slope * place`` is the same, rounded.

    Each is given as its first place, the one after its last, and that number. Halves are rounded down.
    """
    at, last = ceil(first - 0.5), ceil(first + slope * (count - 1) - 0.5)
    step = 1 if last > at else -1
    stretches = []
    start = 0
    while at != last:
        edge = (at + step / 2 - first) / slope
        stop = min(max(start, floor(edge) + 1 if step > 0 else ceil(edge)), count)
        stretches.append((start, stop, at))
        start, at = stop, at + step
    stretches.append((start, count, at))
    return stretches


def upright_on(rule: Rule, x: float, low: float, high: float, thickness: float) -> Rule:
    """An upright on a level rule, between two heights above its middle."""
    base, slope = rule.at(x), -rule.slope
    return Rule(False, base - high, base - low, x - slope * high, slope, thickness)


def thin_columns(
    inked: NDArray[np.bool_], firsts: NDArray[np.intp], thickness: NDArray[np.float64]
) -> list[list[float]]:
    """Find the runs of inked columns that are no thicker than a rule.

    Args:
        inked: ``(columns,)`` whether columns of ``N`` strips are inked, the strips side by side, with some
            that are not before each and behind the last.
        firsts: ``(N,)`` the first column of each strip.
        thickness: ``(N,)`` how thick its rules are, in pixels.

    Returns:
        The middles of those of each strip, as columns of it, from left to right.
    """
    starts, stops = ((inked[1:] != inked[:-1]).nonzero()[0] + 1).reshape(-1, 2).T
    owners = firsts.searchsorted(starts, "right") - 1
    thin = stops - starts <= 2 * thickness[owners] + 4
    owners = owners[thin]
    middles = ((starts + stops - 1)[thin] / 2 - firsts[owners]).tolist()
    bounds = owners.searchsorted(np.arange(len(firsts) + 1)).tolist()
    return [middles[first:stop] for first, stop in pairwise(bounds)]
