"""Handwriting: digits in one hand and words beside them, drawn as ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.data.typefaces import Typeface
from digitscan.strokes import stroke_width
from digitscan.training.drawing.distort import change_pen, distort
from digitscan.training.drawing.marks import draw_kind
from digitscan.training.drawing.printing import print_line

_LETTERS = "ACDEFGHJKLMNPQRTUVWXYacdefhkmnprtuvwx"
"""Letters that do not look like a digit."""

_CAPITALS = "".join(letter for letter in _LETTERS if letter.isupper())

_WRITTEN = 0.5
"""Share of single words that are written by hand rather than printed."""

_SMALLER = 0.15
"""Share of strings whose later digits are written smaller and higher, as cents and thousands are."""

_SMALL_ZEROS = 0.3
"""Share of strings whose zeros are smaller than the other digits."""

_PENS = (0.035, 0.16)
"""Widths of the thinnest and of the broadest pen beside the digits' height; every doubling is as likely."""

_DATED = 0.15
"""Share of strings with separators where those of a date are: behind two digits and behind four."""

_OF_DATES = {"slash": 0.5, "dash": 0.25, "dot": 0.25}
"""Kinds of marks there and their shares."""

_ONE_PEN = 0.7
"""Share of strings whose digits are brought to the width of one pen."""


@dataclass(frozen=True)
class Hand:
    """How one writer writes one string; lengths are shares of the digits' height unless said otherwise.

    Attributes:
        height: Usual height of a digit in pixels.
        slant: Pixels that it leans to the right a pixel upwards.
        pen: Width of the pen.
        one_pen: Whether all digits are brought to that width, or keep that of the digits they are made of.
        tight: Usual gap between digits; less than nothing where they overlap.
        separators: Probability of a separator before a digit,
        grouping: and that of one where groups meet.
        dated: Whether these are those of a date, of two digits, two and the rest, or of three digits each.
        separator: Kind of mark that separates.
        smaller_after: Digits after which the rest is written smaller.
        smaller: Height of those.
        raised: How far they stand above the base line.
        zero: Height of a zero beside that of other digits.
    """

    height: int
    slant: float
    pen: float
    one_pen: bool
    tight: float
    separators: float
    grouping: float
    dated: bool
    separator: str
    smaller_after: int
    smaller: float
    raised: float
    zero: float

    @classmethod
    def draw(cls, height: int, rng: np.random.Generator) -> Hand:
        """Draw a hand at random that writes digits of ``height`` pixels."""
        dated = bool(rng.random() < _DATED)
        return cls(
            height,
            rng.normal(0.05, 0.2),
            float(np.exp(rng.uniform(*np.log(_PENS)))),
            bool(rng.random() < _ONE_PEN),
            rng.choice([-0.12, -0.04, 0.03, 0.12, 0.3]),
            rng.choice([0.0, 0.12]),
            0.95 if dated else rng.choice([0.0, 0.9]),
            dated,
            str(rng.choice(list(_OF_DATES), p=list(_OF_DATES.values()))) if dated else draw_kind(rng),
            int(rng.integers(1, 5)) if rng.random() < _SMALLER else 99,
            rng.uniform(0.5, 0.85),
            rng.uniform(0.0, 0.3),
            rng.uniform(0.5, 1.0) if rng.random() < _SMALL_ZEROS else 1.0,
        )

    def separates(self, place: int, count: int, rng: np.random.Generator) -> bool:
        """Whether a separator comes before the digit at a place, from 1, of so many."""
        between_groups = place in (3, 5) if self.dated else place > 1 and (count - place) % 3 == 2
        return bool(place > 1 and rng.random() < (self.grouping if between_groups else self.separators))

    def gap(self, rng: np.random.Generator) -> float:
        """Paper between this digit and the next, in pixels; overlaps are negative."""
        return float(rng.normal(self.tight, 0.08)) * self.height


def write(digit: NDArray[np.uint8], hand: Hand, size: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Write one digit in a string's hand.

    Args:
        digit: ``(H, W)`` ink density, of any size.
        hand: How.
        size: Its height beside the hand's usual one.
        rng: Source of randomness.

    Returns:
        ``(height, width)`` ink density, cut to its ink.
    """
    x, y, width, height = cv2.boundingRect(digit)
    scale = hand.height * size * float(np.exp(rng.normal(0, 0.1))) / max(height, 0.6 * width)
    enlarged = max(2, round(width * scale)), max(2, round(height * scale))
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    large = cv2.resize(digit[y : y + height, x : x + width], enlarged, interpolation=interpolation)
    margin = hand.height // 2
    large = np.pad(large, margin)
    large = distort(large, rng)
    shear = np.array([[1, -hand.slant, hand.slant * large.shape[0] / 2], [0, 1, 0]], np.float32)
    large = cv2.warpAffine(large, shear, (large.shape[1], large.shape[0]), flags=cv2.INTER_LINEAR)
    if hand.one_pen:
        mask = cv2.threshold(large, 127, 255, cv2.THRESH_BINARY)[1]
        large = change_pen(large, hand.pen * hand.height - stroke_width(mask))
    return _cut(large)


def draw_words(
    count: int, height: int, typefaces: Sequence[Typeface], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw words without meaning: a line of print, or one word written by hand.

    Args:
        count: Words on the line.
        height: Height of digits of the same size in pixels.
        typefaces: Those to choose from.
        rng: Source of randomness.

    Returns:
        ``(H, W)`` ink density; empty when the typeface has none of the letters.
    """
    words = [_draw_word(rng) for _ in range(count)]
    typeface = typefaces[int(rng.integers(len(typefaces)))]
    line = print_line(" ".join(words), typeface, height, max(0.0, rng.normal(0, 0.08)) * height).ink
    if not line.size or count > 1 or rng.random() >= _WRITTEN:
        return line
    return _cut(distort(np.pad(line, height // 2 + line.shape[1] // 8), rng))


def _draw_word(rng: np.random.Generator) -> str:
    word = "".join(rng.choice(list(_LETTERS), int(rng.integers(1, 9))))
    style = rng.random()
    if style < 0.25:
        return word
    lower = "".join(letter for letter in word if letter.islower())
    if style < 0.5 and lower:
        return lower
    if style < 0.75:
        return "".join(letter for letter in word if letter.isupper()) or word
    return rng.choice(list(_CAPITALS)) + lower


def _cut(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    x, y, width, height = cv2.boundingRect(np.where(image >= 64, image, 0))
    return image[y : y + max(1, height), x : x + max(1, width)]
