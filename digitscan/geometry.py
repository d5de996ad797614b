"""Geometry: what a candidate's crop does not show, its size and place beside the rest of the field.

A crop is a digit's shape alone, scaled and centred. That a dot is no zero, that half of an 8 was cut off and
that two digits were joined can often be told from the candidate's height, from the gaps around it and from
the ink that its cuts cross. The classifier of strings takes these measures beside the crop.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.components import Line

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


class Pieces(NamedTuple):
    """The pieces that a field's ink was cut into, from left to right.

    Attributes:
        owners: ``(H, W)`` which piece each pixel of ink is of, from 1; 0 for paper.
        components: ``(P,)`` which component each piece is of.
        boxes: ``(P, 4)`` left, top, right, bottom in pixels.
        sides: ``(P, 2)`` left and right where the writing is upright, sheared at the top of the field.
        areas: ``(P,)`` pixels of ink.
        meetings: ``(M, 2)`` which two pieces, counted from 0, lie beside each other in a row, once for each
            place where some do; the former first.
    """

    owners: NDArray[np.uint16]
    components: NDArray[np.intp]
    boxes: NDArray[np.intp]
    sides: NDArray[np.float64]
    areas: NDArray[np.intp]
    meetings: NDArray[np.intp]


def unknown_geometry(count: int) -> NDArray[np.float32]:
    """Geometry of digits by themselves, ``(count, len(GEOMETRY))``: nothing is known of it."""
    return np.zeros((count, len(GEOMETRY)), np.float32)


def measure_pieces(owners: NDArray[np.uint16], components: NDArray[np.intp], slant: float) -> Pieces:
    """Measure pieces and number them in reading order: by the middles of their sides where they are upright.

    Args:
        owners: ``(H, W)`` which piece each pixel of ink is of, from 1, in any order; 0 for paper. Some may
            have no ink.
        components: Which component each is of.
        slant: How far the writing leans, as ``measure_slant`` gives it.

    Returns:
        Those that have ink.
    """
    height, width = owners.shape
    # Runs of one piece along the rows, with paper at the end of each row and before all.
    row = np.zeros(height * (width + 1) + 1, owners.dtype)
    row[1:].reshape(height, width + 1)[:, :-1] = owners
    places = np.flatnonzero(row[1:] != row[:-1])
    names = row[places + 1]
    touching = np.flatnonzero((names[1:] > 0) & (names[:-1] > 0))
    meetings = names[touching[:, None] + [0, 1]]
    inked = np.flatnonzero(names)
    lengths = places[inked + 1] - places[inked]
    names, places = names[inked], places[inked]
    order = np.argsort(names, kind="stable")
    names, places, lengths = names[order], places[order], lengths[order]
    rows = places // (width + 1)
    columns = places - rows * (width + 1)
    starts = np.flatnonzero(np.append(True, names[1:] > names[:-1]))
    stops = np.append(starts[1:], len(names))
    upright = columns + slant * rows
    left = np.minimum.reduceat(upright, starts)
    right = np.maximum.reduceat(upright + (lengths - 1), starts) + 1
    reading = np.argsort(left + right, kind="stable")
    boxes = (
        np.minimum.reduceat(columns, starts),
        rows[starts],
        np.maximum.reduceat(columns + lengths, starts),
        rows[stops - 1] + 1,
    )
    found = names[starts]
    numbers = np.zeros(len(components) + 1, np.uint16)
    numbers[found[reading]] = np.arange(1, len(found) + 1)
    return Pieces(
        np.take(numbers, owners),
        components[found[reading].astype(np.intp) - 1],
        np.stack(boxes, 1)[reading],
        np.stack((left, right), 1)[reading],
        np.add.reduceat(lengths, starts)[reading],
        np.sort(numbers[meetings].astype(np.intp) - 1, axis=1),
    )


def measure_geometry(
    pieces: Pieces, runs: NDArray[np.intp], line: Line, digit_height: float, stroke: float
) -> NDArray[np.float32]:
    """Measure candidates.

    Args:
        pieces: Those of a field; at least one.
        runs: ``(N, 2)`` first piece of each candidate, and the piece after its last.
        line: The line that they stand on.
        digit_height: Usual height of a digit in pixels.
        stroke: Width of the strokes in pixels.

    Returns:
        ``(N, len(GEOMETRY))``.

    >>> from digitscan.components import Line
    >>> owners = np.zeros((60, 100), np.uint16)
    >>> owners[10:50, 20:26], owners[10:50, 50:80] = 1, 2
    >>> pieces = measure_pieces(owners, np.array([0, 1]), 0.0)
    >>> values = measure_geometry(pieces, np.array([[0, 1], [1, 2]]), Line(50, 29.5, 0, 12), 40.0, 6.0)
    >>> round(dict(zip(GEOMETRY, values[0].tolist()))["gap_after"], 2)
    0.6
    """
    starts, stops = runs.T
    # The few pieces of each run, its last again where it has less than others.
    most = int((stops - starts).max())
    members = np.minimum(starts[:, None] + np.arange(most), stops[:, None] - 1)
    boxes, sides = pieces.boxes[members], pieces.sides[members]
    tops, bottoms = boxes[..., 1].min(axis=1), boxes[..., 3].max(axis=1)
    lefts, rights = sides[..., 0].min(axis=1), sides[..., 1].max(axis=1)
    centres = (boxes[..., 0].min(axis=1) + boxes[..., 2].max(axis=1)) / 2
    middles = line.middle + line.slope * (centres - line.column)
    reached = np.maximum.accumulate(np.append(-np.inf, pieces.sides[:, 1]))
    ahead = np.minimum.accumulate(np.append(pieces.sides[:, 0], np.inf)[::-1])[::-1]
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
        (ahead[stops] - rights) / digit_height,
        within / digit_height,
        before / digit_height,
        after / digit_height,
        inside / digit_height,
        stops - starts - 1,
        (owners != owners[:, :1]).any(axis=1),
        (areas[stops] - areas[starts]) / digit_height**2,
        np.full(len(runs), stroke / digit_height),
    )
    low, high = _BOUNDS
    return np.minimum(np.maximum(np.stack(values, axis=1), low), high).astype(np.float32)


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
