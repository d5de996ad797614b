"""Segmentation: a field's ink cut into pieces, and the candidates that runs of pieces make.

Heuristic over-segmentation (LeCun et al. 1998, section V; Ribas, Oliveira, Britto, Sabourin 2012,
"Handwritten digit segmentation: a comparative study"): connected components are cut wherever two digits may
touch, more often than they do. Every run of a few neighbouring pieces is a candidate, one of which is each
digit; the decoding picks the runs that read best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.components import Components, find_components
from digitscan.cuts import Hand
from digitscan.geometry import measure_geometry, unknown_geometry
from digitscan.pieces import Doubted, cut_fields, grow
from digitscan.strokes import thicken
from digitscan.writing_line import Line, measure_lines

MOST_PIECES = 6
"""Pieces that one candidate joins at the most."""

WORKING_HEIGHT = 24
"""Smaller digits are enlarged to about this height in pixels, so that cuts have room."""

_WIDEST = 1.9
"""Candidates are at most this many digit heights wide."""

_WIDEST_GAP = 0.35
"""Parts of one digit lie at most this share of a digit's height apart."""


class Candidate(NamedTuple):
    """A run of pieces that may be one digit.

    Attributes:
        start: First piece of the run.
        stop: The piece after its last.
        box: x, y, width, height of its ink in pixels of the page.
        density: Its ink alone, ``(height, width)`` at the field's working scale.
        seen: ``(C,)`` what the classifier said of it before the field was cut; None where it did not.
    """

    start: int
    stop: int
    box: tuple[float, float, float, float]
    density: NDArray[np.uint8]
    seen: NDArray[np.float32] | None = None


class Whole(NamedTuple):
    """A component that is surely one digit: what the classifier says of it, and its ink alone.

    Attributes:
        density: ``(height, width)`` its ink.
        place: Where that has its left and top in the field.
        seen: ``(C,)`` the classifier's probabilities.
    """

    density: NDArray[np.uint8]
    place: tuple[int, int]
    seen: NDArray[np.float32]


class Field(NamedTuple):
    """A field's ink and what is known of it.

    Attributes:
        density: ``(H, W)`` ``uint8`` ink density, 0 for paper to 255; 128 and more counts as ink. Whatever is
            not of the field, rules among it, is 0 already.
        origin: Where its top left is on the page, x and y in pixels; boxes are given there.
        components: Those of the ink.
        wholes: Components by their number that are surely digits by themselves; they are neither cut nor
            joined to others.
    """

    density: NDArray[np.uint8]
    origin: tuple[float, float]
    components: Components
    wholes: Mapping[int, Whole]


@dataclass(frozen=True)
class Segmentation:
    """The lattice of a field: ``pieces`` pieces from left to right, and its candidates.

    ``digit_height`` is the usual height of a digit in pixels of the page, 0 without ink; ``geometry``
    ``(N, len(GEOMETRY))`` what is measured of each candidate that was not seen; ``components`` those of the
    field's ink; ``line`` the one that it stands on, None where all components are digits by themselves.
    """

    pieces: int
    candidates: tuple[Candidate, ...]
    digit_height: float
    geometry: NDArray[np.float32]
    components: Components
    line: Line | None = None


def segment(
    density: NDArray[np.uint8],
    origin: tuple[float, float] = (0.0, 0.0),
    components: Components | None = None,
    wholes: Mapping[int, Whole] | None = None,
) -> Segmentation:
    """Cut one field's ink into candidates, as ``segment_all`` does.

    Args:
        density: Its ink, as in ``Field``.
        origin: Where its top left is on the page.
        components: Those of the ink where they are known.
        wholes: Those that are surely digits by themselves; None where nothing is known of any.

    Returns:
        The pieces and all candidates, in reading order of their first piece.

    >>> field = np.zeros((80, 120), np.uint8)
    >>> field[10:70, 20:26] = field[10:70, 80:86] = 255
    >>> lattice = segment(field)
    >>> [(c.start, c.stop, c.box) for c in lattice.candidates]
    [(0, 1, (20.0, 10.0, 6.0, 60.0)), (1, 2, (80.0, 10.0, 6.0, 60.0))]
    """
    return segment_all([Field(density, origin, components or find_components(density), wholes or {})])[0]


def segment_all(fields: Sequence[Field]) -> list[Segmentation]:
    """Cut the ink of fields into candidates.

    Args:
        fields: The fields of a page.

    Returns:
        For each field its pieces and all candidates, in reading order of their first piece.
    """
    doubted = [field for field in fields if len(field.wholes) < field.components.count]
    lattices = iter(_segment_doubted(doubted) if doubted else ())
    return [
        _take_all(field) if len(field.wholes) == field.components.count else next(lattices)
        for field in fields
    ]


