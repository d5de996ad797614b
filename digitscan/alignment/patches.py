"""Patches: small pieces of a form that are looked for on a page about where they should be.

Where they are found makes the alignment exact to a fraction of a pixel, and how many are found tells how well
the page fits. A patch is compared by normalised correlation, to which light and contrast are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.scaled import Scaled, spread
from digitscan.straightening import Straightening

_FOUND = 1000
"""Corners that are found at the most,"""

_CELLS = 10
"""taken evenly from the cells of a grid of so many along the longer side,"""

_KEPT = 60
"""at least so many in all."""

_HALF = 8
"""Pixels from a patch's middle to its edge."""

_REACH = 8
"""Pixels around its place that a patch is looked for in."""

_ALIKE = 0.6
"""Least correlation of a patch that is found."""

_SLACK = 1.0
"""Pixels that a patch may be off the homography of all."""

FEWEST = 8
"""Fewer patches say nothing."""


@dataclass(frozen=True, eq=False)
class Patches:
    """The patches of a form.

    Attributes:
        form: The form they were cut from.
        middles: ``(N, 2)`` x and y of their middles, in pixels of the form at that scale.
    """

    form: Scaled
    middles: NDArray[np.intp]


def cut_patches(form: Scaled, mask: NDArray[np.uint8]) -> Patches:
    """Choose the patches of a form: its clearest corners, evenly from all of it.

    Args:
        form: The form.
        mask: ``(h, w)`` of the smaller form, 0 where no patch is to be.
    """
    height, width = form.grey.shape
    margin = _HALF + _REACH
    inner = np.zeros_like(mask)
    inner[margin : height - margin, margin : width - margin] = 255
    corners = cv2.goodFeaturesToTrack(
        form.grey, _FOUND, 0.01, _HALF, mask=cv2.bitwise_and(inner, mask), blockSize=7
    )
    middles = np.zeros((0, 2)) if corners is None else corners[:, 0].astype(np.float64)
    kept = spread(middles, max(height, width) / _CELLS, _KEPT)
    return Patches(form, np.round(middles[kept]).astype(np.intp))


def fit_patches(
    page: Scaled, patches: Patches, matrix: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Make an alignment exact.

    Args:
        page: The page, at about the scale of the patches.
        patches: Of the form; one at least.
        matrix: ``(3, 3)`` about how the page's pixels lie on the form's, those of the whole pages, counted
            from the top left corner.

    Returns:
        The same made exact, and the share of the patches that are where it says, 0 to 1.
    """
    form = patches.form
    down = form.matrix @ matrix @ np.linalg.inv(page.matrix)
    moved = Straightening.onto(down, page.grey.shape[::-1], form.grey.shape[::-1]).matrix
    found = [_find(page.grey, moved, form.grey, int(x), int(y)) for x, y in patches.middles]
    alike = np.array([place is not None for place in found])
    if alike.sum() < FEWEST:
        return matrix, float(alike.mean())
    there = np.array([place for place in found if place is not None], np.float64) + 0.5
    change, agreeing = cv2.findHomography(there, patches.middles[alike] + 0.5, cv2.RANSAC, _SLACK)
    if change is None:
        return matrix, 0.0
    exact = np.linalg.inv(form.matrix) @ change @ form.matrix @ matrix
    return exact / exact[2, 2], float(agreeing.sum()) / len(found)


def _find(
    page: NDArray[np.uint8], moved: NDArray[np.float64], form: NDArray[np.uint8], x: int, y: int
) -> tuple[float, float] | None:
    """Where the form's patch around x and y is on a moved page; None when nothing near is like it."""
    patch = form[y - _HALF : y + _HALF + 1, x - _HALF : x + _HALF + 1]
    reach = _HALF + _REACH
    corner = np.array([[1.0, 0, reach - x], [0, 1.0, reach - y], [0, 0, 1.0]])
    side = 2 * reach + 1
    around = cv2.warpPerspective(
        page, corner @ moved, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    scores = cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(scores)
    if best < _ALIKE or not (0 < column < 2 * _REACH and 0 < row < 2 * _REACH):
        return None
    return (
        x - _REACH + column + _peak(*scores[row, column - 1 : column + 2].tolist()),
        y - _REACH + row + _peak(*scores[row - 1 : row + 2, column].tolist()),
    )


def _peak(before: float, at: float, after: float) -> float:
    """Where the parabola through three values has its top, -0.5 to 0.5 from the middle one."""
    bend = before - 2 * at + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))
