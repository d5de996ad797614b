"""Segmentation: a field's ink cut into pieces, and the candidates that runs of pieces make.

Heuristic over-segmentation (LeCun et al. 1998, section V; Ribas, Oliveira, Britto, Sabourin 2012,
"Handwritten digit segmentation: a comparative study"): connected components are cut wherever two digits may
touch, more often than they do. Every run of a few neighbouring pieces is a candidate, one of which is each
digit; the decoding picks the runs that read best.
"""

from __future__ import annotations

from dataclasses import dataclass
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

WORKING_HEIGHT = 48
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
    """

    start: int
    stop: int
    box: tuple[float, float, float, float]
    density: NDArray[np.uint8]


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


def segment(
    density: NDArray[np.uint8], origin: tuple[float, float] = (0.0, 0.0), lowest: float = 0.0
) -> Segmentation:
    """Cut a field's ink into candidates.

    Args:
        density: ``(H, W)`` ink density of the field, 0 for paper to 255; 128 and more counts as ink.
            Whatever is not of the field, rules among it, is 0 already.
        origin: Where the field's top left is on the page, x and y in pixels; boxes are given there.
        lowest: Height in pixels below which writing would be too small for the field; such ink is dirt.

    Returns:
        The pieces and all candidates, in reading order of their first piece.

    >>> field = np.zeros((80, 120), np.uint8)
    >>> field[10:70, 20:26] = field[10:70, 80:86] = 255
    >>> lattice = segment(field)
    >>> [(c.start, c.stop, c.box) for c in lattice.candidates]
    [(0, 1, (20.0, 10.0, 6.0, 60.0)), (1, 2, (80.0, 10.0, 6.0, 60.0))]
    """
    given = components = find_components(density)
    nothing = Segmentation(0, (), 0.0, unknown_geometry(0), given)
    if not components.count or components.digit_height < lowest:
        return nothing
    scale = 1
    if components.digit_height < WORKING_HEIGHT:
        scale = min(4, int(np.ceil(WORKING_HEIGHT / components.digit_height)))
    if scale > 1:
        density = cv2.resize(density, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        components = find_components(density)
        if not components.count:
            return nothing
    pieces = _cut(density, components)
    more = components.thinness
    thicker = pieces._replace(owners=_grow(pieces.owners, ceil(more / 2)))
    candidates = _candidates(thicken(density, more), thicker, components.digit_height, scale, origin)
    runs = np.array([(candidate.start, candidate.stop) for candidate in candidates])
    geometry = measure_geometry(
        pieces, runs, given.line.enlarged(scale), components.digit_height, components.stroke
    )
    return Segmentation(len(pieces.areas), candidates, components.digit_height / scale, geometry, given)


def _cut(density: NDArray[np.uint8], components: Components) -> Pieces:
    """Cut the components into pieces, which are numbered in reading order."""
    slant = components.slant
    parts = [np.s_[y : y + height, x : x + width] for x, y, width, height in components.boxes]
    owned = [components.labels[part] == name for name, part in zip(components.names, parts, strict=True)]
    inks = [np.where(own, density[part], 0) for own, part in zip(owned, parts, strict=True)]
    cuts = find_cuts(inks, components.digit_height, components.stroke, slant)
    owners = np.zeros(density.shape, np.uint16)
    sources: list[int] = []  # which component each piece is of
    for source, (part, own, seams) in enumerate(zip(parts, owned, cuts, strict=True)):
        numbers = np.full(own.shape, len(sources) + 1, np.uint16)
        for seam in seams:
            numbers += np.arange(own.shape[1])[None, :] >= seam[:, None]
        owners[part][own] = numbers[own]
        sources += [source] * (len(seams) + 1)
    found, centres = _find_centres(owners, slant)
    found = found[np.argsort(centres, kind="stable")]
    renumbered = np.zeros(len(sources) + 1, np.uint16)
    renumbered[found] = np.arange(1, len(found) + 1)
    owners = renumbered[owners]
    # The grey edge of a stroke belongs to its piece.
    owners = np.where(density > 0, _grow(owners, max(1, round(components.stroke / 3))), owners)
    return measure_pieces(owners, np.array(sources)[found - 1], slant)


def _grow(owners: NDArray[np.uint16], pixels: int) -> NDArray[np.uint16]:
    """Let pieces grow over the paper around them."""
    for _ in range(pixels):
        owners = np.where(owners == 0, cv2.dilate(owners, np.ones((3, 3), np.uint8)), owners)
    return owners


def _find_centres(owners: NDArray[np.uint16], slant: float) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Numbers of the pieces that have ink, and the middles of their sides where the writing is upright."""
    rows, columns = np.nonzero(owners)
    names = owners[rows, columns]
    order = np.argsort(names, kind="stable")
    upright = (columns + slant * rows)[order]
    found, starts = np.unique(names[order], return_index=True)
    centres = (np.minimum.reduceat(upright, starts) + np.maximum.reduceat(upright, starts)) / 2
    return found.astype(np.intp), centres


def _candidates(
    density: NDArray[np.uint8],
    pieces: Pieces,
    digit_height: float,
    scale: int,
    origin: tuple[float, float],
) -> tuple[Candidate, ...]:
    """All runs of up to ``MOST_PIECES`` pieces that are neither too wide nor too far apart."""
    boxes, count, owners = pieces.boxes.tolist(), len(pieces.areas), pieces.owners
    found = []
    for start in range(count):
        left, top, right, bottom = boxes[start]
        for stop in range(start + 1, min(start + MOST_PIECES, count) + 1):
            x0, y0, x1, y1 = boxes[stop - 1]
            if x0 - right > _WIDEST_GAP * digit_height:
                break
            left, top, right, bottom = min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)
            if right - left > _WIDEST * digit_height and stop > start + 1:
                break
            part = np.s_[top:bottom, left:right]
            own = (owners[part] > start) & (owners[part] <= stop)
            box = (
                origin[0] + left / scale,
                origin[1] + top / scale,
                (right - left) / scale,
                (bottom - top) / scale,
            )
            found.append(Candidate(start, stop, box, np.where(own, density[part], 0)))
    return tuple(found)
