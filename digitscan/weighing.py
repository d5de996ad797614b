"""Weighing: how likely each candidate of a field is each digit or nothing, and strings of them.

The weight of a path through the lattice of pieces is the product of its steps', that of a digit being what
the classifier says of the candidate times how likely a digit has its height beside the others'. The weight of
a string is the sum of those of all paths that read it (LeCun et al. 1998, section VI).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.segmentation import Candidate, Segmentation

_HEIGHT_SPREAD = 0.35
"""Spread of the logarithm of digits' heights beside the usual one of their field."""

_NOISE_HEIGHT = 0.5
"""Heights of what is passed over, as shares of a digit's, fall off like a half Gauss curve of this spread."""

_LEAST = 1e-6
"""Least probability that anything is given: no classifier is that sure."""

_EVIDENCE = 0.5
"""Weight of the evidence that a candidate is whole; neighbours share ink, so it does not count in full."""

_HOPELESS = -1e9
"""Log weight that no path has."""

_NOISE = 0.05
"""How likely a candidate is to be passed over where the classifier cannot tell."""

_DOUBTS = (0.3, 0.1)
"""How likely a candidate is no whole digit where the classifier cannot tell: a joined one, and any other."""


class Place(NamedTuple):
    """A digit of a reading: its class, the classifier's probability, and which candidate it is."""

    digit: int
    probability: float
    candidate: Candidate


class Weighed(NamedTuple):
    """A string as a reading of a field: log weight of all its paths, and the digits of the best of them."""

    weight: float
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Classes:
    """Which of a classifier's columns mean what.

    Attributes:
        noise: Column of what is no digit but whole, to be passed over; None when the classifier has none.
        part: Column of pieces and merges of digits; None when the classifier has none.
    """

    noise: int | None = None
    part: int | None = None


def weigh_candidates(
    lattice: Segmentation, probabilities: NDArray[np.float32], classes: Classes, usual: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weigh what each candidate may be.

    Args:
        lattice: The field's pieces and candidates.
        probabilities: ``(N, C)``, the classifier's output for each candidate; columns 0 to 9 are the digits.
        classes: What the other columns mean.
        usual: Usual height of a digit in pixels.

    Returns:
        Log weights of taking each candidate as each digit, ``(N, 10)``, and of passing over it, ``(N,)``.
    """
    given = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    starts, stops = lattice.runs.T
    joined = stops > starts + 1
    ratios = lattice.heights / max(usual, 1e-3)
    doubts = given[:, classes.part] if classes.part is not None else np.log(np.where(joined, *_DOUBTS))
    whole = -_EVIDENCE * doubts
    sizes = -0.5 * (np.log(ratios) / _HEIGHT_SPREAD) ** 2
    noise = given[:, classes.noise] if classes.noise is not None else np.full(len(given), log(_NOISE))
    skips = np.where(joined, -inf, noise + whole - 0.5 * (ratios / _NOISE_HEIGHT) ** 2)
    return given[:, :10] + (whole + sizes)[:, None], skips


def weigh_texts(
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    texts: Sequence[str],
) -> list[Weighed | None]:
    """Weigh given strings as readings of a field, likely or not.

    Args:
        lattice: The field's pieces and candidates; at least one.
        probabilities: ``(N, C)``, the classifier's output for each candidate; columns 0 to 9 are the digits.
        classes: What the other columns mean.
        texts: Strings of digits.

    Returns:
        For each string its weight and its best path's digits; None for a string with more digits than the
        field has pieces for.
    """
    weights, skips = weigh_candidates(lattice, probabilities, classes, lattice.digit_height)
    longest = max(map(len, texts), default=0)
    digits = np.array([[int(digit) for digit in text.ljust(longest, "0")] for text in texts], int)
    digits = digits.reshape(len(texts), longest)  # with zeros behind the ends of shorter strings
    starts, stops = lattice.runs.T
    # By the piece behind them and the number of theirs: the candidates, and the weights of their steps.
    longest_run = int((stops - starts).max())
    runs = stops, starts - stops + longest_run
    numbers = np.zeros((lattice.pieces + 1, longest_run), int)
    numbers[runs] = np.arange(len(starts))
    passing = np.full((*numbers.shape, 1, 1), -inf)
    passing[runs] = skips[:, None, None]
    naming = np.full((*numbers.shape, *digits.shape), -inf)
    naming[runs] = weights[:, digits]
    # By piece, none before the first, string and digits read so far: log weight of all paths and of the best,
    # and which step was that one's last.
    ways = np.full((2, longest_run + lattice.pieces + 1, len(texts), longest + 1), -inf)
    ways[:, longest_run, :, 0] = 0.0
    last = np.zeros((lattice.pieces + 1, *ways.shape[2:]), int)
    steps = np.full((2, 2 * longest_run, *ways.shape[2:]), -inf)
    for stop in range(1, lattice.pieces + 1):
        before = ways[:, stop : stop + longest_run]
        np.add(before, passing[stop], out=steps[:, :longest_run])
        np.add(before[..., :-1], naming[stop], out=steps[:, longest_run:, :, 1:])
        most = steps.max(axis=1)
        steps[1].argmax(axis=0, out=last[stop])
        # What numpy's logaddexp gives, which takes far longer.
        of_all = np.exp(steps[0] - np.maximum(most[0], _HOPELESS)).sum(axis=0)
        most[0] += np.log(np.maximum(of_all, 1.0))
        ways[:, longest_run + stop] = most
    totals = ways[0, -1, np.arange(len(texts)), [len(text) for text in texts]].tolist()
    back, likely = last.tolist(), probabilities.tolist()
    weighed: list[Weighed | None] = []
    for row, (text, total) in enumerate(zip(texts, totals, strict=True)):
        if total == -inf:
            weighed.append(None)
            continue
        places: list[Place] = []
        piece, left = lattice.pieces, len(text)
        while piece > 0:
            is_digit, run = divmod(back[piece][row][left], longest_run)
            number = numbers[piece, run]
            candidate = lattice.candidates[number]
            if is_digit:
                left -= 1
                digit = int(text[left])
                places.append(Place(digit, likely[number][digit], candidate))
            piece = candidate.start
        weighed.append(Weighed(total, tuple(reversed(places))))
    return weighed
