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

_NEVER = -1e9
"""Log weight of a step that there is not: no path has as little."""

_FAINTEST = -700.0
"""Paths that weigh less than this beside the best one add nothing; below it powers are slow to compute."""

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
    # With zeros behind the ends of shorter strings.
    digits = np.array([list(map(int, text.ljust(longest, "0"))) for text in texts], int)
    digits = digits.reshape(len(texts), longest)
    starts, stops = lattice.runs.T
    longest_run = int((stops - starts).max())
    # By the piece behind them: the steps that take a candidate as a digit, the longest first. The step before
    # them passes over the piece, which only a candidate of one piece does.
    runs = stops, starts - stops + longest_run + 1
    numbers = np.zeros((lattice.pieces + 1, longest_run + 1), int)
    numbers[runs] = np.arange(len(starts))
    numbers[:, 0] = numbers[:, -1]
    naming = np.full((*numbers.shape, *digits.shape), _NEVER)
    naming[runs] = weights[:, digits]
    passing = np.full(lattice.pieces + 1, _NEVER)
    alone = stops == starts + 1
    passing[stops[alone]] = skips[alone]
    # By piece, none before the first, string and digits read so far: log weight of all paths and of the best,
    # and which step was that one's last.
    ways = np.full((2, longest_run + lattice.pieces + 1, len(texts), longest + 1), _NEVER)
    ways[:, longest_run, :, 0] = 0.0
    last = np.zeros((lattice.pieces + 1, *ways.shape[2:]), int)
    steps = np.full((2, longest_run + 1, *ways.shape[2:]), _NEVER)
    of_all, of_best = steps
    for stop, skip in enumerate(passing[1:].tolist(), 1):
        before = ways[:, stop : stop + longest_run]
        np.add(before[:, -1], skip, out=steps[:, 0])
        np.add(before[..., :-1], naming[stop, 1:], out=steps[:, 1:, :, 1:])
        of_best.argmax(axis=0, out=last[stop])
        total, best = ways[:, longest_run + stop]
        of_best.max(axis=0, out=best)
        # What numpy's logaddexp gives, which takes far longer; all paths weigh no less than the best.
        others = np.maximum(of_all - best, _FAINTEST)
        np.add(best, np.log(np.exp(others, out=others).sum(axis=0)), out=total)
    totals = ways[0, -1, np.arange(len(texts)), [len(text) for text in texts]].tolist()
    back, likely = last.tolist(), probabilities.tolist()
    weighed: list[Weighed | None] = []
    for row, (text, total) in enumerate(zip(texts, totals, strict=True)):
        if total <= _NEVER / 2:
            weighed.append(None)
            continue
        places: list[Place] = []
        piece, left = lattice.pieces, len(text)
        while piece > 0:
            step = back[piece][row][left]
            number = numbers[piece, step]
            candidate = lattice.candidates[number]
            if step:
                left -= 1
                digit = int(text[left])
                places.append(Place(digit, likely[number][digit], candidate))
            piece = candidate.start
        weighed.append(Weighed(total, tuple(reversed(places))))
    return weighed
