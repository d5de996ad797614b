"""A page at a smaller scale, and the way between both."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_BLUR = 0.8
"""Spread of the blur, in pixels of the smaller page, that makes one-bit and noisy scans comparable."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """A page made smaller.

    Attributes:
        grey: ``(h, w)`` ``uint8``.
        whole: Width and height of the page that it was made of.
    """

    grey: NDArray[np.uint8]
    whole: tuple[int, int]

    @classmethod
    def of(cls, page: NDArray[np.uint8], longest: int) -> Scaled:
        """Make a page ``(H, W)`` smaller by a whole factor, its longer side to at most so many pixels."""
        height, width = page.shape
        return cls(_reduced(page, longest), (width, height))

    def smaller(self, longest: int) -> Scaled:
        """Make it smaller still."""
        return Scaled(_reduced(self.grey, longest), self.whole)

    @property
    def factors(self) -> NDArray[np.float64]:
        """``(2,)`` by how much it is smaller, across and down; less than 1."""
        height, width = self.grey.shape
        return np.array([width / self.whole[0], height / self.whole[1]])

    @property
    def matrix(self) -> NDArray[np.float64]:
        """``(3, 3)`` from pixels of the page to those of the smaller one, both counted from the corner."""
        return np.diag([*self.factors, 1.0])


def _reduced(page: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    height, width = page.shape
    factor = -(-max(height, width) // longest)  # whole factors are quick
    if factor > 1:
        size = max(1, round(width / factor)), max(1, round(height / factor))
        page = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(page, (0, 0), _BLUR)
