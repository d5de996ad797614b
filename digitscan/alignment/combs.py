"""Combs: boxes of one size that stand in a row, joined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ALIKE = 0.25
"""Widths and heights of a comb's cells differ by at most this share."""

_LEVEL = 0.15
"""Their upper and lower sides go on in line, to this share of the height."""

_GAP = 1.0
"""They lie at most this many of their widths apart,"""

_EVEN = 0.15
"""and gaps that differ by more than this share of a width part two combs."""


def join_combs(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join boxes that stand in a row at even distances, each to the right of the one before.

    Args:
        corners: ``(N, 4, 2)`` corners of boxes, clockwise from the top left.

    Returns:
        ``(M, 4, 2)`` those of the rows of two boxes or more.

    >>> cells = np.array([[(x, 0.0), (x + 20, 0), (x + 20, 30), (x, 30)] for x in (50.0, 0.0, 22.0)])
    >>> join_combs(cells).tolist()
    [[[0.0, 0.0], [42.0, 0.0], [42.0, 30.0], [0.0, 30.0]]]
    """
    gaps = _gaps(corners)
    after = gaps.argmin(axis=1).tolist() if len(gaps) else []
    next_to: dict[int, int] = {}
    for cell, other in enumerate(after):
        if np.isfinite(gaps[cell, other]):
            next_to[cell] = other
    rows = []
    for first in set(next_to) - set(next_to.values()):
        start, gap = first, gaps[first, next_to[first]]
        last = first
        while last in next_to:
            step = gaps[last, next_to[last]]
            if abs(step - gap) > _EVEN:
                if last != start:
                    rows.append((start, last))
                start = next_to[last]
                gap = gaps[start, next_to[start]] if start in next_to else gap
            last = next_to[last]
        if last != start:
            rows.append((start, last))
    begin, end = np.array(rows, np.intp).reshape(-1, 2).T
    return np.stack([corners[begin, 0], corners[end, 1], corners[end, 2], corners[begin, 3]], axis=1)


def _gaps(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(N, N)`` how far the second box begins behind the first, in widths; infinite where it is no next."""
    top_left, top_right, low_right, low_left = corners.transpose(1, 0, 2)
    across, down = top_right - top_left, low_left - top_left
    width, height = (np.maximum(np.linalg.norm(side, axis=1), 1e-6) for side in (across, down))
    upper, lower = (
        (starts[None] - ends[:, None]) / width[:, None, None]
        for starts, ends in ((top_left, top_right), (low_left, low_right))
    )
    unit = (across / width[:, None])[:, None]
    along = (upper * unit).sum(axis=2)
    off = np.maximum(
        *(np.abs(gap[..., 1] * unit[..., 0] - gap[..., 0] * unit[..., 1]) for gap in (upper, lower))
    )
    like = np.ones(along.shape, bool)
    for size in (width, height):
        like &= np.abs(size[:, None] - size) <= _ALIKE * np.maximum(size[:, None], size)
    like &= off * width[:, None] <= _LEVEL * height[:, None]
    like &= (along >= -_EVEN) & (along <= _GAP)
    np.fill_diagonal(like, False)
    return np.where(like, along, np.inf)
