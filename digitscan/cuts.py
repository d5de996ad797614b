"""Cuts: where one component may be two digits that touch.

A cut runs along the path of least ink from top to bottom, near a line along the slant of the writing. It is
found by dynamic programming, as the seams are of Avidan, Shamir (2007), "Seam carving for content-aware image
resizing".
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

_Value = TypeVar("_Value", bound=np.generic)

_LEAST_WIDTH = 0.45
"""Components wider than this share of a digit's height may hold more than one digit."""

_DISTANCE = 0.08
"""A cut crosses less ink than any other line within this share of a digit's height."""

_MOST_INK = 2.0
"""A cut crosses at most this many strokes' width of ink."""

_REACH = 0.2
"""A cut strays from the vertical at most this share of a digit's height to either side."""

_BEND = 15
"""What a sideways step of a cut costs, as ink density."""

_FINEST = 240
"""Height of digits in pixels over which cuts are looked for in reduced ink: the work grows with its cube."""


def measure_slant(mask: NDArray[np.bool_]) -> float:
    """Measure how far the writing leans, from the directions of its outline.

    Kimura, Shridhar, Chen (1993), "Improvements of a lexicon directed algorithm for recognition of
    unconstrained handwritten words": the mean sideways step of the outline a row, over all its steps that
    are not level.

    Args:
        mask: ``(H, W)``, True where there is ink.

    Returns:
        Pixels to the right a pixel upwards: 0 for upright writing, positive for writing that leans to the
        right.

    >>> upright = np.zeros((20, 9), bool)
    >>> upright[:, 4:6] = True
    >>> measure_slant(upright), measure_slant(np.eye(20, dtype=bool))
    (0.0, -1.0)
    """
    edges = mask.copy()
    edges[:, 1:] &= ~mask[:, :-1]
    upper, lower = edges[:-1], edges[1:]
    straight = int(np.count_nonzero(upper & lower))
    to_left = int(np.count_nonzero(upper[:, 1:] & lower[:, :-1]))
    to_right = int(np.count_nonzero(upper[:, :-1] & lower[:, 1:]))
    return (to_left - to_right) / max(1, straight + to_left + to_right)


def find_cuts(
    inks: Sequence[NDArray[np.uint8]], digit_height: float, stroke: float, slant: float
) -> list[list[NDArray[np.intp]]]:
    """Find the cuts through components that may part two digits.

    A cut is the path of least ink from top to bottom within reach of a line along the slant; of these lines,
    those count whose cut crosses less ink than its neighbours' and not much more than one or two strokes.

    Args:
        inks: ``(H, W)`` each, ink density of a component alone, 0 to 255.
        digit_height: Usual height of a digit in pixels.
        stroke: Width of the strokes in pixels.
        slant: As ``measure_slant`` gives it.

    Returns:
        For each component its cuts from left to right, ``(H,)`` each: the column where it passes each row.
    """
    factor = ceil(digit_height / _FINEST)
    if factor > 1:
        small = [_reduce(ink, factor) for ink in inks]
        found = find_cuts(small, digit_height / factor, stroke / factor, slant)
        return [[_enlarge(cut, factor, len(ink)) for cut in of] for of, ink in zip(found, inks, strict=True)]
    cuts: list[list[NDArray[np.intp]]] = [[] for _ in inks]
    reach = max(1, round(_REACH * digit_height))
    least = max(3.0, _LEAST_WIDTH * digit_height)
    shears = {
        i: _make_upright(ink, slant)
        for i, ink in enumerate(inks)
        if ink.shape[1] + abs(slant) * len(ink) >= least
    }
    wide = [i for i, (upright, _) in shears.items() if upright.shape[1] >= least]
    if not wide:
        return cuts
    # All components side by side, so far apart that no path leads from one to the next.
    widths = np.array([shears[i][0].shape[1] for i in wide])
    starts = reach + np.cumsum(widths + reach) - (widths + reach)
    row = np.zeros((max(len(inks[i]) for i in wide), int(starts[-1] + widths[-1]) + reach), np.uint8)
    for i, start in zip(wide, starts.tolist(), strict=True):
        upright = shears[i][0]
        row[: len(upright), start : start + upright.shape[1]] = upright
    costs = _least_ink(row, reach)
    distance = max(2, round(_DISTANCE * digit_height))
    starts -= reach  # lines are counted from where the first of them may lie
    lines = _valleys(costs[-1].min(axis=0), starts, widths, 255 * _MOST_INK * stroke, distance)
    owners = np.searchsorted(starts, lines, side="right") - 1
    for owner, line, path in zip(owners.tolist(), lines.tolist(), _trace(costs, lines), strict=True):
        upright, shifts = shears[wide[owner]]
        cuts[wide[owner]].append(path[: len(upright)] + (line - starts[owner] - reach) - shifts)
    return cuts


