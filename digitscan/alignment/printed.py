"""What is printed on a page: its boxes, upright."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.fields import find_boxes
from digitscan.ink import find_ink
from digitscan.rules import find_rules, remove_rules
from digitscan.skew import measure_skew
from digitscan.straightening import Straightening
from digitscan.written import written_on

_LONGEST = 2400
"""Boxes are found as well on a page of this many pixels on its longer side, and sooner."""


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
    height, width = page.shape
    factor = -(-max(height, width) // _LONGEST)
    small = page
    if factor > 1:
        size = max(1, round(width / factor)), max(1, round(height / factor))
        small = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    ink = find_ink(small)
    straightening = Straightening.turn(measure_skew(ink.mask), (small.shape[1], small.shape[0]))
    if straightening.changes:
        ink = find_ink(straightening.apply(small))
    rules = find_rules(ink.density, ink.stroke)
    written = written_on(remove_rules(ink.density, rules))
    found = find_boxes(rules, small.shape, ink.stroke, written.boxes)
    boxes = np.array([box.box for box in found], np.float64).reshape(-1, 4)
    scale = np.diag([width / small.shape[1], height / small.shape[0], 1.0])
    return Printed(
        boxes * np.tile(np.diag(scale)[:2], 2),
        scale @ straightening.edges @ np.linalg.inv(scale),
        (width, height),
    )
