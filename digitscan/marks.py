"""Marks: boxes that are ticked, crossed or filled, or not."""

from __future__ import annotations

from math import exp, log

import numpy as np

from digitscan.written import Written

_BORDER = 0.12
"""Share of a box's side along its edges that is left out: its lines are there."""

_FEW = 0.02
"""Ink that dirt leaves, in strokes from side to side."""

_HALF = 0.35
"""Strokes from side to side that are a mark as likely as not: half of a short tick."""

_SLOPE = 4.0
"""How much surer it gets with every e-fold of that; measured on drawn forms."""


def is_ticked(box: tuple[float, float, float, float], written: Written, stroke: float) -> float:
    """How likely a box is ticked, by how much ink is in it.

    Args:
        box: x, y, width and height of the box in pixels of the page.
        written: The ink of the page without its rules.
        stroke: Usual width of a stroke on the page in pixels.

    Returns:
        The probability: logistic in the logarithm of the ink, measured in strokes as long as the box's side.

    >>> from digitscan.written import written_on
    >>> page = np.zeros((60, 60), np.uint8)
    >>> page[20:40, 28:31] = 255
    >>> is_ticked((10, 10, 40, 40), written_on(page), 3.0) > 0.5
    True
    """
    x, y, width, height = box
    side = (width * height) ** 0.5
    edge = _BORDER * side
    rows = slice(max(0, round(y + edge)), max(0, round(y + height - edge)))
    columns = slice(max(0, round(x + edge)), max(0, round(x + width - edge)))
    ink = float(np.count_nonzero(written.density[rows, columns] >= 128))
    strokes = ink / (side * max(stroke, 1.0))
    return 1 / (1 + exp(-_SLOPE * log((strokes + _FEW) / _HALF)))
