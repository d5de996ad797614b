"""Features: places of a page that can be found again on another copy of it, at any angle and scale.

ORB (Rublee, Rabaud, Konolige, Bradski 2011) finds and describes corners; those of two pages that are each
other's nearest are pairs, and a homography that many pairs agree on, found by MAGSAC++ (Barath, Noskova,
Ivashechkin, Matas 2020), tells how one page lies on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.scaled import Scaled, spread

_FOUND = 1500
"""Corners that are found at the most,"""

_CELLS = 12
"""taken evenly from the cells of a grid of so many along the longer side,"""

_KEPT = 300
"""at least so many in all."""

_LEVELS = 2
"""Scales that corners are looked for at, each a quarter smaller than the one before."""

_CORNER = 20
"""Least contrast of a corner in grey levels."""

_SLACK = 3.0
"""Pairs agree when they are off by at most so many pixels of the smaller page."""

_FEWEST = 12
"""Fewer pairs that agree may do so by chance."""


@dataclass(frozen=True, eq=False)
class Features:
    """Corners of a page.

    Attributes:
        places: ``(N, 2)`` ``float32`` x and y in pixels of the whole page, counted from its top left corner.
        descriptors: ``(N, 32)`` ``uint8``.
        slack: How far off pairs may be, in those pixels.
    """

    places: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    slack: float


def find_features(page: Scaled, mask: NDArray[np.uint8] | None = None) -> Features:
    """Find the corners of a page.

    Args:
        page: The page.
        mask: ``(h, w)`` of the smaller page, 0 where no corner counts; None where all do.

    Returns:
        Its clearest corners, evenly from all of it.
    """
    orb = cv2.ORB.create(_FOUND, scaleFactor=1.3, nlevels=_LEVELS, fastThreshold=_CORNER)
    clearest = sorted(orb.detect(page.grey, mask), key=lambda corner: -corner.response)
    found = np.array([corner.pt for corner in clearest], np.float64).reshape(-1, 2)
    kept = spread(found, max(page.grey.shape) / _CELLS, _KEPT)
    corners, descriptors = orb.compute(page.grey, [clearest[i] for i in kept])
    if descriptors is None:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8), _SLACK)
    places = (np.array([corner.pt for corner in corners]) + 0.5) * page.factor
    return Features(places.astype(np.float32), np.asarray(descriptors, np.uint8), _SLACK * page.factor)


def match_features(page: Features, form: Features) -> NDArray[np.float64] | None:
    """Find how a page lies on a form.

    Args:
        page: The page's corners.
        form: The form's.

    Returns:
        ``(3, 3)`` the homography from the page's pixels to the form's; None when too few corners agree on
        one.
    """
    if min(len(page.places), len(form.places)) < _FEWEST:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(page.descriptors, form.descriptors)
    if len(pairs) < _FEWEST:
        return None
    from_ = page.places[[pair.queryIdx for pair in pairs]]
    to = form.places[[pair.trainIdx for pair in pairs]]
    matrix, agreeing = cv2.findHomography(
        from_, to, cv2.USAC_MAGSAC, form.slack, maxIters=5000, confidence=0.999
    )
    if matrix is None or int(agreeing.sum()) < _FEWEST:
        return None
    return np.asarray(matrix, np.float64)
