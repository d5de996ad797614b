"""Synthetic strings: digits written side by side whose ink is known pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitscan.training.handwriting import Hand, draw_letters, draw_separator, print_digit, write
from digitscan.training.paper import add_dirt, scan

_ROUND = 0.3
"""Share of strings that end in zeros."""


@dataclass(frozen=True)
class DrawnString:
    """A drawn string.

    Attributes:
        page: ``(H, W)`` ``uint8``, grey as a scanner gives it.
        owners: ``(H, W)`` ``uint8``, whose ink: 0 nobody's, 1 .. n the digit's place, 255 no digit's.
        text: The n digits.
    """

    page: NDArray[np.uint8]
    owners: NDArray[np.uint8]
    text: str


def draw_string(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], rng: np.random.Generator
) -> DrawnString:
    """Draw a string of 1 to 8 digits as a scanned field.

    Args:
        images: ``(N, 28, 28)`` digits, ink light on dark as in MNIST.
        labels: ``(N,)`` their classes, 0 to 9.
        rng: Source of randomness: which digits, how written, on what paper.

    Returns:
        The field and whose ink is where.
    """
    height = int(rng.integers(24, 72))
    picked = rng.integers(0, len(images), int(rng.integers(1, 9)))
    if rng.random() < _ROUND:  # amounts are often round, and their zeros run together
        zeros = picked[1:][-int(rng.integers(1, 5)) :]
        zeros[:] = rng.choice(np.flatnonzero(labels == 0), len(zeros))
    ink = np.zeros((3 * height, (len(picked) + 3) * int(1.6 * height)), np.uint8)
    owners = np.zeros_like(ink)
    hand = Hand.draw(height, rng)
    x = rng.uniform(0.1, 1.0) * height
    base = 2.0 * height
    text = ""
    for place, index in enumerate(picked, 1):
        if rng.random() < hand.separators and text:
            mark, drop = draw_separator(height, rng), rng.uniform(-0.05, 0.2) * height
            x = _stamp(ink, owners, mark, x + 0.06 * height, base, 255, drop)
            x += rng.uniform(-0.02, 0.15) * height
        small = place > hand.smaller_after
        digit = (
            print_digit(str(labels[index]), hand)
            if hand.printed
            else write(images[index], hand, hand.smaller if small else 1.0, rng)
        )
        drop = rng.normal(0, 0.05) * height - (hand.raised * height if small else 0.0)
        x = _stamp(ink, owners, digit, x, base, place, drop) + hand.gap(rng)
        text += str(labels[index])
    for _ in range(int(rng.choice(3, p=[0.55, 0.3, 0.15]))):
        mark, drop = draw_separator(height, rng), rng.uniform(-0.3, 0.2) * height
        x = _stamp(ink, owners, mark, x + 0.1 * height, base, 255, drop)
    if rng.random() < 0.12:
        x = _stamp(
            ink, owners, draw_letters(height, rng), x + rng.uniform(0.05, 0.5) * height, base, 255, 0.0
        )
    width = min(ink.shape[1], int(x + rng.uniform(0.1, 1.0) * height))
    top = int(base - rng.uniform(1.15, 1.8) * height)
    bottom = int(base + rng.uniform(0.1, 0.6) * height)
    ink, owners = add_dirt(ink, owners, base, height, rng)
    part = np.s_[top:bottom, :width]
    return DrawnString(scan(ink[part], rng), owners[part], text)


def draw_prose(rng: np.random.Generator) -> DrawnString:
    """Draw a word of letters, which holds no digit."""
    height = int(rng.integers(24, 72))
    word = np.pad(draw_letters(height, rng), height // 3)
    return DrawnString(scan(word, rng), np.where(word > 0, 255, 0).astype(np.uint8), "")


def _stamp(
    ink: NDArray[np.uint8],
    owners: NDArray[np.uint8],
    mark: NDArray[np.uint8],
    x: float,
    base: float,
    owner: int,
    drop: float,
) -> float:
    """Put a mark on the field, its foot at ``base + drop``; return where its right side is."""
    height, width = mark.shape
    left = max(0, round(x))
    top = max(0, round(base + drop - height))
    part = np.s_[top : top + height, left : left + width]
    mark = mark[: ink[part].shape[0], : ink[part].shape[1]]
    owners[part] = np.where((mark > 64) & (mark > ink[part]), owner, owners[part])
    ink[part] = np.maximum(ink[part], mark)
    return float(left + width)
