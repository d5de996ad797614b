"""Marks: the separators between digits and what ends an amount, drawn with a pen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.training.drawing.allographs import Stroke
from digitscan.training.drawing.pen import draw_stroke

_KINDS = {"dot": 0.42, "comma": 0.16, "dash": 0.18, "equals": 0.05, "slash": 0.14, "wave": 0.05}
"""Kinds of marks and their shares."""

_PRESSED = 0.2
"""Spread of the logarithm of a mark's pen beside that of the digits: it is pressed more or less."""


def draw_kind(rng: np.random.Generator) -> str:
    """Draw one of the kinds of marks: dot, comma, dash, equals (a pair of dashes), slash, wave."""
    return str(rng.choice(list(_KINDS), p=list(_KINDS.values())))


def draw_mark(kind: str, height: int, pen: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a mark.

    Args:
        kind: What ``draw_kind`` gives.
        height: Height of the digits beside it in pixels.
        pen: Width of the pen that they are written with in pixels; that of the mark is much the same.
        rng: Source of randomness.

    Returns:
        ``(H, W)`` ink density, from the base line at its foot to the mark's top.
    """
    wide = max(2, round(pen * float(np.exp(rng.normal(0, _PRESSED)))))
    strokes = [stroke * height + wide / 2 + 1 for stroke in _strokes(kind, rng)]
    width, top = np.concatenate(strokes).max(axis=0) + wide / 2 + 1
    mark = np.zeros((int(np.ceil(top)), int(np.ceil(width))), np.uint8)
    for stroke in strokes:
        draw_stroke(mark, np.stack([stroke[:, 0], len(mark) - 1 - stroke[:, 1]], axis=1), wide)
    return mark


def _strokes(kind: str, rng: np.random.Generator) -> list[Stroke]:
    """The strokes of a mark in digit heights: x from its left, y upwards from the base line."""
    if kind == "dot":
        return [np.array([(0.0, 0.0), (rng.uniform(0.0, 0.04), 0.0)])]
    if kind == "comma":
        length = rng.uniform(0.15, 0.35)
        return [np.array([(length * rng.uniform(0.4, 1.0), length), (0.0, 0.0)])]
    if kind == "slash":
        return [np.array([(0.0, 0.0), (rng.uniform(0.3, 0.8), rng.uniform(0.8, 1.5))])]
    if kind == "wave":
        along = np.linspace(0.0, 1.0, 16)
        swing = rng.uniform(0.04, 0.15) * np.sin(along * rng.uniform(3.0, 9.0) + rng.uniform(0.0, 6.0))
        line = swing + rng.uniform(-0.1, 0.3) * along
        return [np.stack([along * rng.uniform(0.4, 1.2), line - line.min() + rng.uniform(0.0, 0.35)], axis=1)]
    length, up, tilt = rng.uniform(0.3, 0.9), rng.uniform(0.35, 0.55), rng.uniform(0.0, 0.06)
    dash = np.array([(0.0, up), (length, up + tilt)])
    return [dash] if kind == "dash" else [dash, dash - (0.0, 0.2)]
