"""Components: the connected ink of a field without its dust, and the measures of the writing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.cuts import measure_slant
from digitscan.labelling import Labelled, Labels, label
from digitscan.strokes import find_runs, mean_width

_SPECK = 0.35
"""Components with less area than this share of a squared stroke are dust."""

_SMALL = 0.15
"""Components that neither way reach this share of a digit's height are dust too: no digit is the worse
without them."""

_STACKED = 0.5
"""Components that share this part of the narrower one's width lie above each other."""

_CLOSE = 0.15
"""Parts of one digit above each other lie at most this share of its height apart."""

_BROKEN = 0.25
"""Parts of a broken digit lie at most this share of its height apart from top to bottom."""

_MANY = 1000
"""More components than this are no digits in parts but noise, and each with each takes too much memory."""

_THINNEST = 0.085
"""Thin pens have strokes of less than this share of a digit's height."""

_OUTLYING = 2.2
"""Ink this many standard deviations above or below the middle of the line does not count towards its size."""

_LONG = 8.0
"""From this many standard deviations of its rows in length on, a line has a slope that can be measured."""

_STEEPEST = 0.15
"""Slope that a line has at the most."""


_Value = TypeVar("_Value", np.bool_, np.uint16)


class Line(NamedTuple):
    """The line that a field is written on, by moments of its ink.

    One tall stroke or a dash behind the digits moves them little.

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


@dataclass(frozen=True)
class Components:
    """The components of a field's ink.

    Attributes:
        labels: ``(H, W)`` a number for the ink of each component, dust among them; 0 for paper.
        boxes: ``(N, 4)`` x, y, width, height of those that are no dust.
        names: ``(N,)`` their numbers.
        areas: ``(N,)`` pixels of each.
        digit_height: Usual height of a digit in pixels, 0 without ink.
        stroke: Mean width of the strokes in pixels, 1 at the least.
    """

    labels: Labels
    boxes: NDArray[np.int32]
    names: NDArray[np.intp]
    areas: NDArray[np.int32]
    digit_height: float
    stroke: float

    def enlarged(self, times: int) -> Components:
        """The same components in a field that was enlarged."""
        return Components(
            self.labels.repeat(times, axis=0).repeat(times, axis=1),
            self.boxes * times,
            self.names,
            self.areas * times**2,
            self.digit_height * times,
            self.stroke * times,
        )

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.names)

    @property
    def thinness(self) -> float:
        """Pixels that the strokes are thinner than those of a pen that suits the height of the digits."""
        return max(0.0, _THINNEST * self.digit_height - self.stroke)

    def renamed(self, values: NDArray[_Value]) -> NDArray[_Value]:
        """``(H, W)``, for the ink of each component its value of ``(N,)``; 0 for paper and dust."""
        table = np.zeros(int(self.labels.max()) + 1, values.dtype)
        table[self.names] = values
        return np.take(table, self.labels)

    @cached_property
    def ink(self) -> NDArray[np.bool_]:
        """``(H, W)``, True where there is ink that is no dust."""
        if cv2.countNonZero(self.labels) == self.areas.sum():  # there is no dust
            return self.labels > 0
        return self.renamed(np.ones(self.count, bool))

    @cached_property
    def slant(self) -> float:
        """How far the writing leans, as ``measure_slant`` gives it."""
        return measure_slant(self.ink)

    @cached_property
    def line(self) -> Line:
        """The line of the writing; there is one where there are components."""
        return _measure_line(self.ink, self.stroke)


def find_components(
    density: NDArray[np.uint8],
    lowest: float = 0.0,
    labelled: Labelled | None = None,
    *,
    one_digit: bool = False,
) -> Components:
    """Find the components of a field's ink.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255; 128 and more counts as ink.
        lowest: Height in pixels below which writing would be too small for the field; such ink is dust.
        labelled: The ink, where its components are told apart already.
        one_digit: Whether there is room for one digit only, all parts of which then count together: one that
            is broken into small ones is no dust.

    Returns:
        The components, dust left out.
    """
    labels, names, areas, boxes = labelled or label(density)
    stroke = max(1.0, mean_width(cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]))
    large = areas >= _SPECK * stroke * stroke
    names, areas, boxes = names[large], areas[large], boxes[large]
    digit_height = (_broken_height(boxes) if one_digit else 0.0) or _digit_height(boxes, areas)
    wide = boxes[:, 2:].max(axis=1) >= _SMALL * digit_height
    if digit_height < lowest:
        wide[:] = False
    return Components(labels, boxes[wide], names[wide], areas[wide], digit_height, stroke)


def _digit_height(boxes: NDArray[np.int32], areas: NDArray[np.int32]) -> float:
    """Median height of the digits by their ink, where parts above each other count as one digit.

    Components much lower than the highest are left out: dots and dirt.
    """
    if not len(boxes):
        return 0.0
    x, y, width, height = boxes.T
    if len(boxes) > _MANY:
        return _usual_height(height, areas)
    shared = np.minimum((x + width)[:, None], x + width) - np.maximum(x[:, None], x)
    stacked = shared >= _STACKED * np.minimum(width[:, None], width)
    tops = np.where(stacked, y, y[:, None]).min(axis=1)
    bottoms = np.where(stacked, y + height, (y + height)[:, None]).max(axis=1)
    gaps = np.maximum(y[:, None], y) - np.minimum((y + height)[:, None], y + height)
    near = np.where(stacked, gaps, 0).max(axis=1) <= _CLOSE * (bottoms - tops)
    return _usual_height(np.where(near, bottoms - tops, height), areas)


def _broken_height(boxes: NDArray[np.int32]) -> float:
    """Height of a digit of which these are the parts; 0 if they lie too far apart."""
    if not len(boxes):
        return 0.0
    _, y, _, height = boxes[np.argsort(boxes[:, 1])].T
    bottoms = np.maximum.accumulate(y + height)
    whole = float(bottoms[-1] - y[0])
    return whole if (y[1:] - bottoms[:-1]).max(initial=0) <= _BROKEN * whole else 0.0


def _usual_height(heights: NDArray[np.int32], areas: NDArray[np.int32]) -> float:
    """Median of these heights by the areas of ink, without those much lower than the highest."""
    tall = heights >= 0.4 * heights.max()
    heights, areas = heights[tall], areas[tall]
    order = heights.argsort()
    shares = areas[order].cumsum()
    return float(heights[order[shares.searchsorted(shares[-1] / 2)]])


def _measure_line(ink: NDArray[np.bool_], stroke: float) -> Line:
    """Measure the line of ink that is no dust, by its runs down the columns."""
    columns, tops, bottoms = find_runs(cv2.transpose(ink.view(np.uint8)))
    lengths = bottoms - tops
    pixels = int(lengths.sum())
    column = float((lengths * columns).sum() / pixels)
    along = columns - column
    level: NDArray[np.floating] = np.zeros(len(along))
    middle, deviation = _spread(tops, bottoms, level)
    spread, slope = max(deviation, stroke), 0.0
    if int(columns[-1]) - int(columns[0]) + 1 > _LONG * spread:
        weights = lengths * along
        # Summed by numpy: a library for products would start threads for so many values.
        slope = float((weights * ((tops + bottoms - 1) / 2 - middle)).sum())
        slope /= max(float((weights * along).sum()), 1.0)
        slope = min(max(slope, -_STEEPEST), _STEEPEST)
        level = slope * along
        spread = max(_spread(tops, bottoms, level + middle)[1], stroke)
    for _ in range(2):
        line = middle + level
        # Rows that lie within reach of the line, exclusively.
        first = np.maximum(tops, np.floor(line - _OUTLYING * spread) + 1)
        last = np.minimum(bottoms, np.ceil(line + _OUTLYING * spread))
        beside, deviation = _spread(first, np.maximum(first, last), line)
        middle, spread = middle + beside, max(deviation, stroke)
    return Line(column, middle, slope, spread)


def _spread(
    tops: NDArray[np.number], bottoms: NDArray[np.number], line: NDArray[np.floating]
) -> tuple[float, float]:
    """Mean and standard deviation of the rows of upright runs of ink, counted from a line at each of them."""
    lengths = bottoms - tops
    pixels = float(lengths.sum())
    middles = (tops + bottoms - 1) / 2 - line
    mean = float((lengths * middles).sum()) / pixels
    squares = (middles - mean) ** 2 + (lengths * lengths - 1) / 12
    return mean, sqrt(max(float((lengths * squares).sum()) / pixels, 0.0))
