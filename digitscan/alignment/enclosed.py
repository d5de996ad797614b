"""Enclosed: boxes whose printed lines close around paper, found in a moment and however they lie."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.scaled import Scaled

_AROUND = 25
"""Ink is darker than the mean of a square with so many pixels a side,"""

_DARKER = 14
"""by so many grey levels."""

_SMALLEST = 10
"""Pixels from side to side of a box, at the least; the holes of letters are smaller."""

_OBLONG = 0.15
"""Opposite sides differ by at most this share, and the cosine of a corner is at most this."""

_FILLED = 0.6
"""A box holds at least this share of what lies between its corners: writing may cover the rest."""

_BITS = 16
"""Pages have fewer than two to this power pixels on a side."""


def find_enclosed(page: Scaled) -> NDArray[np.float64]:
    """Find what is about a rectangle of paper with ink around, at any angle but about 45 degrees.

    Args:
        page: The page.

    Returns:
        ``(N, 4, 2)`` x and y of the corners of each, on its lines, in pixels of the whole page counted from
        the top left; clockwise from the one that is nearest to there.
    """
    ink = cv2.adaptiveThreshold(
        page.grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _AROUND, _DARKER
    )
    outlines, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return np.zeros((0, 4, 2))
    holes = [outlines[i] for i in np.flatnonzero(tree[0, :, 3] >= 0).tolist() if len(outlines[i]) >= 4]
    if not holes:
        return np.zeros((0, 4, 2))
    corners = _extremes(holes)
    sides = np.roll(corners, -1, axis=1) - corners
    lengths = np.maximum(np.linalg.norm(sides, axis=2), 1e-6)
    differ = np.abs(lengths[:, :2] - lengths[:, 2:]) / np.maximum(lengths[:, :2], lengths[:, 2:])
    cosines = np.abs((sides * np.roll(sides, -1, axis=1)).sum(axis=2)) / (
        lengths * np.roll(lengths, -1, axis=1)
    )
    like = (lengths.min(axis=1) >= _SMALLEST) & (differ <= _OBLONG).all(axis=1)
    kept = np.flatnonzero(like & (cosines <= _OBLONG).all(axis=1))
    areas = np.array([cv2.contourArea(holes[i]) for i in kept.tolist()])
    kept = kept[areas >= _FILLED * (lengths[kept, 0] * lengths[kept, 1])]
    return np.asarray((corners[kept] + 0.5) * page.factor)


def _extremes(outlines: list[NDArray[np.int32]]) -> NDArray[np.float64]:
    """``(N, 4, 2)`` the points of outlines that are farthest to each corner of the page."""
    counts = np.array([len(outline) for outline in outlines])
    first = np.cumsum(counts) - counts
    x, y = np.concatenate(outlines)[:, 0].T.astype(np.int64)
    found = []
    for across, down in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
        nearest = np.minimum.reduceat(((across * x + down * y) << _BITS) + x, first)
        column = nearest & ((1 << _BITS) - 1)
        found.append(np.stack([column, down * ((nearest >> _BITS) - across * column)], axis=1))
    return np.stack(found, axis=1).astype(np.float64)
