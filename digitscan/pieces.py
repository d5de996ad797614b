"""Pieces: what the components of fields are cut into, wherever two digits may touch."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import chain, pairwise
from math import inf
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.components import Components
from digitscan.cuts import Hand, find_cuts
from digitscan.windows import paint_components

_NEIGHBOURS = np.ones((3, 3), np.uint8)


class Doubted(NamedTuple):
    """A field with components that may be several digits, or parts of one.

    Attributes:
        density: ``(H, W)`` ``uint8`` its ink.
        components: Those of the ink.
        hand: How it is written.
        wholes: Numbers of the components that are digits by themselves.
    """

    density: NDArray[np.uint8]
    components: Components
    hand: Hand
    wholes: Container[int]


class Pieces(NamedTuple):
    """The pieces that the ink of fields was cut into, field by field and from left to right.

    Attributes:
        owners: For each field ``(H, W)`` the name of the piece that each pixel of ink is of; 0 for paper.
        names: ``(P,)`` those names; ascending within a field.
        firsts: ``(F + 1,)`` the first piece of each field, counted from 0 through all fields; and at the end
            how many there are.
        components: ``(P,)`` which of its field's components each piece is of.
        boxes: ``(P, 4)`` left, top, right, bottom in pixels.
        sides: ``(P, 2)`` left and right where the writing is upright, sheared at the top of the field.
        areas: ``(P,)`` pixels of ink.
        meetings: ``(M, 2)`` which two pieces lie beside each other in a row, once for each place where some
            do; the former first.
    """

    owners: list[NDArray[np.uint16]]
    names: NDArray[np.intp]
    firsts: NDArray[np.intp]
    components: NDArray[np.intp]
    boxes: NDArray[np.intp]
    sides: NDArray[np.float64]
    areas: NDArray[np.intp]
    meetings: NDArray[np.intp]


def cut_fields(fields: Sequence[Doubted]) -> Pieces:
    """Cut the components that may be several digits into pieces.

    Args:
        fields: The fields; at least one.

    Returns:
        All pieces, those of components that are not cut among them.
    """
    parts = _wide_parts(fields)
    inks, hands = [], []
    for field, its in zip(fields, parts, strict=True):
        inks += [cv2.bitwise_and(field.density[place], own) for _, place, own in its]
        hands += [field.hand] * len(its)
    cuts = iter(find_cuts(inks, hands))
    painted = [
        _paint(field, [(part, seams) for part, seams in zip(its, cuts, strict=False) if len(seams)])
        for field, its in zip(fields, parts, strict=True)
    ]
    owners, sources = zip(*painted, strict=True)
    return measure_pieces(owners, sources, [field.hand.slant for field in fields])


class _Part(NamedTuple):
    """A component that may be several digits.

    Attributes:
        component: Its number in its field.
        place: The rows and columns of its box.
        own: ``(H, W)``, 255 for the pixels of that which are its, else 0.
    """

    component: int
    place: tuple[slice, slice]
    own: NDArray[np.uint8]


def _wide_parts(fields: Sequence[Doubted]) -> list[list[_Part]]:
    """The components of each field that are so wide that they may be several digits."""
    wide = [
        [
            (i, x, y, x + width, y + height)
            for i, (x, y, width, height) in enumerate(components.boxes.tolist())
            if i not in wholes and hand.may_be_cut(width, height)
        ]
        for _, components, hand, wholes in fields
    ]
    labelled = [field.components.labelled for field, its in zip(fields, wide, strict=True) for _ in its]
    numbers, *windows = np.array([*chain(*wide)], np.intp).reshape(-1, 5).T
    inks = iter(paint_components(labelled, numbers.tolist(), np.stack(windows)))
    return [
        [_Part(i, np.s_[top:bottom, left:right], next(inks)) for i, left, top, right, bottom in its]
        for its in wide
    ]


def _paint(
    field: Doubted, cuts: Sequence[tuple[_Part, NDArray[np.intp]]]
) -> tuple[NDArray[np.uint16], list[int]]:
    """Name the pieces of a field: ``(H, W)`` that of each pixel, and by name, from 1 on, their components."""
    density, components, hand, _ = field
    counts = [1] * components.count
    for part, seams in cuts:
        counts[part.component] += len(seams)
    boxes = components.boxes.tolist()
    middles = [x + width / 2 + hand.slant * (y + height / 2) for x, y, width, height in boxes]
    sources: list[int] = []
    firsts = [0] * len(counts)
    for i in sorted(range(len(counts)), key=middles.__getitem__):
        firsts[i] = len(sources) + 1
        sources += [i] * counts[i]
    owners = components.labelled.paint(np.array(firsts).astype(np.uint16), components.shape)
    for part, seams in cuts:
        columns = np.arange(part.own.shape[1])
        behind = (columns >= seams[:, :, None]).sum(axis=0, dtype=np.uint16)
        owners[part.place] += behind * (part.own > 0)
    if not (components.is_grey or len(components.dust)):  # all that is not paper is of a component
        return owners, sources
    # The grey edge of a stroke belongs to its piece.
    grown = grow(owners, max(1, round(components.stroke / 3)))
    return cv2.copyTo(grown, density), sources


def grow(owners: NDArray[np.uint16], pixels: int) -> NDArray[np.uint16]:
    """Let pieces grow by so many pixels over the paper around them.

    Args:
        owners: ``(H, W)`` the name of the piece that each pixel is of; 0 for paper.
        pixels: How far.

    Returns:
        ``(H, W)``; where pieces meet, the one with the higher name has the pixel.
    """
    for _ in range(pixels):
        owners = cv2.copyTo(owners, (owners > 0).view(np.uint8), cv2.dilate(owners, _NEIGHBOURS))
    return owners


def measure_pieces(
    owners: Sequence[NDArray[np.uint16]], components: Sequence[Sequence[int]], slants: Sequence[float]
) -> Pieces:
    """Measure pieces and bring them into reading order: by the middles of their sides where they are upright.

    Args:
        owners: For each field ``(H, W)`` the name of the piece that each pixel of ink is of, in any order
            from 1 on; 0 for paper. Some may have no ink.
        components: For each field which component each of its pieces is of, by name.
        slants: How far each field's writing leans, as ``measure_slant`` gives it.

    Returns:
        Those that have ink.
    """
    counts = np.array([len(its) for its in components])
    count, before = int(counts.sum()), counts.cumsum() - counts
    runs = [_find_runs(own) for own in owners]
    field = np.arange(len(owners)).repeat([len(names) for names, _ in runs])
    names, places = (np.concatenate(arrays) for arrays in zip(*runs, strict=True))
    touching = ((names[1:] > 0) & (names[:-1] > 0)).nonzero()[0]
    inked = names.nonzero()[0]
    given = names + (before - 1)[field]  # counted from 0 through all fields
    meetings = given[touching[:, None] + [0, 1]]
    lengths = places[inked + 1] - places[inked]
    given, places, field = given[inked], places[inked], field[inked]
    span = np.array([own.shape[1] + 1 for own in owners])[field]
    rows = places // span
    columns = places - rows * span
    upright = columns + np.array(slants)[field] * rows
    left, right = np.full(count, inf), np.full(count, -inf)
    np.minimum.at(left, given, upright)
    np.maximum.at(right, given, upright + (lengths - 1))
    first, last, top, bottom = np.full((4, count), np.iinfo(np.intp).max)
    last[:] = 0
    np.minimum.at(first, given, columns)
    np.maximum.at(last, given, columns + lengths)
    # Of the rows that a piece has, the last that is set stays; they are in order.
    top[given[::-1]] = rows[::-1]
    bottom[given] = rows + 1
    areas = np.bincount(given, lengths, minlength=count).astype(np.intp)
    found = areas.nonzero()[0]
    field = np.arange(len(owners)).repeat(counts)[found]
    order = found[np.lexsort((left[found] + (right[found] + 1), field))]
    numbers = np.zeros(count, np.intp)
    numbers[order] = np.arange(len(order))
    firsts = field.searchsorted(np.arange(len(owners) + 1))
    names, bounds = order - before[field] + 1, pairwise(firsts.tolist())
    return Pieces(
        [_rename_ascending(own, names[slice(*its)]) for own, its in zip(owners, bounds, strict=True)],
        found - before[field] + 1,
        firsts,
        np.array([*chain(*components)])[order],
        np.stack((first, top, last, bottom), 1)[order],
        np.stack((left, right + 1), 1)[order],
        areas[order],
        np.sort(numbers[meetings], axis=1),
    )


def _rename_ascending(owners: NDArray[np.uint16], names: NDArray[np.intp]) -> NDArray[np.uint16]:
    """Change the names of pieces among each other so that they ascend in this order."""
    if (names[1:] > names[:-1]).all():
        return owners
    table = np.zeros(int(names.max()) + 1, np.uint16)
    table[names] = np.sort(names)
    return np.take(table, owners)


def _find_runs(owners: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.intp]]:
    """Runs of one piece or of paper along the rows of ``(H, W)``: their pieces, and where each starts.

    Places are counted row by row, with one more column of paper in each row; paper before all is left out.
    """
    height, width = owners.shape
    row = np.zeros(height * (width + 1) + 1, owners.dtype)
    row[1:].reshape(height, width + 1)[:, :-1] = owners
    places = (row[1:] != row[:-1]).nonzero()[0]
    return row[places + 1], places
