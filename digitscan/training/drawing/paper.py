"""Paper: dirt and printed rules on a field, torn strokes, and what a scanner makes of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.training.drawing.background import draw_background

_COMBED = 0.1
"""Share of fields with upright lines of a comb."""

_TORN = 0.12
"""Share of fields whose strokes have gaps."""

_LINED = 0.3
"""Share of fields in greys whose paper is printed with fine lines."""


def add_dirt(
    ink: NDArray[np.uint8], owners: NDArray[np.uint8], base: float, height: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Put specks, what is left of a printed rule, and the uprights of a comb on a field.

    Args:
        ink: ``(H, W)`` ink density of the field.
        owners: ``(H, W)`` whose ink it is; that of dirt is 255.
        base: Row of the base line.
        height: Usual height of a digit in pixels.
        rng: Source of randomness.

    Returns:
        New ink and owners.
    """
    dirt = np.zeros_like(ink)
    for _ in range(rng.poisson(1.5)):
        centre = (
            int(rng.integers(0, ink.shape[1])),
            int(rng.integers(int(base - 1.5 * height), int(base + 0.4 * height))),
        )
        cv2.circle(
            dirt,
            centre,
            int(rng.integers(0, max(2, height // 16))),
            int(rng.integers(90, 256)),
            -1,
            cv2.LINE_AA,
        )
    if rng.random() < 0.15:
        y = (
            int(base + rng.uniform(-0.1, 0.35) * height)
            if rng.random() < 0.7
            else int(base - rng.uniform(1.05, 1.4) * height)
        )
        thick = int(rng.integers(1, max(2, height // 14) + 1))
        x = 0
        while x < ink.shape[1]:
            run = int(rng.exponential(2.0) * height) + 2
            cv2.line(
                dirt,
                (x, y),
                (x + run, y + round(run * rng.normal(0, 0.01))),
                int(rng.integers(120, 256)),
                thick,
            )
            x += run + int(rng.exponential(0.7) * height)
    if rng.random() < _COMBED:
        _draw_uprights(dirt, base, height, rng)
    owners = np.where((dirt > 64) & (dirt > ink), 255, owners).astype(np.uint8)
    return np.maximum(ink, dirt), owners


def tear(
    ink: NDArray[np.uint8], owners: NDArray[np.uint8], height: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Tear gaps into the strokes of some fields: rows that a scanner dropped, or the marks of an eraser.

    Args:
        ink: ``(H, W)`` ink density of the field.
        owners: ``(H, W)`` whose ink it is.
        height: Usual height of a digit in pixels.
        rng: Source of randomness.

    Returns:
        New ink and owners.
    """
    if rng.random() >= _TORN:
        return ink, owners
    gaps = np.zeros_like(ink)
    width = max(1, round(height * rng.uniform(0.01, 0.07)))
    level = rng.random() < 0.5
    for _ in range(int(rng.integers(1, 3)) if level else rng.poisson(ink.shape[1] / height)):
        x, y = rng.uniform(0, ink.shape[1]), rng.uniform(0.1, 0.9) * ink.shape[0]
        lean = rng.normal(0, 0.5) * height
        ends = ((0, y), (ink.shape[1], y)) if level else ((x - lean, 0), (x + lean, ink.shape[0]))
        (x0, y0), (x1, y1) = ((round(a), round(b)) for a, b in ends)
        cv2.line(gaps, (x0, y0), (x1, y1), 255, width, cv2.LINE_AA)
    left = np.asarray(cv2.subtract(ink, gaps), np.uint8)
    return left, np.where(left > 64, owners, 0).astype(np.uint8)


def _draw_uprights(dirt: NDArray[np.uint8], base: float, height: int, rng: np.random.Generator) -> None:
    """Draw the sides of the cells of a comb, or the ticks between them."""
    foot = base + rng.uniform(0.0, 0.3) * height
    top = foot - rng.uniform(0.2, 1.8) * height
    pitch = rng.uniform(0.7, 1.3) * height
    dark, thick = int(rng.integers(90, 256)), int(rng.integers(1, max(2, height // 16) + 1))
    for x in np.arange(rng.uniform(0.0, pitch), dirt.shape[1], pitch):
        cv2.line(dirt, (round(x), round(top)), (round(x), round(foot)), dark, thick)


def scan(ink: NDArray[np.uint8], height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Scan ink from paper: tone, light, texture, printed lines, blur and noise, or one bit.

    Args:
        ink: ``(H, W)`` ink density of the field.
        height: Usual height of a digit in pixels.
        rng: Source of randomness.

    Returns:
        ``(H, W)`` ``uint8``, dark ink on lighter paper.
    """
    shape = ink.shape
    if rng.random() < 0.25:
        return np.where(ink >= 128, 0, 255).astype(np.uint8)
    paper = rng.uniform(150, 250)
    dark = rng.uniform(0.45, 0.95) * paper
    light = 1 + rng.uniform(-0.12, 0.12) * np.linspace(-1, 1, shape[1])[None, :]
    grey = paper * light - ink.astype(np.float32) / 255 * dark
    if rng.random() < 0.5:
        ys, xs = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        wave = xs * rng.normal(0, 0.6) + ys * rng.uniform(0.3, 1.3) + 2 * np.sin(xs * rng.uniform(0.02, 0.15))
        grey -= np.clip(np.sin(wave), 0.2, 1) * rng.uniform(0.02, 0.25) * dark
    if rng.random() < _LINED:
        # Where a stroke covers a line, the darker of the two is seen, and a little of the other.
        lines = draw_background(shape, height, rng) * rng.uniform(0.1, 0.75) * dark
        pen = ink.astype(np.float32) / 255 * dark
        grey += pen - np.maximum(pen, lines) - rng.uniform(0.0, 0.4) * np.minimum(pen, lines)
    if rng.random() < 0.7:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 1.4))
    grey += rng.normal(0, rng.uniform(0.5, 7), shape)
    return np.clip(grey, 0, 255).astype(np.uint8)
