"""Segmentation: a field's ink cut into pieces, and the candidates that runs of pieces make.

Heuristic over-segmentation (LeCun et al. 1998, section V; Ribas, Oliveira, Britto, Sabourin 2012,
"Handwritten digit segmentation: a comparative study"): connected components are cut wherever two digits may
touch, more often than they do. Every run of a few neighbouring pieces is a candidate, one of which is each
digit; the decoding picks the runs that read best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.components import Components, find_components
from digitscan.cuts import find_cuts
from digitscan.geometry import Pieces, measure_geometry, measure_pieces, unknown_geometry
from digitscan.strokes import thicken

MOST_PIECES = 6
"""Pieces that one candidate joins at the most."""

WORKING_HEIGHT = 24
"""Smaller digits are enlarged to about this height in pixels, so that cuts have room."""

_WIDEST = 1.9
"""Candidates are at most this many digit heights wide."""

_WIDEST_GAP = 0.35
"""Parts of one digit lie at most this share of a digit's height apart."""

_NEIGHBOURS = np.ones((3, 3), np.uint8)


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


@dataclass(frozen=True)
class Segmentation:
    """The lattice of a field: ``pieces`` pieces from left to right, and its candidates.

    ``digit_height`` is the usual height of a digit in pixels of the page, 0 without ink; ``geometry``
    ``(N, len(GEOMETRY))`` what is measured of each candidate; ``components`` those of the field's ink.
    """

    pieces: int
    candidates: tuple[Candidate, ...]
    digit_height: float
    geometry: NDArray[np.float32]
    components: Components

    @cached_property
    def runs(self) -> NDArray[np.intp]:
        """``(N, 2)`` first piece of each candidate, and the piece after its last."""
        return _runs(self.candidates)

    @cached_property
    def heights(self) -> NDArray[np.float64]:
        """``(N,)`` of the candidates in pixels of the page."""
        return np.array([candidate.box[3] for candidate in self.candidates], float)


