"""Straightening: the page as given brought upright or onto its form, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import atan2, ceil, degrees, floor

import cv2
import numpy as np
from numpy.typing import NDArray

_SAME = 1e-6

_HALF = np.array([[1.0, 0.0, -0.5], [0.0, 1.0, -0.5], [0.0, 0.0, 1.0]])
"""From points counted from the top left corner to those counted from the middle of the first pixel."""


@dataclass(frozen=True, eq=False)
class Straightening:
    """A projective map from the pixels of a page as given to those of the page as it is read.

    Attributes:
        matrix: ``(3, 3)`` the map, of homogeneous x and y; a pixel's middle is at whole numbers, as OpenCV
            has it.
        given: Width and height of the page as given.
        size: Width and height of the page as it is read.
    """

    matrix: NDArray[np.float64]
    given: tuple[int, int]
    size: tuple[int, int]

    @classmethod
    def none(cls, size: tuple[int, int]) -> Straightening:
        """Leave a page as it is."""
        return cls(np.eye(3), size, size)

    @classmethod
    def turn(cls, angle: float, size: tuple[int, int]) -> Straightening:
        """Turn a page about its middle by an angle in degrees, counter-clockwise; it keeps its size."""
        width, height = size
        turned = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
        return cls(np.vstack([turned, (0.0, 0.0, 1.0)]), size, size)

    @classmethod
    def onto(cls, edges: NDArray[np.float64], given: tuple[int, int], size: tuple[int, int]) -> Straightening:
        """Move a page by ``(3, 3)`` from its pixels to those of its new place, counted from the top left."""
        return cls(_HALF @ edges @ np.linalg.inv(_HALF), given, size)

    @property
    def edges(self) -> NDArray[np.float64]:
        """``(3, 3)`` the map of points counted from the top left corner, a pixel's middle at 0.5."""
        return np.asarray(np.linalg.inv(_HALF) @ self.matrix @ _HALF)

    @cached_property
    def changes(self) -> bool:
        """Whether the page is read otherwise than given."""
        return self.given != self.size or float(np.abs(self.matrix - np.eye(3)).max()) > _SAME

    @property
    def degrees(self) -> float:
        """How far the page is turned at its middle, counter-clockwise as seen, -180 to 180."""
        x, y = self.given[0] / 2, self.given[1] / 2
        (x0, y0), (x1, y1) = _mapped(np.array([(x, y), (x + 1, y)]), self.matrix)
        return degrees(atan2(y0 - y1, x1 - x0))

    def apply(self, page: NDArray[np.uint8], *, beyond: int | None = None) -> NDArray[np.uint8]:
        """Straighten a page ``(H, W)``; what comes from outside is ``beyond``, or repeats the page's edge."""
        if not self.changes:
            return page
        mode = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
        return cv2.warpPerspective(
            page, self.matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=mode, borderValue=beyond or 0
        )

    def restore(self, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """Find the box on the page as given around a straightened page's box, in whole pixels, clipped."""
        x, y, width, height = box
        corners = self.back(
            np.array([(x, y), (x + width, y), (x, y + height), (x + width, y + height)], np.float64)
        )
        (left, right), (top, bottom) = (
            (min(max(0, floor(min(ends) + _SAME)), side), min(max(0, ceil(max(ends) - _SAME)), side))
            for ends, side in zip(corners.T.tolist(), self.given, strict=True)
        )
        return left, top, right - left, bottom - top

    def back(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Find where ``(N, 2)`` points of the page as it is read are on the page as given.

        x and y of both are counted from the top left corner.
        """
        return _mapped(points, self._back) if self.changes else points

    @cached_property
    def _back(self) -> NDArray[np.float64]:
        """``(3, 3)`` the way back of points counted from the top left corner."""
        return np.asarray(cv2.invert(self.edges)[1])


def _mapped(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    mapped: NDArray[np.float64] = cv2.perspectiveTransform(points.reshape(-1, 1, 2), matrix).reshape(-1, 2)
    return mapped
