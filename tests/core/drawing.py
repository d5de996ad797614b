"""Pages drawn for the tests, in ink density: 0 for paper, 255 for ink."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from hypothesis import settings
from numpy.typing import NDArray

from digitscan.segmentation import Candidate, Segmentation

Array = NDArray[np.uint8]
Box = tuple[float, float, float, float]

arbitrary = settings(max_examples=80, deadline=None, derandomize=True, database=None)
"""For tests of arbitrary input: the same examples every time."""


def enlarged(digit: Array, times: int, interpolation: int = cv2.INTER_LINEAR) -> Array:
    image: Array = cv2.resize(digit, None, fx=times, fy=times, interpolation=interpolation)
    return image


def canvas(height: int, width: int, *placed: tuple[Array, int, int]) -> Array:
    """Empty paper with images placed on it by their left and top."""
    paper = np.zeros((height, width), np.uint8)
    for image, left, top in placed:
        part = paper[top : top + image.shape[0], left : left + image.shape[1]]
        np.maximum(part, image, out=part)
    return paper


def page(density: Array, paper: float = 235, ink: float = 30) -> Array:
    """A grey page with the ink of ``density`` on it."""
    grey: Array = np.round(paper + (ink - paper) * (density / 255.0)).astype(np.uint8)
    return grey


def frame(density: Array, box: tuple[int, int, int, int], thickness: int = 2) -> None:
    x, y, width, height = box
    cv2.rectangle(density, (x, y), (x + width - 1, y + height - 1), 255, thickness)


def inked(density: Array) -> Array:
    """Where there is ink, as a mask."""
    mask: Array = np.where(density >= 128, 255, 0).astype(np.uint8)
    return mask


def shared(one: Array, other: Array) -> float:
    """Intersection over union of the ink of two densities."""
    first, second = one >= 128, other >= 128
    return int((first & second).sum()) / max(1, int((first | second).sum()))


def whole(lattice: Segmentation) -> Candidate | None:
    """The candidate of all pieces."""
    found = [c for c in lattice.candidates if (c.start, c.stop) == (0, lattice.pieces)]
    return found[0] if found else None


def ink_box(density: Array) -> Box:
    x, y, width, height = cv2.boundingRect(inked(density))
    return float(x), float(y), float(width), float(height)


def strays(box: Sequence[float], true: Sequence[float]) -> float:
    """By how many pixels the worst of a box's four edges is off."""
    edges = [(b[0], b[1], b[0] + b[2], b[1] + b[3]) for b in (box, true)]
    return max(abs(found - drawn) for found, drawn in zip(*edges, strict=True))
