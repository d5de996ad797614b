"""Cuts: where one component may be two digits that touch.

A cut runs along the path of least ink from top to bottom, near a line along the slant of the writing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from math import ceil
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.seams import find_valleys, least_ink, trace

_LEAST_WIDTH = 0.45
"""Components wider than this share of a digit's height may hold more than one digit."""

_DISTANCE = 0.08
"""A cut crosses less ink than any other line within this share of a digit's height."""

_MOST_INK = 2.0
"""A cut crosses at most this many strokes' width of ink."""

_REACH = 0.2
"""A cut strays from the vertical at most this share of a digit's height to either side."""

_FINEST = 240
"""Height of digits in pixels over which cuts are looked for in reduced ink: the work grows with its cube."""

_MOST_PLACES = 4_000_000
"""Components whose paths may pass so many places are cut together, as that many numbers are held."""


class Hand(NamedTuple):
    """How a field is written.

    Attributes:
        digit_height: Usual height of a digit in pixels.
        stroke: Width of the strokes in pixels.
        slant: As ``measure_slant`` gives it.
    """

    digit_height: float
    stroke: float
    slant: float

    @property
    def least_width(self) -> float:
        """Pixels that two digits are wide at the least, upright."""
        return max(3.0, _LEAST_WIDTH * self.digit_height)

    def may_be_cut(self, width: float, height: float) -> bool:
        """Whether a component of this size in pixels may be as wide as two digits, once it is upright."""
        return width + abs(self.slant) * height >= self.least_width

    def reduced(self, factor: float) -> Hand:
        """The same in ink that is reduced."""
        return Hand(self.digit_height / factor, self.stroke / factor, self.slant)


class _Upright(NamedTuple):
    """A component sheared upright.

    Attributes:
        place: Which component.
        ink: ``(H, W)`` ``uint8``, cut to its columns with ink.
        shifts: ``(H,)`` how far to the right each of its rows was moved.
        most: Ink that a cut through it crosses at the most.
    """

    place: int
    ink: NDArray[np.uint8]
    shifts: NDArray[np.intp]
    most: float


def find_cuts(inks: Sequence[NDArray[np.uint8]], hands: Sequence[Hand]) -> list[NDArray[np.intp]]:
    """Find the cuts through components that may part two digits.

    A cut is the path of least ink from top to bottom within reach of a line along the slant; of these lines,
    those count whose cut crosses less ink than its neighbours' and not much more than one or two strokes.

    Args:
        inks: ``(H, W)`` each, ink density of a component alone, 0 to 255.
        hands: How the field of each is written.

    Returns:
        For each component its cuts from left to right, ``(N, H)``: the column where each passes each row.
    """
    factors = [ceil(hand.digit_height / _FINEST) for hand in hands]
    if max(factors, default=1) > 1:
        small = [_reduce(ink, factor) for ink, factor in zip(inks, factors, strict=True)]
        found = find_cuts(small, [hand.reduced(factor) for hand, factor in zip(hands, factors, strict=True)])
        return [
            _enlarge(cuts, factor, len(ink)) for cuts, factor, ink in zip(found, factors, inks, strict=True)
        ]
    highest = max(map(len, inks), default=0)
    shears = {slant: _shear(slant, highest) for slant in {hand.slant for hand in hands}}
    # Those whose cuts stray equally far, and lie equally far apart, go together.
    alike: dict[tuple[int, int], list[_Upright]] = {}
    for place, (ink, hand) in enumerate(zip(inks, hands, strict=True)):
        upright, shifts = _make_upright(ink, shears[hand.slant])
        if upright.shape[1] >= hand.least_width:
            reach = max(1, round(_REACH * hand.digit_height))
            distance = max(2, round(_DISTANCE * hand.digit_height))
            component = _Upright(place, upright, shifts, 255 * _MOST_INK * hand.stroke)
            alike.setdefault((reach, distance), []).append(component)
    cuts = [np.zeros((0, len(ink)), np.intp) for ink in inks]
    for (reach, distance), uprights in alike.items():
        for batch in _batches(uprights, reach):
            for one, its in zip(batch, _cut_upright(batch, reach, distance), strict=True):
                cuts[one.place] = its
    return cuts


