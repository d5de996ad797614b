"""Printed and typed characters, drawn as ink."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.data.typefaces import Glyph, Typeface, draw_glyph

_KEPT_HEIGHT = 64
"""Height in pixels at which characters are drawn once; all others are made of these."""

_SPACE = 0.45
"""Width of a space as a share of a digit's height."""


def print_glyph(character: str, typeface: Typeface, height: float) -> Glyph:
    """Print a character whose typeface's digits are ``height`` pixels high.

    >>> from digitscan.data.typefaces import OPENCV_FONTS
    >>> print_glyph("1", OPENCV_FONTS[0], 32).ink.shape[0] in range(30, 36)
    True
    """
    glyph = _kept_glyph(character, typeface)
    scale = height / _KEPT_HEIGHT
    if not glyph.ink.size:
        return glyph._replace(advance=glyph.advance * scale)
    high, wide = glyph.ink.shape
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    ink = cv2.resize(glyph.ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return Glyph(ink, glyph.left * scale, glyph.drop * scale, glyph.advance * scale)


def print_line(text: str, typeface: Typeface, height: float, spacing: float = 0.0) -> Glyph:
    """Print words on one line.

    Args:
        text: Characters that the typeface lacks are left out.
        typeface: How they look.
        height: Usual height of the typeface's digits in pixels.
        spacing: Paper put between the characters, in pixels.

    Returns:
        The line as one glyph; its ink is empty when no character has any.
    """
    placed: list[tuple[int, int, NDArray[np.uint8]]] = []
    x = 0.0
    for character in text:
        if character == " ":
            x += _SPACE * height + spacing
            continue
        glyph = print_glyph(character, typeface, height)
        if glyph.ink.size:
            placed.append((round(x + glyph.left), round(glyph.drop), glyph.ink))
            x += glyph.advance + spacing
    if not placed:
        return Glyph(np.zeros((0, 0), np.uint8), 0.0, 0.0, x)
    left = min(left for left, _, _ in placed)
    right = max(left + ink.shape[1] for left, _, ink in placed)
    bottom = max(drop for _, drop, _ in placed)
    top = min(drop - ink.shape[0] for _, drop, ink in placed)
    line = np.zeros((bottom - top, right - left), np.uint8)
    for at, drop, ink in placed:
        part = np.s_[drop - ink.shape[0] - top : drop - top, at - left : at - left + ink.shape[1]]
        line[part] = np.maximum(line[part], ink)
    return Glyph(line, float(left), float(bottom), x)


@lru_cache(maxsize=16384)
def _kept_glyph(character: str, typeface: Typeface) -> Glyph:
    return draw_glyph(typeface, character, _KEPT_HEIGHT)