def _take_all(field: Field) -> Segmentation:
    """Segment a field without ink, or one whose components are all digits by themselves."""
    order = sorted(field.wholes.values(), key=lambda one: 2 * one.place[0] + one.density.shape[1])
    taken = tuple(_take(i, whole, field.origin) for i, whole in enumerate(order))
    digit_height = field.components.digit_height if taken else 0.0
    return Segmentation(len(taken), taken, digit_height, unknown_geometry(len(taken)), field.components)


def _take(piece: int, whole: Whole, origin: tuple[float, float]) -> Candidate:
    """Make a candidate of a component that is a digit by itself."""
    (left, top), (height, width) = whole.place, whole.density.shape
    box = (origin[0] + left, origin[1] + top, float(width), float(height))
    return Candidate(piece, piece + 1, box, whole.density, whole.seen)


def _segment_doubted(fields: Sequence[Field]) -> list[Segmentation]:
    """Segment fields with components that may be several digits, or parts of one."""
    enlarged = [_enlarge(field) for field in fields]
    hands = [field.doubted.hand for field in enlarged]
    pieces = cut_fields([field.doubted for field in enlarged])
    bounds = list(pairwise(pieces.firsts.tolist()))
    names, boxes, sources = pieces.names.tolist(), pieces.boxes.tolist(), pieces.components.tolist()
    found = [
        tuple(_find_candidates(field, owners, names[first:stop], boxes[first:stop], sources[first:stop]))
        for field, owners, (first, stop) in zip(enlarged, pieces.owners, bounds, strict=True)
    ]
    # What is surely a digit is not measured, as it is not classified again.
    runs = [
        (i, first + candidate.start, first + candidate.stop)
        for i, (candidates, (first, _)) in enumerate(zip(found, bounds, strict=True))
        for candidate in candidates
        if candidate.seen is None
    ]
    lines = measure_lines(
        [field.components.ink for field in fields], [field.components.stroke for field in fields]
    )
    large = [line.enlarged(field.scale) for line, field in zip(lines, enlarged, strict=True)]
    geometry = unknown_geometry(sum(map(len, found)))
    unseen = np.array([candidate.seen is None for candidates in found for candidate in candidates], bool)
    geometry[unseen] = measure_geometry(pieces, np.array(runs, np.intp).reshape(-1, 3), large, hands)
    ends = pairwise(accumulate(map(len, found), initial=0))
    return [
        Segmentation(
            stop - first,
            candidates,
            field.components.digit_height,
            geometry[slice(*its)],
            field.components,
            line,
        )
        for field, candidates, its, line, (first, stop) in zip(
            fields, found, ends, lines, bounds, strict=True
        )
    ]


class _Enlarged(NamedTuple):
    """A field to be cut, enlarged where it is small.

    Attributes:
        field: The field as it is.
        doubted: The same, so many times as large.
        scale: How many times that is.
    """

    field: Field
    doubted: Doubted
    scale: int


def _enlarge(field: Field) -> _Enlarged:
    """Enlarge a field where it is small."""
    density, _, components, wholes = field
    scale = 1
    if components.digit_height < WORKING_HEIGHT:
        scale = min(4, ceil(WORKING_HEIGHT / components.digit_height))
        large = cv2.resize(density, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        density, components = np.asarray(large, np.uint8), components.enlarged(scale)
    hand = Hand(components.digit_height, components.stroke, components.slant)
    return _Enlarged(field, Doubted(density, components, hand, wholes), scale)


def _find_candidates(
    enlarged: _Enlarged,
    owners: NDArray[np.uint16],
    names: Sequence[int],
    boxes: Sequence[Sequence[int]],
    sources: Sequence[int],
) -> Iterator[Candidate]:
    """All runs of up to ``MOST_PIECES`` pieces that are neither too wide nor too far apart.

    Args:
        enlarged: The field.
        owners: ``(H, W)`` the name of the piece that each pixel is of.
        names: Those names, ascending.
        boxes: Left, top, right and bottom of each piece.
        sources: The component that it is of.
    """
    (_, origin, _, wholes), (density, components, _, _), scale = enlarged
    density = thicken(density, components.thinness)
    owners = grow(owners, ceil(components.thinness / 2))
    widest, furthest = _WIDEST * components.digit_height, _WIDEST_GAP * components.digit_height
    for start, source in enumerate(sources):
        if source in wholes:
            yield _take(start, wholes[source], origin)
            continue
        left, top, right, bottom = boxes[start]
        for stop in range(start + 1, min(start + MOST_PIECES, len(boxes)) + 1):
            x0, y0, x1, y1 = boxes[stop - 1]
            if x0 - right > furthest or sources[stop - 1] in wholes:
                break
            left, top, right, bottom = min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)
            if right - left > widest and stop > start + 1:
                break
            part = np.s_[top:bottom, left:right]
            ink = cv2.bitwise_and(density[part], cv2.inRange(owners[part], names[start], names[stop - 1]))
            box = (
                origin[0] + left / scale,
                origin[1] + top / scale,
                (right - left) / scale,
                (bottom - top) / scale,
            )
            yield Candidate(start, stop, box, ink)
