"""Candidates of synthetic strings, each labelled by whose ink it holds.

What the classifier meets in a field is not digits alone: it is every candidate of the segmentation, pieces
and merges of digits, separators and dirt among them. So drawn strings are put through the reader's own ink
and segmentation, and as it is known whose ink is where, each candidate gets its class.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from digitscan.crops import make_crops
from digitscan.ink import find_ink
from digitscan.rules import find_rules, remove_rules
from digitscan.segmentation import Candidate, segment
from digitscan.training.strings import DrawnString, draw_prose, draw_string

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


def label_candidates(drawn: DrawnString) -> tuple[list[Candidate], list[int]]:
    """Segment a drawn string as the reader does, and label each candidate by whose ink it holds.

    Returns:
        Candidates and their classes: 0 to 9 for a whole digit and nothing else, ``NOISE``, ``PART``.
        Candidates in between are left out.
    """
    ink = find_ink(drawn.page)
    density = remove_rules(ink.density, find_rules(ink.mask, ink.stroke))
    totals = np.bincount(drawn.owners[density >= 128], minlength=256)
    kept, classes = [], []
    for candidate in segment(density).candidates:
        label = _label(candidate, drawn, totals)
        if label is not None:
            kept.append(candidate)
            classes.append(label)
    return kept, classes


def string_examples(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, seed: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Draw ``count`` strings and give the crops and classes of the candidates of each.

    Args:
        images: ``(N, 28, 28)`` ``uint8`` digits.
        labels: ``(N,)`` their classes.
        count: Strings to draw; one in eight is a word of letters.
        seed: The same seed draws the same strings.

    Yields:
        ``(M, 28, 28)`` crops and ``(M,)`` classes of one string.
    """
    rng = np.random.default_rng(seed)
    for _ in range(count):
        drawn = draw_prose(rng) if rng.random() < 0.125 else draw_string(images, labels, rng)
        candidates, classes = label_candidates(drawn)
        yield make_crops([candidate.density for candidate in candidates]), np.array(classes, np.int64)


def _label(candidate: Candidate, drawn: DrawnString, totals: NDArray[np.int64]) -> int | None:
    x, y, width, _ = candidate.box
    scale = candidate.density.shape[1] / width
    rows = np.minimum(
        (y + (np.arange(candidate.density.shape[0]) + 0.5) / scale).astype(int), drawn.owners.shape[0] - 1
    )
    columns = np.minimum(
        (x + (np.arange(candidate.density.shape[1]) + 0.5) / scale).astype(int), drawn.owners.shape[1] - 1
    )
    inked = candidate.density >= 128
    if not inked.any():
        return None
    shares = np.bincount(drawn.owners[np.ix_(rows, columns)][inked], minlength=256) / scale**2
    digits, others = shares[1:255], shares[255] + shares[0]
    best = int(digits.argmax())
    if digits.sum() < 0.1 * others:
        return NOISE
    if digits.sum() < 0.5 * others:
        return None
    whole = digits[best] / max(totals[best + 1], 1)
    foreign = (digits.sum() - digits[best]) / digits[best] / _FOREIGN + shares[255] / digits[best] / _DIRT
    if whole >= _WHOLE and foreign <= 0.7:
        return int(drawn.text[best])
    if whole >= _WHOLE - 0.1 and foreign <= 1.0:
        return None  # nearly a digit: neither a good example of one nor of a part
    return PART
