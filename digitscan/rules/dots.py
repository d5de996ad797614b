"""Dots and dashes: the small marks that rows of them consist of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.outlines import Outlines

_LOW = 1.6
"""A mark is at most this many stroke widths thick."""

_LONG = 9.0
"""It is at most this many long."""


def find_marks(outlines: Outlines, stroke: float) -> NDArray[np.int32]:
    """``(N, 4)`` boxes of the components that may be dots or dashes; x, y, width, height in pixels."""
    boxes = outlines.measure(outlines.components[_are_small(outlines.components, stroke, outlines.slack)])
    return boxes[_are_small(boxes, stroke)]


def thickest_mark(stroke: float) -> float:
    """How thick the marks of a broken rule are at the most, in pixels."""
    return max(3.0, _LOW * stroke)


def _are_small(boxes: NDArray[np.int32], stroke: float, slack: int = 0) -> NDArray[np.bool_]:
    """Whether boxes, which may be so many pixels too wide and too high, are those of dots or dashes."""
    width, height = boxes[:, 2], boxes[:, 3]
    short, long = np.minimum(width, height), np.maximum(width, height)
    return (short <= thickest_mark(stroke) + slack) & (long <= max(9.0, _LONG * stroke) + slack)
