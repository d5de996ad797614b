"""Strokes: how wide they are, thicker ones, and which of them are the straight lines of a form."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.packed import close_columns, open_columns, pack, pack_ink, row_runs, unpack

_PEN = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

_AROUND = np.ones((3, 3), np.uint8)
"""A pixel and its eight neighbours."""

_LEVEL = 4.0
"""Runs of ink this many times as long as high are level rules rather than strokes."""

_SIDE_BY_SIDE = 64
"""Shapes whose strokes are counted at once."""

_STRAIGHT = 12.0
"""A straight line is this many times as long as its ink is wide."""


def stroke_width(levels: NDArray[np.uint8], *, is_negative: bool = False) -> float:
    """Measure the usual width of a stroke: the median length of the horizontal runs of ink.

    Args:
        levels: ``(H, W)`` ink density, 128 and more for ink.
        is_negative: Whether it is 255 less the density.

    Returns:
        Width in pixels, 0 where there is no ink. Where runs are far longer than high, as on a page of level
        rules alone, it is the median length of the vertical runs.
    """
    # Every row of a small image counts, of a page every few; columns only tell which runs are longer.
    height, width = levels.shape
    across = _median_run(levels[:: max(1, height // 400)], is_negative)
    down = _median_run(cv2.transpose(levels[:, :: max(1, width // 50)]), is_negative)
    return across if across <= _LEVEL * down else down


def _median_run(levels: NDArray[np.uint8], is_negative: bool) -> float:
    """Median length of the runs of ink along the rows."""
    _, starts, stops = row_runs(pack_ink(cv2.bitwise_not(levels) if is_negative else levels))
    return float(np.median(stops - starts)) if len(starts) else 0.0


def find_runs(
    mask: NDArray[np.bool_] | NDArray[np.uint8],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Find the runs of ink along the rows.

    Args:
        mask: ``(H, W)``, True or 255 where there is ink, and False or 0 elsewhere.

    Returns:
        The row of each run, its first column and the one after its last; row by row, from left to right.

    >>> [array.tolist() for array in find_runs(np.array([[0, 255, 255], [255, 0, 255]], np.uint8))]
    [[0, 1, 1], [1, 0, 2], [3, 1, 3]]
    """
    height, width = mask.shape
    ends = np.empty((height, width + 1), bool)
    ends[:, 0], ends[:, -1] = mask[:, 0], mask[:, -1]
    np.not_equal(mask[:, 1:], mask[:, :-1], out=ends[:, 1:-1])
    starts, stops = np.flatnonzero(ends).reshape(-1, 2).T
    rows = starts // (width + 1)
    return rows, starts - rows * (width + 1), stops - rows * (width + 1)


def mean_width(mask: NDArray[np.uint8]) -> float:
    """Measure the mean width of a stroke: twice the area of the ink by the length of its outline.

    Args:
        mask: ``(H, W)``, nonzero where there is ink.

    Returns:
        Width in pixels; 0 where there is no ink.

    >>> mask = np.zeros((40, 60), np.uint8)
    >>> mask[10:30, 20:24] = 255
    >>> round(mean_width(mask), 2)
    3.64
    """
    area = cv2.countNonZero(mask)
    return 2 * area / max(1, area - cv2.countNonZero(cv2.erode(mask, _AROUND)))


def mean_strokes(inks: Sequence[NDArray[np.uint8]]) -> list[float]:
    """Count the strokes that lie above each other, or beside each other if those are more, in the mean.

    Args:
        inks: ``(H, W)`` ink density of each of some shapes, 128 and more for ink; some in its first and last
            row and column.

    Returns:
        Strokes in a column, or a row, of each; digits have up to three.

    >>> rows = np.arange(60) // 6 % 2 == 0
    >>> mean_strokes([np.repeat(255 * rows[:, None].astype(np.uint8), 40, axis=1)])
    [5.0]
    """
    found: list[float] = []
    for first in range(0, len(inks), _SIDE_BY_SIDE):
        several = inks[first : first + _SIDE_BY_SIDE]
        heights, widths = np.array([ink.shape for ink in several]).T
        # Side by side with paper above and to the left of each.
        stops = np.cumsum(widths + 1)
        starts = stops - widths
        sheet = np.zeros((1 + int(heights.max()), int(stops[-1])), np.uint8)
        for ink, left in zip(several, starts.tolist(), strict=True):
            height, width = ink.shape
            sheet[1 : 1 + height, left : left + width] = ink
        inked = sheet >= 128
        down, across = (
            cv2.reduce(begun.view(np.uint8), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
            for begun in (inked[1:] > inked[:-1], inked[:, 1:] > inked[:, :-1])
        )
        upright, level = np.add.reduceat(down, starts) / widths, np.add.reduceat(across, starts - 1) / heights
        found += np.maximum(upright, level).tolist()
    return found


def thicken(density: NDArray[np.uint8], more: float) -> NDArray[np.uint8]:
    """Thicken strokes.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255.
        more: Pixels to make them wider by, or part of one; none if that is not positive.

    Returns:
        ``(H, W)`` ink density.
    """
    while more > 0:
        share = min(1.0, more / 2)
        density = np.asarray(
            cv2.addWeighted(density, 1 - share, cv2.dilate(density, _PEN), share, 0), np.uint8
        )
        more -= 2
    return density


def straight_lines(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Find the ink that lies in long, level or upright lines, as forms have them and handwriting does not.

    This is a measure of what most of the ink is; ``find_rules`` finds the lines one by one.

    Args:
        mask: ``(H, W)``, 255 where there is ink.

    Returns:
        ``(H, W)``, 255 for the ink in runs twelve times as long as strokes are wide.

    >>> form = np.zeros((40, 100), np.uint8)
    >>> form[30:32, 5:95] = form[10:25, 40:43] = 255
    >>> [int(rows.sum() // 255) for rows in np.split(straight_lines(form), 2)]
    [0, 180]
    """
    length = max(9, round(_STRAIGHT * mean_width(mask))) | 1
    upright, level = (
        unpack(open_columns(close_columns(pack(page), 3), length), page.shape[1])
        for page in (mask, cv2.transpose(mask))
    )
    lines = cv2.max(upright, cv2.transpose(level))
    # A line that is not quite level is some runs, a pixel apart.
    near = cv2.dilate(lines, _AROUND)
    return cv2.multiply(mask, near)
