"""Skew: how far a page was fed askew."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.ink import Ink
from digitscan.packed import find_bits

LARGEST_SKEW = 6.0
"""Degrees that are looked through to either side."""

SMALLEST_SKEW = 0.15
"""Degrees under which turning a page is not worth its blur."""

_CLEAR = 1.15
"""The best angle's profile must be this much sharper than the level one's to be believed."""

_LEAST_POINTS = 400
"""Fewer points on lower edges say nothing: a few digits have them in any direction."""

_MOST_POINTS = 30_000

_HALF_INK = 96
"""Level, of 255, from which on a pixel of a reduced page counts as ink."""

_ROWS = 32
"""Rows of the reduced page that are looked at together: so few stay in the processor's cache."""

_FEWER_POINTS = 8_000
"""Enough to find the right angle to a quarter of a degree."""

_FEWEST = 4
"""One in so many of those is enough to tell which angles are likely."""

_LIKELY = 12
"""So many angles are."""


def measure_skew(ink: Ink) -> float:
    """Measure by how many degrees a page must be turned counter-clockwise to be level.

    The rows of ink along the right angle give the sharpest profile (Postl 1986, "Detection of linear oblique
    structures and skew scan in digitized documents"). Its sum of squares is made largest, coarsely and then
    finely, over the lower edges of the ink, which rules and base lines share.

    Args:
        ink: The page's.

    Returns:
        Degrees, 0 when the page shows no clear direction or is level to ``SMALLEST_SKEW``.
    """
    points, width = _lower_edges(ink, max(1, max(ink.levels.shape) // 1500))
    if points.shape[1] < _LEAST_POINTS:
        return 0.0
    # Copies without gaps are quicker to go through.
    few = points[:, :: max(1, points.shape[1] // _FEWER_POINTS)].copy()
    coarse = np.arange(-LARGEST_SKEW, LARGEST_SKEW + 0.1, 0.25)
    likely = coarse[np.sort(np.argsort(_sharpness(few[:, ::_FEWEST].copy(), width, coarse))[-_LIKELY:])]
    best = likely[int(np.argmax(_sharpness(few, width, likely)))]
    fine = best + np.arange(-0.3, 0.31, 0.05)
    sharpness = _sharpness(points, width, fine)
    best = fine[int(np.argmax(sharpness))]
    if abs(best) < SMALLEST_SKEW or abs(best) >= LARGEST_SKEW:
        return 0.0
    (level,) = _sharpness(points, width, np.zeros(1))
    return float(best) if max(sharpness) > _CLEAR * level else 0.0


def _lower_edges(ink: Ink, factor: int) -> tuple[NDArray[np.intp], int]:
    """Where on a page reduced by a factor the ink ends downwards, and how many columns that has.

    Of too many such points some are given, evenly from all, as rows and columns ``(2, N)``.
    """
    height, width = (max(1, side // factor) for side in ink.levels.shape)
    packed = np.zeros((height, -(-width // 64) * 8), np.uint8)  # rows of whole words
    across = -(-width // 8)
    for first in range(0, height, _ROWS):
        part = ink.levels[first * factor : min(first + _ROWS, height) * factor, : width * factor]
        if (part.min() > 127) if ink.is_negative else (part.max() < 128):
            continue
        mask = part if ink.is_binary else cv2.threshold(part, 127, 255, cv2.THRESH_BINARY)[1]
        size = width, min(_ROWS, height - first)
        small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        inked = small <= 255 - _HALF_INK if ink.is_negative else small >= _HALF_INK
        packed[first : first + _ROWS, :across] = np.packbits(inked, axis=1)
    edges = find_bits(np.asarray(packed[:-1] & ~packed[1:], np.uint8).ravel())
    edges = edges[:: max(1, -(-len(edges) // _MOST_POINTS))]
    rows = edges // (8 * packed.shape[1])
    return np.stack([rows, edges - rows * (8 * packed.shape[1])]), width


def _sharpness(points: NDArray[np.intp], width: int, degrees: NDArray[np.float64]) -> list[int]:
    """Sum of squares of the profile of points along lines that fall to the right.

    Args:
        points: ``(2, N)`` rows and columns of the points.
        width: How many columns there are.
        degrees: ``(A,)`` by which the lines fall.

    Returns:
        The sum for each of these angles.
    """
    rows, columns = points
    # How far the line through a point rises up to the middle depends on the point's column alone.
    rises = np.rint(np.outer(-np.tan(np.deg2rad(degrees)), np.arange(width) - width / 2)).astype(np.intp)
    rises -= np.minimum(rises[:, :1], rises[:, -1:])
    profiles = [np.bincount(rows + its.take(columns)) for its in rises]
    return [int(profile @ profile) for profile in profiles]
