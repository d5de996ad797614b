"""Straightening: the page as given brought upright or onto its form, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import atan2, degrees

import cv2
import numpy as np
from numpy.typing import NDArray

_SAME = 1e-6

_STEEPEST = 1 / 100
"""A page turned by no more than this, about half a degree, is straightened by moving its columns and then its
rows by whole pixels: that is quick, puts a step into every other digit, and does not blur them."""

_NEAR = 0.5
"""So must the corners of the page come this near to their places, in pixels."""

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
    def resamples(self) -> bool:
        """Whether pixels of the straightened page are made of several of the page as given."""
        return self.changes and self._moves is None

    @property
    def degrees(self) -> float:
        """How far the page is turned at its middle, counter-clockwise as seen, -180 to 180."""
        x, y = self.given[0] / 2, self.given[1] / 2
        (x0, y0), (x1, y1) = _mapped(np.array([(x, y), (x + 1, y)]), self.matrix)
        return degrees(atan2(y0 - y1, x1 - x0))

    def apply(
        self, page: NDArray[np.uint8], *, beyond: int | None = None, negate: bool = False
    ) -> NDArray[np.uint8]:
        """Straighten a page.

        Args:
            page: ``(H, W)``.
            beyond: What comes from outside of it; None repeats its edge.
            negate: Whether the straightened page has 255 less its levels; ``beyond`` is a level of that.

        Returns:
            The straightened page; if nothing changes, the same.
        """
        if self.changes and self._moves is not None:
            return _moved(page, *self._moves, self.size, beyond, negate)
        if negate:
            page = np.asarray(cv2.bitwise_not(page), np.uint8)
        if not self.changes:
            return page
        mode = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
        return cv2.warpPerspective(
            page, self.matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=mode, borderValue=beyond or 0
        )

    def restore(self, boxes: Sequence[tuple[float, float, float, float]]) -> list[tuple[int, int, int, int]]:
        """Find the boxes on the page as given around boxes of the straightened page.

        Args:
            boxes: x, y, width and height of each.

        Returns:
            The same of each, in whole pixels, clipped.
        """
        left, top, width, height = np.array(boxes, np.float64).reshape(-1, 4).T
        right, bottom = left + width, top + height
        corners = np.array([(left, top), (right, top), (left, bottom), (right, bottom)]).transpose(2, 0, 1)
        corners = self.back(corners.reshape(-1, 2)).reshape(-1, 4, 2)
        starts = np.clip(np.floor(corners.min(axis=1) + _SAME), 0, self.given)
        stops = np.clip(np.ceil(corners.max(axis=1) - _SAME), 0, self.given)
        found = np.concatenate([starts, stops - starts], axis=1).astype(int).tolist()
        return [(x, y, across, down) for x, y, across, down in found]

    def back(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Find where ``(N, 2)`` points of the page as it is read are on the page as given.

        x and y of both are counted from the top left corner.
        """
        return _mapped(points, self._back) if self.changes else points

    @cached_property
    def _back(self) -> NDArray[np.float64]:
        """``(3, 3)`` the way back of points counted from the top left corner."""
        return np.asarray(cv2.invert(self.edges)[1])

    @cached_property
    def _moves(self) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
        """From how far below each column of the page comes, and then from how far to the right each row.

        None where moving them does not straighten it.
        """
        width, height = self.size
        corners = np.array([(0.0, 0.0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)])
        there = _mapped(corners, cv2.invert(self.matrix)[1])
        below = _line(there[:, 0], there[:, 1] - corners[:, 1])
        right = _line(corners[:, 1], there[:, 0] - corners[:, 0])
        if below is None or right is None:
            return None
        return _whole(below, self.given[0]), _whole(right, height)


def _line(at: NDArray[np.float64], moves: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The slope and the start of moves that grow evenly and slowly with their place; None for others."""
    from_middle = at - at.mean()
    slope = from_middle @ moves / max(1.0, from_middle @ from_middle)
    line = np.array([slope, moves.mean() - slope * at.mean()])
    near = np.abs(np.polyval(line, at) - moves).max() <= _NEAR
    return line if near and abs(slope) <= _STEEPEST else None


def _whole(line: NDArray[np.float64], length: int) -> NDArray[np.intp]:
    """The moves of so many places in whole pixels."""
    return np.round(np.polyval(line, np.arange(length))).astype(np.intp)


def _moved(
    page: NDArray[np.uint8],
    below: NDArray[np.intp],
    right: NDArray[np.intp],
    size: tuple[int, int],
    beyond: int | None,
    negate: bool,
) -> NDArray[np.uint8]:
    """Take each column of a page from so many pixels below, and then each row from so many to the right.

    All is done at once, block by block of columns and of rows that move alike.
    """
    width, height = size
    if beyond is None:
        tall, wide = page.shape
        most = max(-below.min(), height - tall + below.max(), -right.min(), width - wide + right.max())
        around = max(0, int(most))
        page = cv2.copyMakeBorder(page, around, around, around, around, cv2.BORDER_REPLICATE)
        below, right = np.pad(below, around, "edge") + around, right + around
    moved = np.empty((height, width), np.uint8)
    if beyond is not None:  # it comes no farther into the page than the pixels move
        farthest = int(max(np.abs(below).max(), np.abs(right).max()))
        last, end = (max(0, side - farthest) for side in page.shape)
        moved[:farthest] = moved[last:] = beyond
        moved[:, :farthest] = moved[:, end:] = beyond
    for top, bottom, across in _alike(right):
        for left, end, down in _alike(below):
            x0, x1 = max(0, left - across), min(width, end - across)
            y0, y1 = max(top, -down), min(bottom, len(page) - down)
            if x0 < x1 and y0 < y1:
                part = page[y0 + down : y1 + down, x0 + across : x1 + across]
                if negate:
                    cv2.bitwise_not(part, moved[y0:y1, x0:x1])
                else:
                    moved[y0:y1, x0:x1] = part
    return moved


def _alike(moves: NDArray[np.intp]) -> list[tuple[int, int, int]]:
    """The places that move alike, from the first to before the last, and by how much."""
    ends = [0, *(np.flatnonzero(np.diff(moves)) + 1).tolist(), len(moves)]
    return [(first, last, int(moves[first])) for first, last in pairwise(ends)]


def _mapped(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(points):  # OpenCV maps none to None
        return points
    mapped: NDArray[np.float64] = cv2.perspectiveTransform(points.reshape(-1, 1, 2), matrix).reshape(-1, 2)
    return mapped
