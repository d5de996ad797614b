"""Geometry: what a candidate's crop does not show, its size and place beside the rest of the field.

A crop is a digit's shape alone, scaled and centred. That a dot is no zero, that half of an 8 was cut off and
that two digits were joined can often be told from the candidate's height, from the gaps around it and from
the ink that its cuts cross. The classifier of strings takes these measures beside the crop.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from digitscan.cuts import Hand
from digitscan.pieces import Pieces
from digitscan.writing_line import Line

GEOMETRY = (
    "known",
    "height",
    "width",
    "above",
    "below",
    "gap_before",
    "gap_after",
    "gap_within",
    "cut_before",
    "cut_after",
    "cut_within",
    "joins",
    "several",
    "ink",
    "stroke",
)
"""What is measured, in this order: 1 where the others are known; height and width (their logarithms); how far
the candidate reaches above and below the middle of the line; gaps to its neighbours and the widest one within
it; lengths of cuts through ink that part it from its neighbours and of those within it; pieces beyond the
first; whether these are of several components; area of its ink; width of the strokes. Lengths are in heights
of a digit, the area in squares of that."""

_GAPS = (-1.0, 2.0)
"""Bounds of gaps to neighbours; one that far away is as good as none."""

_SIZES = (-3.0, 1.5)
"""Bounds of the logarithms of heights and widths."""


_BOUNDS = np.array(
    [
        {"height": _SIZES, "width": _SIZES, "gap_before": _GAPS, "gap_after": _GAPS}.get(n, (-inf, inf))
        for n in GEOMETRY
    ]
).T
"""Least and greatest value of each measure."""


def unknown_geometry(count: int) -> NDArray[np.float32]:
    """Geometry of digits by themselves, ``(count, len(GEOMETRY))``: nothing is known of it."""
    return np.zeros((count, len(GEOMETRY)), np.float32)


def measure_geometry(
    pieces: Pieces, runs: NDArray[np.intp], lines: Sequence[Line], hands: Sequence[Hand]
) -> NDArray[np.float32]:
    """Measure candidates.

    Args:
        pieces: Those of some fields.
        runs: ``(N, 3)`` the field of each candidate, its first piece, counted through all fields, and the
            piece after its last.
        lines: The line that each field stands on.
        hands: How each field is written.

    Returns:
        ``(N, len(GEOMETRY))``.

    >>> from digitscan.cuts import Hand
    >>> from digitscan.writing_line import Line
    >>> from digitscan.pieces import measure_pieces
    >>> owners = np.zeros((60, 100), np.uint16)
    >>> owners[10:50, 20:26], owners[10:50, 50:80] = 1, 2
    >>> pieces = measure_pieces([owners], [[0, 1]], [0.0])
    >>> line, hand = Line(50, 29.5, 0, 12), Hand(40.0, 6.0, 0.0)
    >>> values = measure_geometry(pieces, np.array([[0, 0, 1], [0, 1, 2]]), [line], [hand])
    >>> round(dict(zip(GEOMETRY, values[0].tolist()))["gap_after"], 2)
    0.6
    """
    fields, starts, stops = runs.T
    # The few pieces of each run, its last again where it has less than others.
    most = int((stops - starts).max(initial=1))
    members = np.minimum(starts[:, None] + np.arange(most), stops[:, None] - 1)
    boxes, sides = pieces.boxes[members], pieces.sides[members]
    tops, bottoms = boxes[..., 1].min(axis=1), boxes[..., 3].max(axis=1)
    lefts, rights = sides[..., 0].min(axis=1), sides[..., 1].max(axis=1)
    centres = (boxes[..., 0].min(axis=1) + boxes[..., 2].max(axis=1)) / 2
    column, middle, slope, _ = np.array(lines)[fields].T
    digit_height, stroke, _ = np.array(hands)[fields].T
    middles = middle + slope * (centres - column)
    reached, ahead = _beside(pieces)
    furthest = np.maximum.accumulate(sides[..., 1], axis=1)
    within = (sides[:, 1:, 0] - furthest[:, :-1]).max(axis=1, initial=0.0)
    before, after, inside = _cuts(pieces, members, stops)
    owners = pieces.components[members]
    areas = np.append(0, np.cumsum(pieces.areas))
    values = (
        np.ones(len(runs)),
        np.log((bottoms - tops) / digit_height),
        np.log((rights - lefts) / digit_height),
        (middles - tops) / digit_height,
        (bottoms - middles) / digit_height,
        (lefts - reached[starts]) / digit_height,
        (ahead[stops - 1] - rights) / digit_height,
        within / digit_height,
        before / digit_height,
        after / digit_height,
        inside / digit_height,
        stops - starts - 1,
        (owners != owners[:, :1]).any(axis=1),
        (areas[stops] - areas[starts]) / digit_height**2,
        stroke / digit_height,
    )
    low, high = _BOUNDS
    return np.minimum(np.maximum(np.stack(values, axis=1), low), high).astype(np.float32)


def _beside(pieces: Pieces) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far to the right those before each piece of a field reach, and to the left those behind it.

    ``(P,)`` each, in pixels where the writing is upright; infinitely far where there are none.
    """
    lefts, rights = pieces.sides.T.tolist()
    reached: list[float] = []
    ahead: list[float] = []
    for first, stop in pairwise(pieces.firsts.tolist()):
        count = stop - first
        reached += [-inf, *accumulate(rights[first:stop], max)][:count]
        ahead += [inf, *accumulate(reversed(lefts[first:stop]), min)][:count][::-1]
    return np.array(reached), np.array(ahead)


def _cuts(
    pieces: Pieces, members: NDArray[np.intp], stops: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows in which cuts through ink part each run from what is before and after, and those within it."""
    # Components that are not cut apart only touch by the grey of their edges.
    owners = pieces.components[pieces.meetings]
    first, second = pieces.meetings[owners[:, 0] == owners[:, 1]].T
    if not len(first):
        none = np.zeros(len(members), np.intp)
        return none, none, none
    count, most = len(pieces.areas), members.shape[1]
    is_new = np.append(np.ones((len(members), 1), bool), members[:, 1:] > members[:, :-1], axis=1)
    before = (np.bincount(second, minlength=count)[members] * is_new).sum(axis=1)
    after = (np.bincount(first, minlength=count)[members] * is_new).sum(axis=1)
    near = second - first < most
    apart = np.bincount((first * most + second - first)[near], minlength=count * most).reshape(count, most)
    upto = apart.cumsum(axis=1)  # by piece: rows in which it meets those up to so many places behind it
    inside = (upto[members, stops[:, None] - 1 - members] * is_new).sum(axis=1)
    return before - inside, after - inside, inside
