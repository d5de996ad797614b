"""Weighing: how likely each candidate of a field is each digit or nothing.

The weight of a path through the lattice of pieces is the product of its steps', that of a digit being what
the classifier says of the candidate times how likely a digit has its height beside the others'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.segmentation import Candidate, Segmentation

PASSED = 10
"""Column of the weights for passing over a candidate; columns 0 to 9 are the digits."""

_HEIGHT_SPREAD = 0.35
"""Spread of the logarithm of digits' heights beside the usual one of their field."""

_NOISE_HEIGHT = 0.5
"""Heights of what is passed over, as shares of a digit's, fall off like a half Gauss curve of this spread."""

_LEAST = 1e-6
"""Least probability that anything is given: no classifier is that sure."""

_EVIDENCE = 0.5
"""Weight of the evidence that a candidate is whole; neighbours share ink, so it does not count in full."""

_NOISE = 0.05
"""How likely a candidate is to be passed over where the classifier cannot tell."""

_DOUBTS = (0.3, 0.1)
"""How likely a candidate is no whole digit where the classifier cannot tell: a joined one, and any other."""


class Place(NamedTuple):
    """A digit of a reading: its class, the classifier's probability, and which candidate it is."""

    digit: int
    probability: float
    candidate: Candidate


@dataclass(frozen=True)
class Classes:
    """Which of a classifier's columns mean what.

    Attributes:
        noise: Column of what is no digit but whole, to be passed over; None when the classifier has none.
        part: Column of pieces and merges of digits; None when the classifier has none.
    """

    noise: int | None = None
    part: int | None = None


class Weights(NamedTuple):
    """A field's lattice, and what its candidates may be.

    Attributes:
        lattice: The field's pieces and candidates.
        probabilities: ``(N, C)``, the classifier's output for each candidate; columns 0 to 9 are the digits.
        weights: ``(N, 11)`` log weights of taking each candidate as each digit, and of passing over it.
    """

    lattice: Segmentation
    probabilities: NDArray[np.float32]
    weights: NDArray[np.float64]

    def place(self, digit: int, candidate: int) -> Place:
        """A candidate taken as a digit."""
        return Place(digit, float(self.probabilities[candidate, digit]), self.lattice.candidates[candidate])


def weigh_candidates(
    lattices: Sequence[Segmentation],
    probabilities: Sequence[NDArray[np.float32]],
    classes: Classes,
    heights: Sequence[float | None],
) -> list[Weights]:
    """Weigh what the candidates of fields may be, of all of them at once.

    Args:
        lattices: The fields' pieces and candidates.
        probabilities: For each field ``(N, C)``, the classifier's output for its candidates.
        classes: What the columns behind the digits mean.
        heights: Usual height of each field's digits in pixels, where it is known better than from the field
            alone.

    Returns:
        The weights of each field.
    """
    if not lattices:
        return []
    counts = [len(lattice.candidates) for lattice in lattices]
    usual = [height or lattice.digit_height for height, lattice in zip(heights, lattices, strict=True)]
    candidates = [candidate for lattice in lattices for candidate in lattice.candidates]
    given = np.log(np.maximum(np.concatenate(probabilities).astype(np.float64), _LEAST))
    joined = np.array([candidate.stop > candidate.start + 1 for candidate in candidates], bool)
    highs = np.array([candidate.box[3] for candidate in candidates], np.float64)
    ratios = highs / np.maximum(usual, 1e-3).repeat(counts)
    doubts = given[:, classes.part] if classes.part is not None else np.log(np.where(joined, *_DOUBTS))
    whole = -_EVIDENCE * doubts
    sizes = -0.5 * (np.log(ratios) / _HEIGHT_SPREAD) ** 2
    noise = given[:, classes.noise] if classes.noise is not None else np.full(len(given), log(_NOISE))
    weights = np.empty((len(given), 11))
    np.add(given[:, :10], (whole + sizes)[:, None], out=weights[:, :PASSED])
    weights[:, PASSED] = np.where(joined, -inf, noise + whole - 0.5 * (ratios / _NOISE_HEIGHT) ** 2)
    ends = [0, *accumulate(counts)]
    return [
        Weights(lattice, its, weights[start:stop])
        for lattice, its, (start, stop) in zip(lattices, probabilities, pairwise(ends), strict=True)
    ]
