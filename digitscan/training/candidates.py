"""What networks learn from synthetic strings: candidates, each labelled by whose ink it holds, and strips.

What the classifier meets in a field is not digits alone: it is every candidate of the segmentation, pieces
and merges of digits, separators and dirt among them. So drawn strings are put through the reader's own ink
and segmentation, and as it is known whose ink is where, each candidate gets its class. The transcriber meets
the same ink as a strip.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.crops import make_crops
from digitscan.data import Script
from digitscan.ink import find_ink
from digitscan.rules import find_rules, remove_rules
from digitscan.segmentation import Candidate, Segmentation, segment
from digitscan.strips import make_strip
from digitscan.training.drawing.strings import DrawnString, draw_prose, draw_string

NOISE = 10
"""Class of separators, dirt and letters: whole things that are no digits."""

PART = 11
"""Class of pieces and merges of digits."""

_WHOLE = 0.85
"""A candidate with this share of a digit's ink holds that digit."""

_FOREIGN = 0.12
"""With more ink of other digits than this share of its own, a candidate is a merge."""

_DIRT = 0.25
"""With more dirt or separator than this share of its own ink too; a digit on a rest of a rule is still that
digit."""


class StringExample(NamedTuple):
    """What there is to learn from one drawn string.

    Attributes:
        crops: ``(M, 28, 28)`` ``float32`` crops of its candidates.
        geometry: ``(M, len(GEOMETRY))`` ``float32``, what is measured of them.
        classes: ``(M,)`` ``int64`` their classes.
        strip: ``(HEIGHT, W)`` ``uint8`` picture of it as a whole, 255 for ink.
        text: Its digits.
    """

    crops: NDArray[np.float32]
    geometry: NDArray[np.float32]
    classes: NDArray[np.int64]
    strip: NDArray[np.uint8]
    text: str


def find_density(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Find the ink of a field as the reader does, without ruled lines.

    Args:
        page: ``(H, W)`` grey.

    Returns:
        ``(H, W)`` ink density, 0 for paper to 255.
    """
    ink = find_ink(page)
    return remove_rules(ink.density, find_rules(ink))


def label_candidates(drawn: DrawnString, density: NDArray[np.uint8], lattice: Segmentation) -> dict[int, int]:
    """Label the candidates of a drawn string by whose ink they hold.

    Args:
        drawn: The string.
        density: Its ink, as ``find_density`` finds it.
        lattice: What ``segment`` makes of that.

    Returns:
        Classes by the candidates' places in the lattice: 0 to 9 for a whole digit and nothing else,
        ``NOISE``, ``PART``. Candidates in between are left out.
    """
    totals = np.bincount(drawn.owners[density >= 128], minlength=256)
    if not lattice.candidates:
        return {}
    first = lattice.candidates[0]
    scale = round(first.density.shape[1] / first.box[2])
    owners = drawn.owners.repeat(scale, axis=0).repeat(scale, axis=1)
    labels = (_label(candidate, owners, scale, totals, drawn.text) for candidate in lattice.candidates)
    return {place: label for place, label in enumerate(labels) if label is not None}


def string_examples(script: Script, count: int, seed: int) -> Iterator[StringExample]:
    """Draw ``count`` strings and give what there is to learn from each.

    Args:
        script: What the strings are written and printed with.
        count: Strings to draw; one in eight is a line of words.
        seed: The same seed draws the same strings.
    """
    rng = np.random.default_rng(seed)
    for _ in range(count):
        drawn = draw_prose(script.fonts, rng) if rng.random() < 0.125 else draw_string(script, rng)
        density = find_density(drawn.page)
        lattice = segment(density)
        classes = label_candidates(drawn, density, lattice)
        places = list(classes)
        yield StringExample(
            make_crops([lattice.candidates[place].density for place in places]),
            lattice.geometry[places],
            np.array(list(classes.values()), np.int64),
            make_strip(density, lattice.components, lattice.line).picture,
            drawn.text,
        )


def _label(
    candidate: Candidate, owners: NDArray[np.uint8], scale: int, totals: NDArray[np.int64], text: str
) -> int | None:
    """Class of a candidate; ``owners`` is at the candidates' scale, ``totals`` at that of the page."""
    left, top = round(candidate.box[0] * scale), round(candidate.box[1] * scale)
    height, width = candidate.density.shape
    inked = candidate.density >= 128
    if not inked.any():
        return None
    shares = np.bincount(owners[top : top + height, left : left + width][inked], minlength=256) / scale**2
    digits, others = shares[1:255], shares[255] + shares[0]
    best = int(digits.argmax())
    if digits.sum() < 0.1 * others:
        return NOISE
    if digits.sum() < 0.5 * others:
        return None
    whole = digits[best] / max(totals[best + 1], 1)
    foreign = (digits.sum() - digits[best]) / digits[best] / _FOREIGN + shares[255] / digits[best] / _DIRT
    if whole >= _WHOLE and foreign <= 0.7:
        return int(text[best])
    if whole >= _WHOLE - 0.1 and foreign <= 1.0:
        return None  # nearly a digit: neither a good example of one nor of a part
    return PART