def _batches(uprights: Sequence[_Upright], reach: int) -> Iterator[list[_Upright]]:
    """Part components into batches for which there is enough memory, the highest first."""
    batch: list[_Upright] = []
    taken = 0
    for one in sorted(uprights, key=lambda one: -len(one.ink)):
        height, width = one.ink.shape
        places = height * (width + reach) * (2 * reach + 1)
        if batch and taken + places > _MOST_PLACES:
            yield batch
            batch, taken = [], 0
        batch.append(one)
        taken += places
    yield batch


def _cut_upright(uprights: Sequence[_Upright], reach: int, distance: int) -> Iterator[NDArray[np.intp]]:
    """Cut components, the highest first; their cuts as ``find_cuts`` gives them."""
    # All side by side, so far apart that no path leads from one to the next; lines are counted from where the
    # first of them may lie.
    heights, spans, end = [len(one.ink) for one in uprights], [], 0
    for one in uprights:
        spans.append(slice(end, end + one.ink.shape[1]))
        end = spans[-1].stop + reach
    row = np.zeros((heights[0], end + reach), np.uint8)
    for one, height, span in zip(uprights, heights, spans, strict=True):
        row[:height, reach + span.start : reach + span.stop] = one.ink
    bands, crossed = least_ink(row, reach, heights, [span.stop for span in spans])
    lines = find_valleys(crossed, spans, [one.most for one in uprights], distance)
    bounds = lines.searchsorted([*(span.start for span in spans), end])
    paths = trace(bands, lines, np.repeat(heights, np.diff(bounds)).tolist())
    for one, height, span, (first, last) in zip(
        uprights, heights, spans, pairwise(bounds.tolist()), strict=True
    ):
        places = np.array(list(islice(paths, last - first)), np.intp).reshape(-1, height)
        yield places + (lines[first:last, None] - (span.start + reach)) - one.shifts


def _reduce(ink: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Reduce ink; each pixel is the mean of ``factor`` by ``factor``, and what lies beyond is paper."""
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % factor), (0, -width % factor)))
    size = padded.shape[1] // factor, len(padded) // factor
    return np.asarray(cv2.resize(padded, size, interpolation=cv2.INTER_AREA), np.uint8)


def _enlarge(cuts: NDArray[np.intp], factor: int, height: int) -> NDArray[np.intp]:
    """Enlarge cuts through reduced ink to ones through all ``height`` rows."""
    rows, middles = np.arange(height), (np.arange(cuts.shape[1]) + 0.5) * factor - 0.5
    columns = [np.interp(rows, middles, (cut + 0.5) * factor - 0.5) for cut in cuts]
    return np.round(columns).astype(np.intp).reshape(-1, height)


class _Shear(NamedTuple):
    """How rows are moved to make a slant upright.

    Attributes:
        shifts: ``(H,)`` how far to the right, counted from the first row.
        steps: First row, row after the last, and shift of those that are moved equally far.
    """

    shifts: NDArray[np.intp]
    steps: list[tuple[int, int, int]]


def _shear(slant: float, height: int) -> _Shear:
    """Find how so many rows are moved to make a slant upright."""
    shifts = np.round(slant * np.arange(height)).astype(np.intp)
    starts = [0, *((shifts[1:] != shifts[:-1]).nonzero()[0] + 1).tolist()]
    return _Shear(shifts, list(zip(starts, [*starts[1:], height], shifts[starts].tolist(), strict=True)))


def _make_upright(ink: NDArray[np.uint8], shear: _Shear) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Shear a component upright, cut to its ink; and how far to the right that moved each of its rows."""
    height, width = ink.shape
    shifts = shear.shifts[:height]
    last = int(shifts[-1])
    least = min(0, last)
    upright = np.zeros((height, width + abs(last)), np.uint8)
    for start, stop, shift in shear.steps:
        if start >= height:
            break
        upright[start:stop, shift - least : shift - least + width] = ink[start:stop]
    blank, _, width, _ = cv2.boundingRect(upright)
    return upright[:, blank : blank + width], shifts - (least + blank)
