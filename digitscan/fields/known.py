"""What a template tells of the rules on a page: where in its fields there are lines, and where none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitscan.fields.region import Region
from digitscan.rules import Rule

_NEAR = 0.15
"""A line is at most this share of a cell's width, or a box's height, from where the template has it."""

_BEYOND = 0.25
"""Strokes reach at most this share of a field's height, or of a cell's width, out of it."""


def drop_strokes(rules: Sequence[Rule], fields: Sequence[Region]) -> list[Rule]:
    """Leave out the rules that are strokes of digits: a 1 from top to bottom of its cell, the bar of a 4.

    A rule that lies within a field is one where the template has a line. Any other is a stroke, if the lines
    of the template on both sides of it were found: then the template is right about this page.

    Args:
        rules: The rules of a page.
        fields: The fields of its template, on the page.

    Returns:
        The others, in the same order.

    >>> box = Region((100.0, 50.0, 120.0, 40.0), (100.0, 140.0, 180.0, 220.0))
    >>> sides = [Rule(False, 50.0, 90.0, x, 0.0, 2.0) for x in (100.0, 122.0, 140.0, 180.0, 220.0)]
    >>> [rule.position for rule in drop_strokes(sides, [box])]
    [100.0, 140.0, 180.0, 220.0]
    """
    strokes: set[int] = set()
    places = np.array([_place(rule) for rule in rules], np.float64).reshape(-1, 3)
    upright = np.array([not rule.horizontal for rule in rules], bool)
    for field in fields:
        x, y, width, height = field.box
        columns = np.array(field.cells or (x, x + width))
        cell = width / (len(columns) - 1)
        for lines, along, side, near in (
            (columns, (y, y + height), upright, _NEAR * min(cell, height)),
            (np.array((y, y + height)), (x, x + width), ~upright, _NEAR * height),
        ):
            beyond = _BEYOND * height if side is upright else 0.0
            strokes.update(_between(places, side, lines, (along[0] - beyond, along[1] + beyond), near))
    return [rule for i, rule in enumerate(rules) if i not in strokes]


def _place(rule: Rule) -> tuple[float, float, float]:
    """Where a rule is in its middle, where it starts and where it stops."""
    return rule.at((rule.start + rule.stop) / 2), rule.start, rule.stop


def _between(
    places: NDArray[np.float64],
    side: NDArray[np.bool_],
    lines: NDArray[np.float64],
    along: tuple[float, float],
    near: float,
) -> list[int]:
    """Rules within a field that lie between two lines of it, both of which were found."""
    at, start, stop = places.T
    inside = side & (start >= along[0]) & (stop <= along[1]) & (at > lines[0]) & (at < lines[-1])
    candidates = np.flatnonzero(inside)
    if not len(candidates):
        return []
    reaching = side & (np.minimum(stop, along[1]) - np.maximum(start, along[0]) > 0)
    found = (np.abs(at[reaching][:, None] - lines) <= near).any(axis=0)
    apart = np.abs(at[candidates][:, None] - lines).min(axis=1) > near
    after = np.searchsorted(lines, at[candidates])
    known = found[after - 1] & found[np.minimum(after, len(lines) - 1)]
    return candidates[apart & known].tolist()
