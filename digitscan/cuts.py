"""Cuts: where one component may be two digits that touch.

A cut runs along the path of least ink from top to bottom, near a line along the slant of the writing. It is
found by dynamic programming, as the seams are of Avidan, Shamir (2007), "Seam carving for content-aware image
resizing".
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_LEAST_WIDTH = 0.45
"""Components wider than this share of a digit's height may hold more than one digit."""

_DISTANCE = 0.08
"""A cut crosses less ink than any other line within this share of a digit's height."""

_MOST_INK = 2.0
"""A cut crosses at most this many strokes' width of ink."""

_REACH = 0.2
"""A cut strays from the vertical at most this share of a digit's height to either side."""

_BEND = 0.06
"""What a sideways step of a cut costs, in pixels of ink."""


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
    ink: NDArray[np.uint8], digit_height: float, stroke: float, slant: float
) -> list[NDArray[np.intp]]:
    """Find the cuts through one component that may part two digits.

    A cut is the path of least ink from top to bottom within reach of a line along the slant; of these lines,
    those count whose cut crosses less ink than its neighbours' and not much more than one or two strokes.

    Args:
        ink: ``(H, W)`` ink density of the component alone, 0 to 255.
        digit_height: Usual height of a digit in pixels.
        stroke: Width of the strokes in pixels.
        slant: As ``measure_slant`` gives it.

    Returns:
        For each cut, from left to right, ``(H,)``: the column where it passes each row.
    """
    height = len(ink)
    shifts = np.round(slant * np.arange(height)).astype(np.intp)
    shifts -= shifts.min()
    upright = np.zeros((height, ink.shape[1] + shifts.max()), np.uint8)
    upright[np.arange(height)[:, None], np.arange(ink.shape[1])[None, :] + shifts[:, None]] = ink
    blank, _, width, _ = cv2.boundingRect(upright)
    upright = upright[:, blank : blank + width]
    shifts -= blank
    if width < _LEAST_WIDTH * digit_height or width < 3:
        return []
    reach = max(1, round(_REACH * digit_height))
    offsets = 2 * reach + 1
    padded = np.pad(upright.astype(np.float32) / 255, ((0, 0), (reach, reach)))
    # windows[y, x, d]: the ink of row y at column x + d - reach
    windows = np.lib.stride_tricks.sliding_window_view(padded, offsets, axis=1)
    # costs[y, x, d + 1]: least ink of a path from the top to there that belongs to the line x; walls around
    costs = np.full((height, width, offsets + 2), np.inf, np.float32)
    costs[0, :, 1:-1] = windows[0]
    for y in range(1, height):
        above = costs[y - 1]
        best = np.minimum(above[:, :-2], above[:, 2:])
        best += _BEND
        np.minimum(best, above[:, 1:-1], out=best)
        np.add(best, windows[y], out=costs[y, :, 1:-1])
    ends = costs[-1].argmin(axis=1)
    crossed = costs[-1, np.arange(width), ends]
    cuts = []
    for x in _valleys(crossed, _MOST_INK * stroke, max(2, round(_DISTANCE * digit_height))):
        offset = ends[x]
        cut = np.empty(height, np.intp)
        for y in range(height - 1, 0, -1):
            cut[y] = x + offset - 1 - reach
            left, straight, right = costs[y - 1, x, offset - 1 : offset + 2]
            if min(left, right) + _BEND < straight:
                offset += -1 if left < right else 1
        cut[0] = x + offset - 1 - reach
        cuts.append(cut - shifts)
    return cuts


def _valleys(crossed: NDArray[np.float32], most: float, distance: int) -> list[int]:
    """Columns that cross least ink within ``distance`` to either side, at most ``most``, away from ends."""
    padded = np.pad(crossed, distance, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * distance + 1)
    deepest = (crossed <= around.min(axis=1) + 1e-3) & (crossed <= most)
    deepest[:distance] = deepest[len(crossed) - distance :] = False
    columns = np.flatnonzero(deepest)
    # Neighbouring lines share one path where it is the best of both: the middle of each such run stands for
    # it.
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    return [int(run[len(run) // 2]) for run in runs if len(run)]
