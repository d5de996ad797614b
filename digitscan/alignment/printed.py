"""What is printed on a page: its boxes, upright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.scaled import Scaled
from digitscan.layers import find_level_layers

_LONGER = 2000
"""Boxes are found as well on a page of about so many pixels on its longer side, and sooner."""


@dataclass(frozen=True, eq=False)
class Printed:
    """The boxes of a page that was turned level.

    Attributes:
        boxes: ``(N, 4)`` x, y, width and height in pixels.
        level: ``(3, 3)`` from pixels of the page, counted from its top left corner, to those of the boxes.
        size: Width and height of the page.
    """

    boxes: NDArray[np.float64]
    level: NDArray[np.float64]
    size: tuple[int, int]

    def turned(self) -> Printed:
        """The same page turned by 90 degrees counter-clockwise."""
        width, height = self.size
        x, y, across, down = self.boxes.T
        quarter = np.array([[0, 1, 0], [-1, 0, width], [0, 0, 1.0]])
        boxes = np.column_stack([y, width - x - across, down, across])
        return Printed(boxes, quarter @ self.level, (height, width))


def find_printed(page: NDArray[np.uint8]) -> Printed:
    """Find the boxes that are printed on a page.

    Args:
        page: ``(H, W)`` grey, askew by a few degrees at the most, but for quarter turns.

    Returns:
        Its boxes, level.
    """
    small = Scaled.of(page, _LONGER)
    layers = find_level_layers(small.grey)
    boxes = np.array([box.box for box in layers.boxes()], np.float64).reshape(-1, 4)
    level = np.linalg.inv(small.matrix) @ layers.straightening.edges @ small.matrix
    return Printed(boxes * small.factor, level, (page.shape[1], page.shape[0]))
