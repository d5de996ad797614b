"""Writing line: the line that a field is written on, by moments of its ink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.strokes import find_runs

_OUTLYING = 2.2
"""Ink this many standard deviations above or below the middle of the line does not count towards its size."""

_LONG = 8.0
"""From this many standard deviations of its rows in length on, a line has a slope that can be measured."""

_STEEPEST = 0.15
"""Slope that a line has at the most."""


class Line(NamedTuple):
    """The line that a field is written on.

    One tall stroke or a dash behind the digits moves it little.

    Attributes:
        column: Middle of the ink.
        middle: Row of the middle of the line there.
        slope: Pixels down a pixel to the right.
        spread: Standard deviation of the ink's rows about the line, in pixels.
    """

    column: float
    middle: float
    slope: float
    spread: float

    def enlarged(self, times: float) -> Line:
        """The same line in a field that was enlarged."""
        return Line(self.column * times, self.middle * times, self.slope, self.spread * times)


def measure_lines(inks: Sequence[NDArray[np.uint8]], strokes: Sequence[float]) -> list[Line]:
    """Measure the lines of fields.

    Args:
        inks: ``(H, W)`` each, 255 where a field has ink; at least one field, and each has some.
        strokes: Mean width of each field's strokes in pixels.

    Returns:
        The line of each field.
    """
    found = [find_runs(cv2.transpose(ink)) for ink in inks]
    counts = np.array([len(columns) for columns, _, _ in found])
    firsts = counts.cumsum() - counts
    field = np.arange(len(inks)).repeat(counts)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add.reduceat(values, firsts)

    columns, tops, bottoms = np.concatenate(found, axis=1).astype(float)
    lengths, rows = bottoms - tops, (tops + bottoms - 1) / 2
    pixels = total(lengths)
    column, middle = total(lengths * columns) / pixels, total(lengths * rows) / pixels
    # Second moments about the middle of the ink, level and upright.
    along, aside = columns - column[field], rows - middle[field]
    weights = lengths * along
    level, mixed = total(weights * along), total(weights * aside)
    upright = total(lengths * aside * aside + _moment(lengths))
    spread = np.maximum(np.sqrt(upright / pixels), strokes)
    slope = np.minimum(np.maximum(mixed / np.maximum(level, 1.0), -_STEEPEST), _STEEPEST)
    slope[columns[firsts + counts - 1] - columns[firsts] + 1 <= _LONG * spread] = 0.0
    upright += slope * (slope * level - 2 * mixed)  # about the line
    spread = np.maximum(np.sqrt(np.maximum(upright / pixels, 0.0)), strokes)
    falls = slope[field] * along
    for _ in range(2):
        line, reach = middle[field] + falls, (_OUTLYING * spread)[field]
        # Rows that lie within reach of the line, exclusively.
        first = np.maximum(tops, np.floor(line - reach) + 1)
        last = np.maximum(first, np.minimum(bottoms, np.ceil(line + reach)))
        lengths, aside = last - first, (first + last - 1) / 2 - line
        weights = lengths * aside
        pixels = total(lengths)
        beside = total(weights) / pixels
        variance = total(weights * aside + _moment(lengths)) / pixels - beside * beside
        spread = np.maximum(np.sqrt(np.maximum(variance, 0.0)), strokes)
        middle = middle + beside
    return [
        Line(*one)
        for one in zip(column.tolist(), middle.tolist(), slope.tolist(), spread.tolist(), strict=True)
    ]


def _moment(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(N,)`` second moments of upright runs of so many pixels about their middles."""
    return lengths * (lengths * lengths - 1) / 12
