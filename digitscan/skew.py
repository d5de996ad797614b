"""Skew: how far a page was fed askew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.bands import inked_bands, reduce_ink

LARGEST_SKEW = 6.0
"""Degrees that are looked through to either side."""

SMALLEST_SKEW = 0.15
"""Degrees under which turning a page is not worth its blur."""

_CLEAR = 1.15
"""The best angle's profile must be this much sharper than the level one's to be believed."""

_LEAST_POINTS = 400
"""Fewer points on lower edges say nothing: a few digits have them in any direction."""

_MOST_POINTS = 30_000

_FEWER_POINTS = 8_000
"""Enough to find the right angle to a quarter of a degree."""


def measure_skew(mask: NDArray[np.uint8]) -> float:
    """Measure by how many degrees a page must be turned counter-clockwise to be level.

    The rows of ink along the right angle give the sharpest profile (Postl 1986, "Detection of linear oblique
    structures and skew scan in digitized documents"). Its sum of squares is made largest, coarsely and then
    finely, over the lower edges of the ink, which rules and base lines share.

    Args:
        mask: ``(H, W)``, 255 where there is ink.

    Returns:
        Degrees, 0 when the page shows no clear direction or is level to ``SMALLEST_SKEW``.
    """
    factor = max(1, max(mask.shape) // 1500)
    small = reduce_ink(mask, factor)
    edges = np.concatenate(
        [np.empty(0, np.intp), *(_lower_edges(small, band) for band in inked_bands(small))]
    )
    if len(edges) < _LEAST_POINTS:
        return 0.0
    edges = edges[:: -(-len(edges) // _MOST_POINTS)]
    ys, xs = np.divmod(edges, small.shape[1])
    x = xs - small.shape[1] / 2
    few = np.s_[:: max(1, len(x) // _FEWER_POINTS)]
    coarse = np.arange(-LARGEST_SKEW, LARGEST_SKEW + 0.1, 0.25)
    best = coarse[int(np.argmax([_sharpness(ys[few], x[few], angle) for angle in coarse]))]
    fine = best + np.arange(-0.3, 0.31, 0.05)
    best = fine[int(np.argmax([_sharpness(ys, x, angle) for angle in fine]))]
    if abs(best) < SMALLEST_SKEW or abs(best) >= LARGEST_SKEW:
        return 0.0
    return float(best) if _sharpness(ys, x, best) > _CLEAR * _sharpness(ys, x, 0.0) else 0.0


def _lower_edges(small: NDArray[np.uint8], rows: slice) -> NDArray[np.intp]:
    """Where in some rows of a page the ink ends downwards, row by row."""
    inked = small[rows.start : rows.stop + 1] >= 96
    return np.flatnonzero(inked[:-1] & ~inked[1:]) + rows.start * small.shape[1]


def _sharpness(ys: NDArray[np.intp], x: NDArray[np.float64], degrees: float) -> float:
    """Sum of squares of the profile of the points along lines that fall by ``degrees`` to the right."""
    rows = np.round(ys - x * np.tan(np.deg2rad(degrees))).astype(np.intp)
    profile = np.bincount(rows - rows.min())
    return float(np.square(profile).sum())
