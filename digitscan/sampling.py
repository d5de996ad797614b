"""Sampling: a large page's levels are counted on every few of its rows."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.bands import inked_bands
from digitscan.light import square

_ENOUGH = 750_000
"""Levels and edges are counted on about this many pixels at least: on a large page in every few rows."""


def row_step(page: NDArray[np.uint8]) -> int:
    """Every so manieth row of a page is enough to count on."""
    return max(1, page.size // _ENOUGH)


def some_rows(page: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Every so manieth row of a page."""
    return np.ascontiguousarray(page[step // 2 :: step])


def along_rows(
    look: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], page: NDArray[np.uint8], step: int, reach: int
) -> NDArray[np.uint8]:
    """Every so manieth row of what ``look`` makes of a page, seeing ``reach`` rows to either side of each.

    It makes nothing of rows that are all 0.
    """
    height, width = page.shape
    seen = 2 * reach + 1
    if step <= seen:
        return some_rows(look(page), step)
    rows = np.arange(step // 2, height, step)
    near = np.zeros(height, bool)
    for band in inked_bands(page):
        near[max(0, band.start - reach) : band.stop + reach] = True
    found = np.zeros((len(rows), width), np.uint8)
    inked = np.flatnonzero(near[rows])
    if len(inked):
        around = np.clip(rows[inked][:, None] + np.arange(-reach, reach + 1), 0, height - 1)
        found[inked] = look(page[around].reshape(-1, width))[reach::seen]
    return found


def extreme_rows(page: NDArray[np.uint8], step: int, reach: int, extreme: np.ufunc) -> NDArray[np.uint8]:
    """Every so manieth row of a page, each pixel the greatest or least of a square around it.

    That is of a page dilated or eroded, for much less work.

    Args:
        page: ``(H, W)``.
        step: Every so manieth row is taken.
        reach: Pixels from the middle of the square to its sides.
        extreme: ``np.maximum`` or ``np.minimum``.

    >>> page = np.zeros((9, 5), np.uint8)
    >>> page[5, 2] = 255
    >>> extreme_rows(page, 4, 1, np.maximum).tolist()
    [[0, 0, 0, 0, 0], [0, 255, 255, 255, 0]]
    """
    morph = cv2.dilate if extreme is np.maximum else cv2.erode
    if step <= 2 * reach + 1:
        return some_rows(np.asarray(morph(page, square(reach)), np.uint8), step)
    first = step // 2
    rows = page[first::step].copy()
    for away in (*range(-reach, 0), *range(1, reach + 1)):
        beside = page[first + away :: step][: len(rows)]
        extreme(rows[: len(beside)], beside, out=rows[: len(beside)])
    return np.asarray(morph(rows, np.ones((1, 2 * reach + 1), np.uint8)), np.uint8)


def count_levels(
    levels: NDArray[np.uint8], within: NDArray[np.uint8] | None = None, least: int = 0
) -> NDArray[np.float64]:
    """Count the pixels of each level.

    Nearly all of a page is paper; where it need not be told apart, counting is quicker.

    Args:
        levels: ``(H, W)``.
        within: ``(H, W)``, nonzero where pixels count; None if all do.
        least: Levels below this count as 0.

    Returns:
        ``(256,)`` counts.

    >>> counts = count_levels(np.array([[1, 2, 5, 9, 9]], np.uint8), least=5)
    >>> {level: int(counts[level]) for level in np.flatnonzero(counts).tolist()}
    {0: 2, 5: 1, 9: 2}
    """
    counted = levels >= least
    if within is not None:
        counted &= within > 0
    counts = np.bincount(levels[counted], minlength=256).astype(np.float64)
    counts[0] += (levels.size if within is None else cv2.countNonZero(within)) - counts.sum()
    return counts
