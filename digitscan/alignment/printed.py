"""What is printed on a page: its boxes and combs, by all that tells of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.scaled import Scaled
from digitscan.layers import find_level_layers

_LONGER = 2000
"""Boxes are found as well on a page of about so many pixels on its longer side, and sooner."""


def find_printed(page: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Find the boxes that are printed on a page, those too whose lines are broken, dotted or faint.

    Args:
        page: ``(H, W)`` grey, askew by a few degrees at the most, but for quarter turns.

    Returns:
        ``(N, 4, 2)`` x and y of the corners of each, in pixels counted from the top left; clockwise from the
        one that is nearest to there.
    """
    small = Scaled.of(page, _LONGER)
    layers = find_level_layers(small.grey)
    boxes = np.array([box.box for box in layers.boxes()], np.float64).reshape(-1, 4)
    if not len(boxes):
        return np.zeros((0, 4, 2))
    found = layers.straightening.back(corners_of(boxes).reshape(-1, 2))
    return np.asarray(found.reshape(-1, 4, 2) * small.factor)


def corners_of(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners ``(N, 4, 2)`` of boxes ``(N, 4)`` of x, y, width and height, clockwise from the top left."""
    sides = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    return np.asarray(boxes[:, None, :2] + sides * boxes[:, None, 2:])
