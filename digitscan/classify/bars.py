"""Bars: straight lines that run through a picture of one digit from side to side.

A bar may be the rule that the digit was written on or through, the line of a column, or a cell's frame; but
in a tight crop also the bar of a seven.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules import Rule

_FAINTEST = 32
"""Density from which on ink counts: printed lines are thin, and often fainter than the pen."""

_INKED = 0.85
"""Share of a bar's length that is ink."""

_STEEPEST = 0.04
"""Bars are at most this far from level or upright, in pixels a pixel."""

_THICKEST = 0.1
"""Bars are at most this share of the picture's side thick."""

_SMALLEST = 20
"""Pictures with a shorter side than this many pixels have no bars: they are no scans of paper."""

_PAPER = 64
"""Density of paper at the most."""

_LEAST_FREE = 0.25
"""Share of a bar's length with paper on both sides: what has less is the edge of a fat stroke."""

_FREE_ODDS, _THICK_ODDS = 10.0, 6.0
"""What the log-odds that a bar is printed gain with that share, and what they lose with the logarithm of its
thickness in stroke widths; they are even for a free bar as thick as the strokes. Fitted by logistic
regression on crops of digits with printed lines and without."""

_SUREST = 3.0
"""Log-odds at the most: nothing is certain before the classifier has seen it."""


class Bar(NamedTuple):
    """A bar, as a rule of the picture's full width or height.

    Attributes:
        rule: Where it runs.
        printed: Probability that it is a printed line and no part of the digit.
    """

    rule: Rule
    printed: float


def find_bars(density: NDArray[np.uint8]) -> list[Bar]:
    """Find the bars of a picture.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255.

    Returns:
        The level bars, then the upright ones; none on a picture that is too small.

    >>> picture = np.zeros((60, 50), np.uint8)
    >>> picture[40:43] = picture[10:50, 20:28] = 255
    >>> [(bar.rule.position, bar.rule.thickness, round(bar.printed, 2)) for bar in find_bars(picture)]
    [(41.0, 3.0, 0.83)]
    """
    if min(density.shape) < _SMALLEST:
        return []
    mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    area = cv2.countNonZero(mask)
    outline = area - cv2.countNonZero(cv2.erode(mask, np.ones((3, 3), np.uint8)))
    stroke = max(1.0, 2 * area / max(1, outline))
    bars = []
    for grey, horizontal in ((density, True), (np.ascontiguousarray(density.T), False)):
        for rule in _level_bars(grey >= _FAINTEST, horizontal):
            free, thickness = _measure(grey, rule)
            if free >= _LEAST_FREE:
                odds = _FREE_ODDS * (free - 1) - _THICK_ODDS * np.log(thickness / stroke)
                bars.append(Bar(rule, float(1 / (1 + np.exp(-np.clip(odds, -_SUREST, _SUREST))))))
    return bars


def _measure(density: NDArray[np.uint8], rule: Rule) -> tuple[float, float]:
    """Share of a bar along the rows that has paper on both sides, and its thickness there, by its ink."""
    height, width = density.shape
    columns = np.arange(width)
    reach = max(2, round(rule.thickness / 2 + 2))
    middles = np.clip(np.round(rule.position + rule.slope * columns).astype(np.intp), 0, height - 1)
    padded = np.pad(density, ((reach, reach), (0, 0)))
    band = padded[middles + np.arange(2 * reach + 1)[:, None], columns]
    inner = band[1:-1]
    free = (band[0] < _PAPER) & (band[-1] < _PAPER) & (inner.max(axis=0) >= _FAINTEST)
    thickness = float(np.median(inner[:, free].sum(axis=0))) / 255 if free.any() else 0.0
    return float(free.mean()), thickness


def _level_bars(inked: NDArray[np.bool_], horizontal: bool) -> list[Rule]:
    """Bars along the rows: runs of few rows that are nearly all ink, once levelled."""
    height, width = inked.shape
    shares, rises = np.zeros((2, height))
    most = round(_STEEPEST * width)
    padded = np.pad(inked, ((most + 1, most + 1), (0, 0)))
    for rise in sorted(range(-most, most + 1), key=abs):
        shifts = np.round(rise * (np.arange(width) / max(1, width - 1) - 0.5)).astype(np.intp)
        rows = np.arange(height + 2)[:, None] + most + shifts
        level = padded[rows, np.arange(width)]
        # A line is seldom of one thickness throughout, nor quite straight.
        share = (level[:-2] | level[1:-1] | level[2:]).mean(axis=1)
        better = share > shares
        shares[better], rises[better] = share[better], rise
    edges = np.flatnonzero(np.diff(np.pad(shares >= _INKED, 1).astype(np.int8)))
    bars = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        thickness = float(max(1, stop - start - 2))
        if thickness <= max(2, _THICKEST * height):
            best = float(rises[start + int(shares[start:stop].argmax())])
            position = (start + stop - 1 - best) / 2
            bars.append(Rule(horizontal, 0.0, float(width), position, best / width, thickness))
    return bars