def _reduce(ink: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Reduce ink; each pixel is the mean of ``factor`` by ``factor``, and what lies beyond is paper."""
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % factor), (0, -width % factor)))
    size = padded.shape[1] // factor, len(padded) // factor
    return np.asarray(cv2.resize(padded, size, interpolation=cv2.INTER_AREA), np.uint8)


def _enlarge(cut: NDArray[np.intp], factor: int, height: int) -> NDArray[np.intp]:
    """Enlarge a cut through reduced ink to one through all ``height`` rows."""
    middles = (np.arange(len(cut)) + 0.5) * factor - 0.5
    return np.round(np.interp(np.arange(height), middles, (cut + 0.5) * factor - 0.5)).astype(np.intp)


def _make_upright(ink: NDArray[np.uint8], slant: float) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Shear a component upright, cut to its ink; and how far to the right that moved each of its rows."""
    shifts = np.round(slant * np.arange(len(ink))).astype(np.intp)
    shifts -= shifts.min()
    upright = np.zeros((len(ink), ink.shape[1] + shifts.max()), np.uint8)
    starts = np.arange(len(ink)) * upright.shape[1] + shifts
    upright.ravel()[starts[:, None] + np.arange(ink.shape[1])] = ink
    blank, _, width, _ = cv2.boundingRect(upright)
    return upright[:, blank : blank + width], shifts - blank


def _least_ink(ink: NDArray[np.uint8], reach: int) -> NDArray[np.uint16] | NDArray[np.uint32]:
    """Least ink that paths from the top cross, by dynamic programming.

    Args:
        ink: ``(H, W)``, with ``reach`` columns of paper at both ends.
        reach: How far a path strays from its line.

    Returns:
        ``(H, 2 reach + 3, W - 2 reach)``: by row, place beside the line and line, walls at both ends.
    """
    # Small numbers are quicker, and hold what straight paths cross at the most.
    kind = np.uint16 if 255 * (len(ink) + 1) + _BEND < 2**16 else np.uint32
    # windows[y, d, x]: the ink of row y at line x, d - reach to its right
    windows = _windows(ink.astype(kind), ink.shape[1] - 2 * reach)
    height, offsets, width = windows.shape
    costs = np.empty((height, offsets + 2, width), kind)
    costs[:, 0] = costs[:, -1] = np.iinfo(kind).max - _BEND
    costs[0, 1:-1] = windows[0]
    best, bend = np.empty((offsets, width), kind), kind(_BEND)
    for above, row, own in zip(costs[:-1], windows[1:], costs[1:, 1:-1], strict=True):
        np.minimum(above[:-2], above[2:], out=best)
        np.add(best, bend, out=best)
        np.minimum(best, above[1:-1], out=best)
        np.add(best, row, out=own)
    return costs


def _trace(costs: NDArray[np.unsignedinteger], lines: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Follow the best paths of lines up from the last row; ``(H,)`` places beside the line for each."""
    own = np.ascontiguousarray(costs[:, :, lines].transpose(2, 1, 0))  # by line, place and row
    ends = own[:, 1:-1, -1].argmin(axis=1).tolist()
    aside = np.minimum(own[:, :-2], own[:, 2:])
    # Where the best path to a place comes from beside it, and on which side: a walk meets few of these.
    bends = (aside + own.dtype.type(_BEND) < own[:, 1:-1])[..., :-1]
    to_left = (own[:, :-2] < own[:, 2:])[..., :-1]
    paths = []
    for end, its, left in zip(ends, bends, to_left, strict=True):
        path = np.empty(len(costs), np.intp)
        turned, row = len(costs), its[end].tobytes().rfind(1)
        while row >= 0:
            path[row + 1 : turned] = end
            turned = row + 1
            end += -1 if left[end, row] else 1
            row = its[end].tobytes().rfind(1, 0, row)
        path[:turned] = end
        paths.append(path)
    return paths


def _valleys(
    crossed: NDArray[np.unsignedinteger],
    starts: NDArray[np.intp],
    widths: NDArray[np.intp],
    most: float,
    distance: int,
) -> NDArray[np.intp]:
    """Find the lines that cross least ink within ``distance`` to either side, at most ``most``.

    Those of each component are its ``widths`` from ``starts`` on; what is at its ends is no such line.
    """
    depths = np.full(len(crossed) + 2 * distance, np.iinfo(crossed.dtype).max, crossed.dtype)
    inner = np.zeros(len(crossed), bool)
    for start, stop in zip(starts.tolist(), (starts + widths).tolist(), strict=True):
        depths[start + distance : stop + distance] = crossed[start:stop]
        inner[start + distance : stop - distance] = True
    around = _windows(depths, len(crossed))
    columns = np.flatnonzero(inner & (crossed == around.min(axis=0)) & (crossed <= most))
    # Neighbouring lines share one path where it is the best of both: the middle of each such run stands for
    # it.
    gaps = np.flatnonzero(columns[1:] - columns[:-1] > 1) + 1
    bounds = np.array([0, *gaps.tolist(), len(columns)])
    return columns[(bounds[:-1] + bounds[1:]) // 2] if len(columns) else columns


def _windows(values: NDArray[_Value], width: int) -> NDArray[_Value]:
    """View all runs of so many values along the last axis of an array without gaps.

    As ``sliding_window_view``, whose checks take longer here than the work on what it gives.
    """
    shape = *values.shape[:-1], values.shape[-1] - width + 1, width
    return np.ndarray(shape, values.dtype, values, strides=(*values.strides, values.strides[-1]))