def segment(
    density: NDArray[np.uint8],
    origin: tuple[float, float] = (0.0, 0.0),
    components: Components | None = None,
    wholes: Mapping[int, Whole] | None = None,
) -> Segmentation:
    """Cut a field's ink into candidates.

    Args:
        density: ``(H, W)`` ink density of the field, 0 for paper to 255; 128 and more counts as ink.
            Whatever is not of the field, rules among it, is 0 already.
        origin: Where the field's top left is on the page, x and y in pixels; boxes are given there.
        components: Those of the ink where they are known.
        wholes: Components by their number that are surely digits by themselves; they are neither cut nor
            joined to others. None where nothing is known of any.

    Returns:
        The pieces and all candidates, in reading order of their first piece.

    >>> field = np.zeros((80, 120), np.uint8)
    >>> field[10:70, 20:26] = field[10:70, 80:86] = 255
    >>> lattice = segment(field)
    >>> [(c.start, c.stop, c.box) for c in lattice.candidates]
    [(0, 1, (20.0, 10.0, 6.0, 60.0)), (1, 2, (80.0, 10.0, 6.0, 60.0))]
    """
    given = components = components or find_components(density)
    wholes = wholes or {}
    if not components.count:
        return Segmentation(0, (), 0.0, unknown_geometry(0), given)
    if len(wholes) == components.count:
        order = sorted(wholes.values(), key=lambda one: 2 * one.place[0] + one.density.shape[1])
        taken = tuple(_take(i, whole, origin) for i, whole in enumerate(order))
        return Segmentation(len(taken), taken, given.digit_height, unknown_geometry(len(taken)), given)
    scale = 1
    if components.digit_height < WORKING_HEIGHT:
        scale = min(4, ceil(WORKING_HEIGHT / components.digit_height))
        density = cv2.resize(density, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        components = components.enlarged(scale)
    pieces = _cut(density, components, wholes)
    candidates = _candidates(density, pieces, components, wholes, scale, origin)
    geometry = measure_geometry(
        pieces, _runs(candidates), given.line.enlarged(scale), components.digit_height, components.stroke
    )
    return Segmentation(len(pieces.areas), candidates, given.digit_height, geometry, given)


def _runs(candidates: Sequence[Candidate]) -> NDArray[np.intp]:
    """``(N, 2)`` where candidates start and stop."""
    return np.array([candidate[:2] for candidate in candidates], np.intp).reshape(-1, 2)


def _take(piece: int, whole: Whole, origin: tuple[float, float]) -> Candidate:
    """Make a candidate of a component that is a digit by itself."""
    (left, top), (height, width) = whole.place, whole.density.shape
    box = (origin[0] + left, origin[1] + top, float(width), float(height))
    return Candidate(piece, piece + 1, box, whole.density, whole.seen)


def _cut(density: NDArray[np.uint8], components: Components, wholes: Mapping[int, Whole]) -> Pieces:
    """Cut the components that may be several digits into pieces."""
    slant = components.slant
    doubtful = [i for i in range(components.count) if i not in wholes]
    parts = [
        np.s_[y : y + height, x : x + width] for x, y, width, height in components.boxes[doubtful].tolist()
    ]
    owned = [
        components.labels[part] == name
        for name, part in zip(components.names[doubtful].tolist(), parts, strict=True)
    ]
    inks = [cv2.copyTo(density[part], own.view(np.uint8)) for own, part in zip(owned, parts, strict=True)]
    cuts = find_cuts(inks, components.digit_height, components.stroke, slant)
    counts = np.ones(components.count, int)
    counts[doubtful] += [len(seams) for seams in cuts]
    x, y, width, height = components.boxes.T
    order = np.argsort(x + width / 2 + slant * (y + height / 2), kind="stable")
    firsts = np.empty(components.count, int)
    firsts[order] = 1 + np.cumsum(counts[order]) - counts[order]
    owners = components.renamed(firsts.astype(np.uint16))
    for part, own, seams in zip(parts, owned, cuts, strict=True):
        columns = np.arange(own.shape[1])
        for seam in seams:
            owners[part] += own & (columns >= seam[:, None])
    # The grey edge of a stroke belongs to its piece.
    owners = cv2.copyTo(_grow(owners, max(1, round(components.stroke / 3))), density)
    return measure_pieces(owners, order.repeat(counts[order]), slant)


def _grow(owners: NDArray[np.uint16], pixels: int) -> NDArray[np.uint16]:
    """Let pieces grow over the paper around them."""
    for _ in range(pixels):
        owners = cv2.copyTo(owners, (owners > 0).view(np.uint8), cv2.dilate(owners, _NEIGHBOURS))
    return owners


def _candidates(
    density: NDArray[np.uint8],
    pieces: Pieces,
    components: Components,
    wholes: Mapping[int, Whole],
    scale: int,
    origin: tuple[float, float],
) -> tuple[Candidate, ...]:
    """All runs of up to ``MOST_PIECES`` pieces that are neither too wide nor too far apart."""
    density = thicken(density, components.thinness)
    owners = _grow(pieces.owners, ceil(components.thinness / 2))
    boxes, sources, count = pieces.boxes.tolist(), pieces.components.tolist(), len(pieces.areas)
    widest, furthest = _WIDEST * components.digit_height, _WIDEST_GAP * components.digit_height
    found = []
    for start in range(count):
        if sources[start] in wholes:
            found.append(_take(start, wholes[sources[start]], origin))
            continue
        left, top, right, bottom = boxes[start]
        for stop in range(start + 1, min(start + MOST_PIECES, count) + 1):
            x0, y0, x1, y1 = boxes[stop - 1]
            if x0 - right > furthest or sources[stop - 1] in wholes:
                break
            left, top, right, bottom = min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)
            if right - left > widest and stop > start + 1:
                break
            part = np.s_[top:bottom, left:right]
            ink = cv2.bitwise_and(density[part], cv2.inRange(owners[part], start + 1, stop))
            box = (
                origin[0] + left / scale,
                origin[1] + top / scale,
                (right - left) / scale,
                (bottom - top) / scale,
            )
            found.append(Candidate(start, stop, box, ink))
    return tuple(found)
