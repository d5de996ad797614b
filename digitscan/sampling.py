"""Sampling: a large page's levels are counted on every few of its rows."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

_ENOUGH = 750_000
"""Levels and edges are counted on about this many pixels at least: on a large page in every few rows."""


def row_step(page: NDArray[np.uint8]) -> int:
    """Every so manieth row of a page is enough to count on."""
    return max(1, page.size // _ENOUGH)


def some_rows(page: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Every so manieth row of a page."""
    return np.ascontiguousarray(page[step // 2 :: step])


class SampledRows:
    """Every so manieth row of a page of darkness, and what can be seen from there.

    Args:
        page: ``(H, W)``, mostly paper, which is 0 or little more.
        step: Every so manieth row is taken.

    Attributes:
        step: Rows of the page for one of these.
        levels: ``(N, W)`` the rows.
        darkest: ``(H, 1)`` the highest level of each row of the page, which tells where it has ink.
    """

    def __init__(self, page: NDArray[np.uint8], step: int) -> None:
        self.step = step
        self.levels = some_rows(page, step)
        self.darkest: NDArray[np.uint8] = page.max(axis=1, keepdims=True, initial=0)
        self._page = page

    def look(
        self, look: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], reach: int, least: int = 1
    ) -> NDArray[np.uint8]:
        """Find these rows of what ``look`` makes of the page.

        That is for less work than looking at all of it, where the rows are far apart or hold no ink.

        Args:
            look: Makes ``(H, W)`` of ``(H, W)``, of equal rows equal ones and of paper nothing.
            reach: How many rows to either side of each it sees.
            least: Rows that see no level as high as this count as paper.

        Returns:
            ``(N, W)``.

        >>> page = np.zeros((9, 5), np.uint8)
        >>> page[5, 2] = 255
        >>> rows = SampledRows(page, 4)
        >>> rows.look(lambda part: cv2.dilate(part, np.ones((3, 3), np.uint8)), 1).tolist()
        [[0, 0, 0, 0, 0], [0, 255, 255, 255, 0]]
        """
        seen = 2 * reach + 1
        if self.step <= seen:
            return some_rows(look(self._page), self.step)
        height = len(self._page)
        rows = np.arange(self.step // 2, height, self.step)
        around = np.clip(rows[:, None] + np.arange(-reach, reach + 1), 0, height - 1)
        inked = np.flatnonzero((self.darkest[around, 0] >= least).any(axis=1))
        found = np.zeros_like(self.levels)
        if len(inked):
            part = self._page[around[inked]].reshape(-1, self._page.shape[1])
            found[inked] = look(part)[reach::seen]
        return found


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
