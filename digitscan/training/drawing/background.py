"""Background: the fine lines that cheques and certificates are printed with, so that nobody can copy them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_MOST_SHEETS = 3
"""Sheets of lines over each other at the most."""

_PITCH = 0.06, 0.3
"""From one line to the next, in digit heights: least, greatest; every doubling is as likely."""

_FINEST = 3.0
"""The same in pixels: a scanner tells no finer lines apart."""

_LEVEL = 0.6
"""Share of sheets whose lines run about along the writing."""

_ROUND = 0.25
"""Share of sheets whose lines are arcs."""

_PARTLY = 0.2
"""Share of backgrounds that end within the field."""


def draw_background(shape: tuple[int, int], height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw sheets of lines at equal distances, straight, in waves or as arcs.

    Args:
        shape: Height and width of the field in pixels.
        height: Usual height of a digit in pixels.
        rng: Source of randomness.

    Returns:
        ``(H, W)``, 0 for paper to 1 for full ink.
    """
    background = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, _MOST_SHEETS + 1))):
        background = np.maximum(background, _draw_lines(shape, height, rng) * rng.uniform(0.5, 1.0))
    if rng.random() < _PARTLY:
        covered = np.zeros(shape, np.float32)
        (top, bottom), (left, right) = (np.sort(rng.uniform(-0.5, 1.5, 2)) * side for side in shape)
        cv2.rectangle(covered, (round(left), round(top)), (round(right), round(bottom)), 1.0, -1)
        background = covered * np.maximum(background, rng.uniform(0.0, 0.4))
    return background


def _draw_lines(shape: tuple[int, int], height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw one sheet, ``(H, W)`` from 0 to 1."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    pitch = max(_FINEST, height * float(np.exp(rng.uniform(*np.log(_PITCH)))))
    turn = rng.normal(0, 0.15) if rng.random() < _LEVEL else rng.uniform(0, np.pi)
    along, across = columns * np.cos(turn) + rows * np.sin(turn), rows * np.cos(turn) - columns * np.sin(turn)
    if rng.random() < _ROUND:
        away = rng.uniform(1, 6) * height
        across = np.hypot(along - rng.uniform(0, shape[1]), across + away)
    waves = np.sin(along * 2 * np.pi / (rng.uniform(1, 8) * height) + rng.uniform(0, 2 * np.pi))
    across = across + rng.uniform(0, 2) * pitch * waves
    thick = max(1.0, rng.uniform(0.12, 0.45) * pitch)
    # Half of a line's width less how far its middle is, in pixels: 0 is half covered.
    inside = thick / 2 - np.abs((across / pitch) % 1 - 0.5) * pitch
    return np.clip(inside + 0.5, 0, 1)
