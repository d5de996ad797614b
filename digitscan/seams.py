"""Seams: paths of least ink from top to bottom, each near a line, and which of those lines are valleys.

Found by dynamic programming, as the seams are of Avidan, Shamir (2007), "Seam carving for content-aware image
resizing".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Value = TypeVar("_Value", bound=np.generic)

_BEND = 15
"""What a sideways step of a path costs, as ink density."""

_ROWS = 8
"""So many rows at a time have paths through the same components."""


def least_ink(
    ink: NDArray[np.uint8], reach: int, heights: Sequence[int], stops: Sequence[int]
) -> tuple[list[NDArray[np.unsignedinteger]], NDArray[np.unsignedinteger]]:
    """Least ink that paths from the top cross, by dynamic programming.

    Args:
        ink: ``(H, W)`` components side by side, the highest first, with ``reach`` columns of paper before,
            between and behind them.
        reach: How far a path strays from its line.
        heights: Of the components.
        stops: The line after the last of each.

    Returns:
        What paths cross, in bands of rows that have the same lines, downwards: ``(1 + rows, 2 reach + 3,
        lines)`` by row, the one above the band first, by place beside the line, walls at both ends, and by
        line. And ``(W - 2 reach,)`` what the best path of each line crosses.
    """
    # Small numbers are quicker, and hold what straight paths cross at the most.
    kind = np.uint16 if 255 * (len(ink) + 1) + _BEND < 2**16 else np.uint32
    # windows[y, d, x]: the ink of row y at line x, d - reach to its right
    windows = _windows(ink.astype(kind), ink.shape[1] - 2 * reach)
    height, offsets, width = windows.shape
    bend, wall = kind(_BEND), np.iinfo(kind).max - _BEND
    # The lower bands have the lines of the higher components alone.
    lines = {min(-(-own // _ROWS) * _ROWS, height): stop for own, stop in zip(heights, stops, strict=True)}
    bands: list[NDArray[np.unsignedinteger]] = []
    crossed: NDArray[np.unsignedinteger] = np.empty(width, kind)
    first, above = 0, np.zeros((offsets + 2, width), kind)
    for (last, stop), (_, following) in pairwise([*reversed(lines.items()), (0, 0)]):
        costs = np.empty((1 + last - first, offsets + 2, stop), kind)
        costs[0] = above[:, :stop]
        costs[:, 0] = costs[:, -1] = wall
        best = np.empty((offsets, stop), kind)
        for above, row, own in zip(costs[:-1], windows[first:last, :, :stop], costs[1:, 1:-1], strict=True):
            np.minimum(above[:-2], above[2:], out=best)
            np.add(best, bend, out=best)
            np.minimum(best, above[1:-1], out=best)
            np.add(best, row, out=own)
        first, above = last, costs[-1]
        crossed[following:stop] = above[1:-1, following:].min(axis=0)
        bands.append(costs)
    return bands, crossed


def trace(
    bands: Sequence[NDArray[np.unsignedinteger]], lines: NDArray[np.intp], heights: Sequence[int]
) -> Iterator[NDArray[np.intp]]:
    """Follow the best paths of lines up from their last rows.

    Args:
        bands: What paths cross, as ``least_ink`` gives it.
        lines: ``(N,)`` the lines, ascending.
        heights: Of their components.

    Yields:
        For each line ``(H,)`` places beside it, row by row; its own is in the middle.
    """
    places, first = bands[0].shape[1], 0
    # By line, place and row; nothing is looked up in the rows below a line's component.
    own = np.empty((len(lines), places, sum(len(costs) - 1 for costs in bands)), bands[0].dtype)
    for costs in bands:
        its = lines[: lines.searchsorted(costs.shape[2])]
        own[: len(its), :, first : first + len(costs) - 1] = costs[1:, :, its].transpose(2, 1, 0)
        first += len(costs) - 1
    aside = np.minimum(own[:, :-2], own[:, 2:])
    # Where the best path to a place comes from beside it, and on which side: a walk meets few of these.
    bends = aside + own.dtype.type(_BEND) < own[:, 1:-1]
    to_left = own[:, :-2] < own[:, 2:]
    ends = own[np.arange(len(lines)), 1:-1, np.array(heights, np.intp) - 1].argmin(axis=1).tolist()
    for end, height, its, left in zip(ends, heights, bends, to_left, strict=True):
        path = np.empty(height, np.intp)
        turned, row = height, its[end].tobytes().rfind(1, 0, height - 1)
        while row >= 0:
            path[row + 1 : turned] = end
            turned = row + 1
            end += -1 if left[end, row] else 1
            row = its[end].tobytes().rfind(1, 0, row)
        path[:turned] = end
        yield path


def find_valleys(
    crossed: NDArray[np.unsignedinteger],
    spans: Sequence[slice],
    most: Sequence[float],
    distance: int,
) -> NDArray[np.intp]:
    """Find the lines that cross less ink than their neighbours.

    Args:
        crossed: ``(W,)`` what the best path of each line crosses.
        spans: The lines of each component; what is at its ends is no valley.
        most: What a line may cross, for each component.
        distance: A line crosses least among those so far to either side.

    Returns:
        The lines, ascending.
    """
    depths = np.full(len(crossed) + 2 * distance, np.iinfo(crossed.dtype).max, crossed.dtype)
    inner = np.zeros(len(crossed), bool)
    for span, limit in zip(spans, most, strict=True):
        depths[span.start + distance : span.stop + distance] = crossed[span]
        within = slice(span.start + distance, span.stop - distance)
        inner[within] = crossed[within] <= limit
    around = _windows(depths, len(crossed))
    columns = (inner & (crossed == around.min(axis=0))).nonzero()[0]
    # Neighbouring lines share one path where it is the best of both: the middle of each such run stands for
    # it.
    gaps = (columns[1:] - columns[:-1] > 1).nonzero()[0] + 1
    bounds = np.array([0, *gaps.tolist(), len(columns)])
    return columns[(bounds[:-1] + bounds[1:]) // 2] if len(columns) else columns


def _windows(values: NDArray[_Value], width: int) -> NDArray[_Value]:
    """View all runs of so many values along the last axis of an array without gaps.

    As ``sliding_window_view``, whose checks take longer here than the work on what it gives.
    """
    shape = *values.shape[:-1], values.shape[-1] - width + 1, width
    return np.ndarray(shape, values.dtype, values, strides=(*values.strides, values.strides[-1]))
