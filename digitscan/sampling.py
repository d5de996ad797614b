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


def along_rows(
    look: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], page: NDArray[np.uint8], step: int, reach: int
) -> NDArray[np.uint8]:
    """Every so manieth row of what ``look`` makes of a page, seeing ``reach`` rows to either side of each."""
    height, width = page.shape
    seen = 2 * reach + 1
    if step <= seen:
        return some_rows(look(page), step)
    around = np.arange(step // 2, height, step)[:, None] + np.arange(-reach, reach + 1)
    return look(page[np.clip(around, 0, height - 1)].reshape(-1, width))[reach::seen]


def count_levels(levels: NDArray[np.uint8], within: NDArray[np.uint8] | None = None) -> NDArray[np.float32]:
    """Count the pixels of each level."""
    counts: NDArray[np.float32] = cv2.calcHist([levels], [0], within, [256], [0, 256]).ravel()
    return counts
