"""Synthetic combs: digits written one to a cell between printed lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.data import Script
from digitscan.training.drawing.handwriting import Hand, write
from digitscan.training.drawing.paper import scan

_CELLS = (3, 12)
"""Fewest and most cells."""

_PITCH = (0.95, 1.7)
"""Width of a cell by the height of a digit,"""

_HEIGHT = (1.15, 1.9)
"""and the height of one."""

_PRINTED = 0.8
"""Share of combs whose lines are seen; those of the others are of a colour that was dropped."""

_BLANK = 0.05
"""Share of cells that are blank."""


@dataclass(frozen=True)
class DrawnComb:
    """A drawn comb.

    Attributes:
        page: ``(H, W)`` ``uint8``, grey as a scanner gives it.
        box: x, y, width and height of the comb in pixels.
        cells: Where its cells begin and end, in x.
        texts: What is written in each: a digit or nothing.
    """

    page: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    cells: tuple[float, ...]
    texts: tuple[str, ...]


def draw_comb(script: Script, rng: np.random.Generator) -> DrawnComb:
    """Draw a comb as a scanner gives it.

    Args:
        script: What it is written with.
        rng: Source of randomness: which digits, how written, in what cells, on what paper.

    Returns:
        The comb and what is in its cells.
    """
    images, labels = script.digits.images, script.digits.labels
    height = int(rng.integers(24, 72))
    hand = Hand.draw(height, rng)
    pitch, tall = round(rng.uniform(*_PITCH) * height), round(rng.uniform(*_HEIGHT) * height)
    count, margin = int(rng.integers(_CELLS[0], _CELLS[1] + 1)), height // 2
    ink = np.zeros((tall + 2 * margin, count * pitch + 2 * margin), np.uint8)
    edges = [margin + i * pitch for i in range(count + 1)]
    texts = []
    for left in edges[:-1]:
        if rng.random() < _BLANK:
            texts.append("")
            continue
        one = int(rng.integers(len(images)))
        digit = write(images[one], hand, hand.zero if labels[one] == 0 else 1.0, rng)
        digit = _within(digit, 0.95 * pitch)
        x = left + (pitch - digit.shape[1]) / 2 + rng.normal(0, 0.06) * pitch
        y = margin + (tall - digit.shape[0]) / 2 + rng.normal(0, 0.08) * tall
        _put(ink, digit, round(x), round(y))
        texts.append(str(labels[one]))
    if rng.random() < _PRINTED:
        _print(ink, edges, margin, tall, rng)
    box = (float(edges[0]), float(margin), float(edges[-1] - edges[0]), float(tall))
    return DrawnComb(scan(ink, height, rng), box, tuple(map(float, edges)), tuple(texts))


def _within(digit: NDArray[np.uint8], width: float) -> NDArray[np.uint8]:
    """Make a digit smaller that is wider than it may be."""
    scale = width / digit.shape[1]
    if scale >= 1:
        return digit
    size = max(1, round(digit.shape[1] * scale)), max(1, round(digit.shape[0] * scale))
    return np.asarray(cv2.resize(digit, size, interpolation=cv2.INTER_AREA), np.uint8)


def _put(ink: NDArray[np.uint8], digit: NDArray[np.uint8], x: int, y: int) -> None:
    """Put a digit's top left at x and y, or as near as it is whole."""
    height, width = digit.shape
    y, x = max(0, min(y, ink.shape[0] - height)), max(0, min(x, ink.shape[1] - width))
    part = ink[y : y + height, x : x + width]
    np.maximum(part, digit[: part.shape[0], : part.shape[1]], out=part)


def _print(ink: NDArray[np.uint8], edges: list[int], top: int, tall: int, rng: np.random.Generator) -> None:
    """Print the lines of a comb: its base, its sides or ticks between cells, and its top with high sides."""
    thick, dark = int(rng.integers(1, max(2, tall // 20) + 1)), int(rng.integers(120, 256))
    share = float(rng.choice([0.25, 0.5, 1.0]))
    lines = np.zeros_like(ink)
    bottom = top + tall
    cv2.line(lines, (edges[0], bottom), (edges[-1], bottom), dark, thick)
    for x in edges:
        cv2.line(lines, (x, bottom), (x, bottom - round(share * tall)), dark, thick)
    if share == 1.0:
        cv2.line(lines, (edges[0], top), (edges[-1], top), dark, thick)
    np.maximum(ink, lines, out=ink)
