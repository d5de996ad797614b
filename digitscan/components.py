"""Components: the connected ink of a field without its dust, and the measures of the writing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.cuts import measure_slant
from digitscan.labelling import Labelled, Labels, label
from digitscan.strokes import mean_width

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

_Value = TypeVar("_Value", np.bool_, np.uint16)


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
