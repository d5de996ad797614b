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
Whole = tuple[int, int, int, int]
Point = tuple[int, int]

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


def draw_line(density: Array, start: Point, stop: Point, style: str = "solid", thickness: int = 2) -> None:
    """A level or an upright line: ``solid``, ``dotted`` or ``dashed``."""
    (x0, y0), (x1, y1) = start, stop
    is_level, length = y0 == y1, max(abs(x1 - x0), abs(y1 - y0))
    marks = {"solid": (length, length), "dotted": (thickness, 2 * thickness + 2), "dashed": (15, 22)}
    mark, step = marks[style]
    for along in range(0, length, step):
        reach = min(mark, length - along)
        x, y = (x0 + along, y0 - thickness // 2) if is_level else (x0 - thickness // 2, y0 + along)
        width, height = (reach, thickness) if is_level else (thickness, reach)
        density[y : y + height, x : x + width] = 255


def draw_box(density: Array, box: Whole, style: str = "solid", thickness: int = 2, radius: int = 0) -> None:
    """A box whose lines have its edges as their middles, with round corners perhaps."""
    left, top, width, height = box
    right, bottom = left + width, top + height
    for y in (top, bottom):
        draw_line(density, (left + radius, y), (right - radius, y), style, thickness)
    for x in (left, right):
        draw_line(density, (x, top + radius), (x, bottom - radius), style, thickness)
    if radius:
        low, high = (left + radius, top + radius), (right - radius, bottom - radius)
        for centre, angle in ((low, 180), ((high[0], low[1]), 270), (high, 0), ((low[0], high[1]), 90)):
            cv2.ellipse(density, centre, (radius, radius), 0, angle, angle + 90, 255, thickness)


def draw_comb(
    density: Array, box: Whole, cells: int, kind: str, style: str = "solid", thickness: int = 2
) -> None:
    """A comb: ``closed``, with ``ticks`` in a box, on a ``base`` line alone or between ``two`` lines."""
    left, top, width, height = box
    bottom, tick = top + height, height // 3
    if kind in ("closed", "ticks"):
        draw_box(density, box, style, thickness)
    else:
        draw_line(density, (left, bottom), (left + width, bottom), style, thickness)
    if kind == "two":
        draw_line(density, (left, top), (left + width, top), style, thickness)
    for i in range(cells + 1):
        x = left + i * width // cells
        draw_line(density, (x, top if kind == "closed" else bottom - tick), (x, bottom), style, thickness)
        if kind == "two":
            draw_line(density, (x, top), (x, top + tick), style, thickness)


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
