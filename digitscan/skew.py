"""Skew: how far a page was fed askew, and the way back from the straightened page to the page as given."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LARGEST_SKEW = 6.0
"""Degrees that are looked through to either side."""

SMALLEST_SKEW = 0.15
"""Degrees under which turning a page is not worth its blur."""

_CLEAR = 1.15
"""The best angle's profile must be this much sharper than the level one's to be believed."""

_LEAST_POINTS = 400
"""Fewer points on lower edges say nothing: a few digits have them in any direction."""

_MOST_POINTS = 30_000


@dataclass(frozen=True)
class Straightening:
    """A turn about a page's middle by ``degrees``, positive counter-clockwise as seen, and its way back.

    ``size`` is width and height of the page in pixels; the straightened page has the same.
    """

    degrees: float
    size: tuple[int, int]

    @property
    def _matrix(self) -> NDArray[np.float64]:
        width, height = self.size
        matrix: NDArray[np.float64] = cv2.getRotationMatrix2D(
            ((width - 1) / 2, (height - 1) / 2), self.degrees, 1.0
        )
        return matrix

    def apply(self, page: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Straighten a page ``(H, W)``; corners that come from outside repeat the page's edge."""
        if not self.degrees:
            return page
        return cv2.warpAffine(
            page, self._matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    def restore(self, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """Find the box on the page as given around a straightened page's box, in whole pixels, clipped."""
        x, y, width, height = box
        corners = np.array([(x, y), (x + width, y), (x, y + height), (x + width, y + height)], np.float64)
        if self.degrees:
            back = cv2.invertAffineTransform(self._matrix)
            corners = corners @ back[:, :2].T + back[:, 2]
        low = np.clip(np.floor(corners.min(axis=0) + 1e-6), 0, self.size).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0) - 1e-6), 0, self.size).astype(int)
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


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
    height, width = mask.shape
    factor = max(1, max(height, width) // 1500)
    small = cv2.resize(
        mask, (max(1, width // factor), max(1, height // factor)), interpolation=cv2.INTER_AREA
    )
    inked = small >= 96
    edges = inked[:-1] & ~inked[1:]
    ys, xs = np.nonzero(edges)
    if len(xs) < _LEAST_POINTS:
        return 0.0
    if len(xs) > _MOST_POINTS:
        chosen = np.random.default_rng(0).choice(len(xs), _MOST_POINTS, replace=False)
        ys, xs = ys[chosen], xs[chosen]
    x = xs - small.shape[1] / 2
    coarse = np.arange(-LARGEST_SKEW, LARGEST_SKEW + 0.1, 0.25)
    best = coarse[int(np.argmax([_sharpness(ys, x, angle) for angle in coarse]))]
    fine = best + np.arange(-0.3, 0.31, 0.05)
    best = fine[int(np.argmax([_sharpness(ys, x, angle) for angle in fine]))]
    if abs(best) < SMALLEST_SKEW or abs(best) >= LARGEST_SKEW:
        return 0.0
    return float(best) if _sharpness(ys, x, best) > _CLEAR * _sharpness(ys, x, 0.0) else 0.0


def _sharpness(ys: NDArray[np.intp], x: NDArray[np.float64], degrees: float) -> float:
    """Sum of squares of the profile of the points along lines that fall by ``degrees`` to the right."""
    rows = np.round(ys - x * np.tan(np.deg2rad(degrees))).astype(np.intp)
    profile = np.bincount(rows - rows.min())
    return float(np.square(profile).sum())
