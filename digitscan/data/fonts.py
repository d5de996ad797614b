"""Digits as typefaces have them: printed, typed, and those of handwriting fonts.

Each is drawn on paper and comes back through the reader's own ink, segmentation and crops, so that small
digits look as they do when they are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.crops import make_crop
from digitscan.data.digits import Digits, Part
from digitscan.data.typefaces import Typeface, draw_glyph
from digitscan.ink import find_ink
from digitscan.segmentation import segment

PICTURES = 12
"""Pictures of each digit of a typeface that training gets."""

HEIGHTS = (7.0, 60.0)
"""Heights of the digits in pixels, least and most; every doubling is as likely."""

_MIDDLE = 24.0
"""Height in pixels of the one picture of each digit that is measured with."""

_BILEVEL = 0.2
"""Share of pictures of black and white alone, as fax machines and many scanners give them."""

_LEAST_BILEVEL = 9.0
"""Height in pixels below which digits of black and white alone cannot be told."""

_FINE = 4
"""Half of the small digits are drawn this many times as large and reduced, as a scanner sees them: anywhere
between the pixels. Fonts drawn at their size stand on whole pixels, as on a screen."""

_LEAST_SHARP = 30.0
"""Height in pixels from which on the place between the pixels makes no difference."""

_APART = 0.7
"""Paper between two digits, as a share of their height: they are never taken for one."""


def load_fonts(typefaces: Sequence[Typeface], part: Part, *, varied: bool = True) -> Digits | None:
    """Draw the digits of typefaces.

    Args:
        typefaces: They have all digits.
        part: ``train`` or ``test``; fonts are not split, all their digits are for training.
        varied: ``PICTURES`` of each digit of each typeface, of many sizes, more and less sharp, grey and of
            black and white alone; else one plain picture of middle size.

    Returns:
        ``(N, 28, 28)`` ``uint8`` images like MNIST's and their ``(N,)`` labels, the same each time: one
        typeface after the other in an order that mixes its kinds, in each the digits in disorder. Pictures
        whose digit falls apart are left out. None for the test part.

    Raises:
        SourceError: A file is not a font.
        UsageError: Pillow, which draws fonts, is missing.

    Examples:
        >>> from digitscan.data.typefaces import OPENCV_FONTS
        >>> digits = load_fonts(OPENCV_FONTS[:1], "train", varied=False)
        >>> digits.images.shape, sorted(digits.labels.tolist())
        ((10, 28, 28), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    if part == "test":
        return None
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for index in np.random.default_rng(0).permutation(len(typefaces)):
        rng = np.random.default_rng([1, int(index)])
        for _ in range(PICTURES if varied else 1):
            height = float(np.exp(rng.uniform(*np.log(HEIGHTS)))) if varied else _MIDDLE
            digits = rng.permutation(10)
            fine = _FINE if varied and height < _LEAST_SHARP and rng.random() < 0.5 else 1
            ink, ends = draw_row(typefaces[index], digits.tolist(), height, fine, rng)
            page = print_page(ink, height, rng) if varied else cv2.bitwise_not(ink)
            for place, image in read_row(page, ends):
                images.append(image)
                labels.append(int(digits[place]))
    return Digits(np.array(images, np.uint8).reshape(-1, 28, 28), np.array(labels, np.uint8))


def draw_row(
    typeface: Typeface, digits: Sequence[int], height: float, fine: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], list[float]]:
    """Draw digits well apart from each other.

    Args:
        typeface: How they look.
        digits: 0 to 9, at least one.
        height: Their usual height in pixels.
        fine: How many times as large they are drawn before they are reduced to that height.
        rng: Where each lies between the pixels, when ``fine`` is more than 1.

    Returns:
        ``(H, W)`` ink density with a wide margin, and for each digit where the paper before the next one
        has its middle, in pixels from the left.
    """
    glyphs = [draw_glyph(typeface, str(digit), height * fine) for digit in digits]
    apart, margin = round(_APART * height * fine) + 2, round(1.5 * height * fine)
    base = margin + max(round(len(glyph.ink) - glyph.drop) for glyph in glyphs)
    bottom = base + max(round(glyph.drop) for glyph in glyphs) + margin
    width = sum(glyph.ink.shape[1] + apart + fine for glyph in glyphs) + 2 * margin
    ink = np.zeros((bottom + fine, width), np.uint8)
    ends: list[float] = []
    x = margin
    for glyph in glyphs:
        high, wide = glyph.ink.shape
        right, down = rng.integers(0, fine, 2)
        left, top = x + right, base + down + round(glyph.drop) - high
        ink[top : top + high, left : left + wide] = glyph.ink
        x += wide + apart + fine
        ends.append((x - apart / 2) / fine)
    small = ink.shape[1] // fine, ink.shape[0] // fine
    reduced = cv2.resize(ink[: small[1] * fine, : small[0] * fine], small, interpolation=cv2.INTER_AREA)
    return reduced, ends


def print_page(ink: NDArray[np.uint8], height: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Print digits and scan them.

    Args:
        ink: ``(H, W)`` ink density.
        height: Usual height of a digit in pixels.
        rng: Source of randomness: tone, blur, noise, grey or black and white.

    Returns:
        ``(H, W)`` ``uint8``, dark ink on lighter paper.
    """
    density = ink.astype(np.float32)
    if rng.random() < 0.5:
        density = cv2.GaussianBlur(density, (0, 0), rng.uniform(0.3, 0.6 + height / 60))
    if height >= _LEAST_BILEVEL and rng.random() < _BILEVEL:
        return np.where(density > rng.uniform(90, 140), 0, 255).astype(np.uint8)
    paper = rng.uniform(170, 255)
    grey = paper - density * (rng.uniform(0.5, 1.0) * paper / 255)
    if rng.random() < 0.5:
        grey += rng.standard_normal(grey.shape, np.float32) * rng.uniform(0, 5)
    return np.clip(grey, 0, 255).astype(np.uint8)


def read_row(page: NDArray[np.uint8], ends: Sequence[float]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Find digits on a page as the reader does.

    Args:
        page: ``(H, W)``, as ``print_page`` gives it.
        ends: As ``draw_row`` gives them.

    Yields:
        A digit's place in the row and its ``(28, 28)`` ``uint8`` crop, 255 for ink; those that fell into
        parts that are not joined to a candidate are left out.
    """
    candidates = segment(find_ink(page).density).candidates
    places = np.searchsorted(ends, [candidate.box[0] + candidate.box[2] / 2 for candidate in candidates])
    for place in range(len(ends)):
        own = [candidate for candidate, at in zip(candidates, places, strict=True) if at == place]
        pieces = sum(candidate.stop - candidate.start == 1 for candidate in own)
        for candidate in own:
            if candidate.stop - candidate.start == pieces:
                yield place, np.round(make_crop(candidate.density) * 255).astype(np.uint8)
