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
    least = outlines.boxes - np.array((0, 0, outlines.slack, outlines.slack), np.int32)
    boxes = outlines.components(np.flatnonzero(_are_small(least, stroke) & ~outlines.are_holes))
    return boxes[_are_small(boxes, stroke)]


def thickest_mark(stroke: float) -> float:
    """How thick the marks of a broken rule are at the most, in pixels."""
    return max(3.0, _LOW * stroke)


def _are_small(boxes: NDArray[np.int32], stroke: float) -> NDArray[np.bool_]:
    """Whether boxes are those of dots or dashes."""
    short, long = boxes[:, 2:].min(axis=1), boxes[:, 2:].max(axis=1)
    return np.asarray((short <= thickest_mark(stroke)) & (long <= max(9.0, _LONG * stroke)))
