"""Synthetic strings: digits written side by side whose ink is known pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.data import Script
from digitscan.data.typefaces import OPENCV_FONTS, Typeface
from digitscan.data.unipen import PenDigit
from digitscan.training.drawing.allographs import Stroke
from digitscan.training.drawing.handwriting import Hand, draw_words, write
from digitscan.training.drawing.marks import draw_kind, draw_mark
from digitscan.training.drawing.paper import add_dirt, scan, tear
from digitscan.training.drawing.pen import PenHand, draw_stroke, join
from digitscan.training.drawing.printing import print_glyph

_ROUND = 0.4
"""Share of strings that end in zeros."""

_PRINTED = 0.15
"""Share of strings that are printed."""

_LETTERED = 0.1
"""Share of strings that are written by hand in the shapes of a typeface."""

_PENNED = 0.55
"""Share of strings that are written stroke by stroke."""

_SMALLEST = 9
"""Height in pixels of the digits of the smallest print."""

_POINTS = ".,-/"
"""Separators in print."""

_LABELLED = 0.12
"""Share of strings with words before them, and of those with words behind them."""

_WORDS = (0.4, 0.2, 0.15, 0.15, 0.1)
"""Shares of lines of 1, 2, ... words."""


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


def draw_string(script: Script, rng: np.random.Generator) -> DrawnString:
    """Draw a string of 1 to 8 digits as a scanned field, written by hand or printed.

    Args:
        script: What it is written or printed with, and words beside it; OpenCV's typefaces when there are
            none.
        rng: Source of randomness: which digits, how written, on what paper.

    Returns:
        The field and whose ink is where.
    """
    typefaces = script.fonts or OPENCV_FONTS
    images, labels = script.digits.images, script.digits.labels
    picked = rng.integers(0, len(images), int(rng.integers(1, 9)))
    if rng.random() < _ROUND:  # amounts are often round, and their zeros run together
        zeros = picked[1:][-int(rng.integers(1, 6)) :]
        zeros[:] = rng.choice(np.flatnonzero(labels == 0), len(zeros))
    height = int(rng.integers(24, 72))
    field = _Field(height, rng.uniform(0.1, 1.0), len(picked))
    if rng.random() < _LABELLED:
        field.put_words(typefaces, rng)
    kind = rng.random()
    if kind < _PRINTED:
        _print(field, labels[picked], typefaces, rng)
    elif kind < _PRINTED + _PENNED:
        _pen(field, labels[picked], script.strokes, rng)
    else:
        typeface = _any(typefaces, rng) if kind < _PRINTED + _PENNED + _LETTERED else None
        _write(field, images[picked], labels[picked], typeface, rng)
    if rng.random() < _LABELLED:
        field.put_words(typefaces, rng)
    drawn = field.scan("".join(map(str, labels[picked])), rng)
    return reduce_print(drawn, height, rng) if kind < _PRINTED else drawn


def draw_prose(typefaces: Sequence[Typeface], rng: np.random.Generator) -> DrawnString:
    """Draw a line of 1 to 5 words, which holds no digit, in one of the typefaces, or of OpenCV's."""
    height = int(rng.integers(24, 72))
    words = draw_words(int(rng.choice(5, p=_WORDS)) + 1, height, typefaces or OPENCV_FONTS, rng)
    line = np.pad(words, height // 3)
    drawn = DrawnString(scan(line, height, rng), np.where(line > 0, 255, 0).astype(np.uint8), "")
    return reduce_print(drawn, height, rng)


def reduce_print(drawn: DrawnString, height: int, rng: np.random.Generator) -> DrawnString:
    """Make what was printed smaller, down to ``_SMALLEST`` pixels; every halving is as likely.

    Args:
        drawn: Printed digits or words.
        height: Height of its digits in pixels.
        rng: Source of randomness.

    Returns:
        The same, smaller.
    """
    scale = float(np.exp(rng.uniform(np.log(_SMALLEST / height), 0.0)))
    size = max(1, round(drawn.page.shape[1] * scale)), max(1, round(drawn.page.shape[0] * scale))
    page = cv2.resize(drawn.page, size, interpolation=cv2.INTER_AREA)
    return DrawnString(page, cv2.resize(drawn.owners, size, interpolation=cv2.INTER_NEAREST), drawn.text)


class _Field:
    """The ink of a field as it fills from left to right.

    Attributes:
        height: Usual height of a digit in pixels.
        x: Where the next mark goes, in pixels from the left.
        base: Row of the base line.
    """

    def __init__(self, height: int, margin: float, digits: int) -> None:
        """Begin an empty field for so many digits, with a margin in digit heights."""
        self.height = height
        self.x = margin * height
        self.base = 2.0 * height
        self._ink = np.zeros((3 * height, (digits + 3) * int(1.6 * height)), np.uint8)
        self._owners = np.zeros_like(self._ink)
        self._rows = (3 * height, 0)  # these, and all between them, the field holds

    def put(self, mark: NDArray[np.uint8], owner: int, drop: float = 0.0, *, whole: bool = False) -> None:
        """Put a mark, its foot ``drop`` pixels below the base line; the next goes to its right side.

        A field may cut the feet or tops of marks, unless they are to be ``whole``.
        """
        height, width = mark.shape
        left = max(0, round(self.x))
        top = max(0, round(self.base + drop - height))
        if left + width > self._ink.shape[1]:
            more = ((0, 0), (0, left + width - self._ink.shape[1]))
            self._ink, self._owners = np.pad(self._ink, more), np.pad(self._owners, more)
        part = np.s_[top : top + height, left : left + width]
        mark = mark[: self._ink[part].shape[0]]
        if whole:
            self._rows = min(self._rows[0], top), max(self._rows[1], top + height)
        self._owners[part] = np.where((mark > 64) & (mark > self._ink[part]), owner, self._owners[part])
        self._ink[part] = np.maximum(self._ink[part], mark)
        self.x = float(left + width)

    def draw(self, stroke: Stroke, pen: float, owner: int) -> None:
        """Draw a stroke, ``(points, 2)`` x and y in pixels of the field, with a pen so many pixels wide."""
        mark = np.zeros_like(self._ink)
        draw_stroke(mark, stroke, pen)
        self._owners[:] = np.where((mark > 64) & (mark > self._ink), owner, self._owners)
        self._ink = np.maximum(self._ink, mark)

    def put_words(self, typefaces: Sequence[Typeface], rng: np.random.Generator) -> None:
        """Put one or two words, with paper on both sides."""
        size = max(12, round(self.height * rng.uniform(0.45, 1.0)))
        self.x += rng.uniform(0.05, 0.5) * self.height
        self.put(draw_words(int(rng.integers(1, 3)), size, typefaces, rng), 255, whole=True)
        self.x += rng.uniform(0.15, 0.6) * self.height

    def scan(self, text: str, rng: np.random.Generator) -> DrawnString:
        """Cut the field to what is written, with dirt, and scan it."""
        height, base = self.height, self.base
        right = min(self._ink.shape[1], int(self.x + rng.uniform(0.1, 1.0) * height))
        top = min(int(base - rng.uniform(1.15, 1.8) * height), self._rows[0])
        bottom = max(int(base + rng.uniform(0.1, 0.6) * height), self._rows[1])
        ink, owners = tear(self._ink, self._owners, height, rng)
        ink, owners = add_dirt(ink, owners, base, height, rng)
        part = np.s_[top:bottom, :right]
        return DrawnString(scan(ink[part], height, rng), owners[part], text)


def _write(
    field: _Field,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    typeface: Typeface | None,
    rng: np.random.Generator,
) -> None:
    """Write digits in one hand, made of images or of the digits of a typeface."""
    hand, height = Hand.draw(field.height, rng), field.height
    for place, (image, label) in enumerate(zip(images, labels, strict=True), 1):
        if hand.separates(place, len(labels), rng):
            _separate(field, hand, rng)
        small = place > hand.smaller_after
        shape = print_glyph(str(label), typeface, height).ink if typeface else image
        size = hand.smaller if small else hand.zero if label == 0 else 1.0
        digit = write(shape, hand, size, rng)
        field.put(digit, place, rng.normal(0, 0.05) * height - (hand.raised * height if small else 0.0))
        field.x += hand.gap(rng)
    _end(field, hand, rng)


def _separate(field: _Field, hand: Hand, rng: np.random.Generator) -> None:
    """Put a separator."""
    field.x += 0.06 * field.height
    mark = draw_mark(hand.separator, field.height, hand.pen * field.height, rng)
    drop = rng.uniform(-0.05, 0.2) * field.height
    field.put(mark, 255, drop)
    field.x += rng.uniform(-0.02, 0.15) * field.height


def _end(field: _Field, hand: Hand, rng: np.random.Generator) -> None:
    """Put the marks that end an amount, if any."""
    for _ in range(int(rng.choice(3, p=[0.55, 0.3, 0.15]))):
        field.x += 0.1 * field.height
        mark = draw_mark(draw_kind(rng), field.height, hand.pen * field.height, rng)
        drop = rng.uniform(-0.3, 0.2) * field.height
        field.put(mark, 255, drop)


def _pen(
    field: _Field, labels: NDArray[np.uint8], written: Sequence[PenDigit], rng: np.random.Generator
) -> None:
    """Write digits stroke by stroke, some joined to the next."""
    hand, pen_hand, height = Hand.draw(field.height, rng), PenHand.draw(rng, written), field.height
    pen = hand.pen * height
    before: Stroke | None = None
    for place, label in enumerate(labels, 1):
        if hand.separates(place, len(labels), rng):
            _separate(field, hand, rng)
            before = None
        size = float(np.exp(rng.normal(0, 0.1)))
        drop = rng.normal(0, 0.05) * height
        if place > hand.smaller_after:
            size, drop = size * hand.smaller, drop - hand.raised * height
        run = label == 0 and 0 in (*labels[place - 2 : place - 1], *labels[place : place + 1])
        strokes = pen_hand.write(int(label), hand.slant, bool(run), rng)
        origin = np.array([field.x + pen / 2, field.base + drop])
        strokes = [origin + stroke * (size * height, -size * height) for stroke in strokes]
        for stroke in strokes:
            field.draw(stroke, pen, place)
        joining = max(pen_hand.joining, pen_hand.running_on if run and labels[place - 2] == 0 else 0.0)
        if before is not None and rng.random() < joining * _chance(before, strokes[0], height):
            way = join(before, strokes[0], rng)
            half = len(way) // 2
            field.draw(way[: half + 1], pen, place - 1)
            field.draw(way[half:], pen, place)
        before = strokes[-1]
        field.x = max(float(stroke[:, 0].max()) for stroke in strokes) + pen / 2 + hand.gap(rng)
    _end(field, hand, rng)


def _chance(end: Stroke, start: Stroke, height: int) -> float:
    """How readily a pen goes on from one stroke to the next: the less, the longer the way."""
    way = float(np.linalg.norm(start[0] - end[-1])) / height
    return float(np.exp(-0.5 * (way / 0.5) ** 2))


def _print(
    field: _Field, labels: NDArray[np.uint8], typefaces: Sequence[Typeface], rng: np.random.Generator
) -> None:
    """Print digits in one typeface, with points between them or none."""
    typeface, height = _any(typefaces, rng), field.height
    spacing = rng.choice([0.0, 0.0, 0.0, -0.05, 0.06, 0.25]) * height
    separators, separator = rng.choice([0.0, 0.0, 0.12, 0.3]), rng.choice(list(_POINTS))
    for place, label in enumerate(labels, 1):
        if rng.random() < separators and place > 1:
            _set(field, separator, typeface, 255, spacing)
        _set(field, str(label), typeface, place, spacing)


def _set(field: _Field, character: str, typeface: Typeface, owner: int, spacing: float) -> None:
    """Put a printed character where its typeface has it."""
    glyph = print_glyph(character, typeface, field.height)
    start = field.x
    field.x += glyph.left
    if glyph.ink.size:
        field.put(glyph.ink, owner, glyph.drop, whole=True)
    field.x = start + glyph.advance + spacing


def _any(typefaces: Sequence[Typeface], rng: np.random.Generator) -> Typeface:
    return typefaces[int(rng.integers(len(typefaces)))]
