"""Strings of MNIST's digits, drawn in ways that are hard to read: what ``strings.py`` measures with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from string_scanning import FINE, scan
from string_writing import Hand, Mark, Rng, Trait, write_string

from digitscan.data import Digits

SEED = 20240611
LENGTHS = range(3, 11)
KINDS = (
    (
        Trait.TOUCHING,
        Trait.OVERLAPPING,
        Trait.LIGATURES,
        Trait.BROKEN,
        Trait.COMB,
        Trait.LOW,
        Trait.HIGH,
    ),
    (Trait.PENCIL, Trait.TEXTURED),
    (Trait.SEPARATORS,),
    (Trait.SLANTED,),
)
"""Traits of one kind exclude each other, as a person could hardly read what has both."""

MIXED = "three at once"
CONDITIONS = ("apart", *Trait, MIXED)

HEIGHTS, HIGH_HEIGHTS, LOW_HEIGHT = (36, 64), (180, 220), 12
"""Usual height of the digits in pixels: from, to; at 600 dpi; at low resolution."""

SHEAR = (0.15, 0.4)
"""Pixels to the side for each pixel up, either way."""


class Drawing(NamedTuple):
    """A drawn string: its digits, the grey picture ``(H, W)`` ``uint8``, and its digits as they were written.

    The marks tell of the writing alone: what is torn, faint, printed or reduced later is whole there.
    """

    text: str
    picture: NDArray[np.uint8]
    marks: list[Mark]


def draw_string(digits: Digits, condition: str, number: int, seed: int = SEED) -> Drawing:
    """Draw a string of digits.

    Args:
        digits: To take each digit from, at random; all ten must be among them.
        condition: One of ``CONDITIONS``.
        number: Of the string; its length follows from it, the rest from it, the condition and the seed.
        seed: Of all that is random.

    Returns:
        The drawing.
    """
    rng = np.random.default_rng([seed, CONDITIONS.index(condition), number])
    traits = choose_traits(condition, rng)
    height = int(rng.integers(*HEIGHTS, endpoint=True))
    if Trait.HIGH in traits:
        height = int(rng.integers(*HIGH_HEIGHTS, endpoint=True))
    if Trait.LOW in traits:
        height = LOW_HEIGHT * FINE
    shear = rng.uniform(*SHEAR) * rng.choice((-1, 1)) if Trait.SLANTED in traits else 0.0
    hand = Hand(digits, height, shear, rng)
    text, marks, others = write_string(LENGTHS[number % len(LENGTHS)], hand, traits, rng)
    return Drawing(text, scan([*marks, *others], height, len(text), traits, rng), marks)


def choose_traits(condition: str, rng: Rng) -> set[Trait]:
    """Choose the traits of a string of a condition."""
    if condition == MIXED:
        kinds = rng.choice(len(KINDS), 3, replace=False)
        return {KINDS[kind][rng.integers(len(KINDS[kind]))] for kind in kinds}
    return {Trait(condition)} if condition in list(Trait) else set()
