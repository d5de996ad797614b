"""What stands on level rules: their ink straightened, and uprights by how much of their way is inked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule

_BESIDE = np.ones((1, 3), np.uint8)
"""A pixel and those to the left and to the right of it."""


def strip_above(
    lines: NDArray[np.uint8], rule: Rule, height: float, left: float, right: float
) -> NDArray[np.uint8]:
    """Cut out the ink above a level rule, straightened.

    A turn by the small angle of a slope moves columns up or down and rows to either side by whole pixels.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        rule: The rule; its upper edge lies below the strip's last row.
        height: Height of the strip in pixels.
        left: x of the strip's first column.
        right: x of its last column.

    Returns:
        ``(height, right - left + 1)``, at least three rows; blank where the page ends.
    """
    rows, columns = max(3, round(height)), max(1, round(right - left) + 1)
    strip = np.zeros((rows, columns), np.uint8)
    downs = _stretches(rule.at(left) - rule.thickness / 2 - rows, rule.slope, columns)
    for top, bottom, across in _stretches(left + rule.slope * (rows - 1), -rule.slope, rows):
        for first, stop, down in downs:
            x, x_stop = max(first, -across), min(stop, lines.shape[1] - across)
            y, y_stop = max(top, -down), min(bottom, lines.shape[0] - down)
            if x < x_stop and y < y_stop:
                part = lines[y + down : y_stop + down, x + across : x_stop + across]
                strip[y:y_stop, x:x_stop] = part
    return strip


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


def widened(strip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ink made a pixel wider to both sides: uprights lean a little."""
    wide: NDArray[np.uint8] = cv2.dilate(strip, _BESIDE)
    return wide


def ink_shares(
    wides: Sequence[NDArray[np.uint8]], bands: Sequence[Sequence[tuple[int, int]]]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Measure how much of the columns of strips has ink, in some bands of their rows.

    Args:
        wides: ``N`` strips, 255 where there is ink.
        bands: ``K`` bands of each, as the first row and the one after the last.

    Returns:
        ``(N,)`` the first column of each strip where all lie side by side, with a blank column before each
        and behind the last, and ``(K, columns)`` the share of each column's rows in a band that has ink.
    """
    widths = np.array([wide.shape[1] for wide in wides])
    stops = np.cumsum(widths + 1)
    firsts = stops - widths
    shares = np.zeros((len(bands[0]), int(stops[-1]) + 1), np.float32)
    for wide, own, first, stop in zip(wides, bands, firsts.tolist(), stops.tolist(), strict=True):
        for band, (top, bottom) in enumerate(own):
            share = shares[band : band + 1, first:stop]
            cv2.reduce(wide[top:bottom], 0, cv2.REDUCE_AVG, share, cv2.CV_32F)
    return firsts, shares / np.float32(255)


def thin_columns(
    inked: NDArray[np.bool_], firsts: NDArray[np.intp], thickness: NDArray[np.float64]
) -> list[list[float]]:
    """Find the runs of inked columns that are no thicker than a rule.

    Args:
        inked: ``(columns,)`` whether columns of ``N`` strips are inked, the strips side by side as in
            ``ink_shares``.
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
