"""Decoding: the string that a field's candidates read best, its probability and its runners-up.

A reading is a path through the lattice of pieces: each step takes a candidate as one digit, or passes over a
piece that is no part of any. The weight of a path is the product of its steps', that of a digit being what
the classifier says of the candidate times how likely a digit has its height beside the others'. The
probability of a string is the weight of the paths that read it by the weight of all paths, the forward sum
of LeCun et al. (1998), section VI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.segmentation import Candidate, Segmentation

BEAM = 12
"""Strings kept at each place of the lattice."""

_HEIGHT_SPREAD = 0.35
"""Spread of the logarithm of digits' heights beside the usual one of their field."""

_NOISE_HEIGHT = 0.5
"""Heights of what is passed over, as shares of a digit's, fall off like a half Gauss curve of this spread."""

_LEAST = 1e-6
"""Least probability that anything is given: no classifier is that sure."""

_EVIDENCE = 0.5
"""Weight of the evidence that a candidate is whole; neighbours share ink, so it does not count in full."""

_MOST_DIGITS = 3
"""Digits that a candidate is taken for at the most when readings are searched."""

_LIKELY = 1e-3
"""Probability of a digit under which it is not one of these, except for the likeliest."""

_NOISE = 0.05
"""How likely a candidate is to be passed over where the classifier cannot tell."""

_DOUBTS = (0.3, 0.1)
"""How likely a candidate is no whole digit where the classifier cannot tell: a joined one, and any other."""


@dataclass(frozen=True)
class Place:
    """A digit of a reading: its class, the classifier's probability, and which candidate it is."""

    digit: int
    probability: float
    candidate: Candidate


@dataclass(frozen=True)
class Reading:
    """A string read from a field, with the probability that all of it is right."""

    text: str
    probability: float
    places: tuple[Place, ...]


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


def decode(
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    *,
    most_digits: int | None = None,
    height: float | None = None,
) -> list[Reading]:
    """Find the best readings of a field.

    Args:
        lattice: The field's pieces and candidates.
        probabilities: ``(N, C)``, the classifier's output for each candidate; columns 0 to 9 are the digits.
        classes: What the other columns mean.
        most_digits: Digits in the field at the most; 1 for a cell of a comb.
        height: Usual height of a digit in pixels, when it is known better than from this field alone.

    Returns:
        Up to ``BEAM`` readings, the most probable first, each string once. A field without ink reads "".
    """
    usual = height or lattice.digit_height
    beams: list[dict[str, _Partial]] = [{} for _ in range(lattice.pieces + 1)]
    beams[0][""] = _Partial(0.0, 0.0, ())
    totals = np.full((lattice.pieces + 1, 1 + (most_digits or 0)), -inf)
    totals[0, 0] = 0.0
    steps = _steps(lattice, probabilities, classes, usual)
    for start in range(lattice.pieces):
        kept = sorted(beams[start].items(), key=lambda item: -item[1].total)[:BEAM]
        for stop, skip, digits, candidate in steps[start]:
            _add_total(totals, start, stop, skip, digits, most_digits)
            for text, partial in kept:
                if skip > -inf:
                    _offer(beams[stop], text, partial, skip, None)
                if most_digits is not None and len(text) >= most_digits:
                    continue
                for digit, weight, probability in digits:
                    _offer(
                        beams[stop], text + str(digit), partial, weight, Place(digit, probability, candidate)
                    )
    whole = float(np.logaddexp.reduce(totals[-1]))
    best = sorted(beams[-1].items(), key=lambda item: -item[1].total)[:BEAM]
    return [Reading(text, min(1.0, exp(partial.total - whole)), partial.places) for text, partial in best]


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
    weights, skips = _weigh_candidates(lattice, probabilities, classes, lattice.digit_height)
    longest = max(map(len, texts), default=0)
    digits = np.array([[int(digit) for digit in text.ljust(longest, "0")] for text in texts], int)
    digits = digits.reshape(len(texts), longest)
    # By piece, string and digits read so far: log weight of all paths and of the best, and that one's last
    # candidate, a digit or passed over.
    ways = np.full((2, lattice.pieces + 1, len(texts), longest + 1), -inf)
    ways[:, 0, :, 0] = 0.0
    last = np.full(ways.shape[1:], -1)
    passed = np.zeros(ways.shape[1:], bool)
    for number, (candidate, weight, skip) in enumerate(zip(lattice.candidates, weights, skips, strict=True)):
        before, stop = ways[:, candidate.start], candidate.stop
        taken = np.full(before.shape, -inf)
        taken[..., 1:] = before[..., :-1] + weight[digits]
        skipped = before + skip
        ways[0, stop] = np.logaddexp(ways[0, stop], np.logaddexp(taken[0], skipped[0]))
        better = np.maximum(taken[1], skipped[1]) > ways[1, stop]
        ways[1, stop] = np.where(better, np.maximum(taken[1], skipped[1]), ways[1, stop])
        last[stop][better] = number
        passed[stop][better] = (skipped[1] >= taken[1])[better]
    weighed: list[Weighed | None] = []
    for row, text in enumerate(texts):
        total = float(ways[0, -1, row, len(text)])
        if total == -inf:
            weighed.append(None)
            continue
        places: list[Place] = []
        piece, left = lattice.pieces, len(text)
        while piece > 0:
            number = int(last[piece, row, left])
            candidate = lattice.candidates[number]
            if not passed[piece, row, left]:
                left -= 1
                digit = int(text[left])
                places.insert(0, Place(digit, float(probabilities[number, digit]), candidate))
            piece = candidate.start
        weighed.append(Weighed(total, tuple(places)))
    return weighed


def join_cells(cells: Sequence[Sequence[Reading]]) -> list[Reading]:
    """Join the readings of a comb's cells to readings of the comb.

    Args:
        cells: For each cell from left to right, its readings of at most one digit each, the most probable
            first.

    Returns:
        Up to ``BEAM`` readings, the most probable first; a reading's probability is the product of its
        cells'.
    """
    joined: dict[str, Reading] = {"": Reading("", 1.0, ())}
    for readings in cells:
        longer: dict[str, Reading] = {}
        for one in joined.values():
            for cell in readings[:4]:
                text, probability = one.text + cell.text, one.probability * cell.probability
                known = longer.get(text)
                if known is None:
                    longer[text] = Reading(text, probability, one.places + cell.places)
                else:  # the same text with a blank elsewhere
                    better = one.places + cell.places if probability > known.probability else known.places
                    longer[text] = Reading(text, known.probability + probability, better)
        joined = dict(sorted(longer.items(), key=lambda item: -item[1].probability)[:BEAM])
    return list(joined.values())


@dataclass
class _Partial:
    """A string read so far: log weight of all its paths, of its best path, and that path's digits."""

    total: float
    best: float
    places: tuple[Place, ...]


_Step = tuple[int, float, list[tuple[int, float, float]], Candidate]


def _steps(
    lattice: Segmentation, probabilities: NDArray[np.float32], classes: Classes, usual: float
) -> list[list[_Step]]:
    """For each piece, the steps from it: where they end, log weights of passing over and of each digit."""
    steps: list[list[_Step]] = [[] for _ in range(lattice.pieces)]
    weights, skips = _weigh_candidates(lattice, probabilities, classes, usual)
    rows = zip(lattice.candidates, probabilities[:, :10], weights, skips.tolist(), strict=True)
    for candidate, row, weight, skip in rows:
        digits = [
            (digit, float(weight[digit]), float(row[digit]))
            for digit in np.argsort(row)[::-1][:_MOST_DIGITS].tolist()
            if row[digit] > _LIKELY or digit == int(row.argmax())
        ]
        steps[candidate.start].append((candidate.stop, skip, digits, candidate))
    return steps


def _weigh_candidates(
    lattice: Segmentation, probabilities: NDArray[np.float32], classes: Classes, usual: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log weights of taking each candidate as each digit, ``(N, 10)``, and of passing over it, ``(N,)``."""
    given = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    spans = np.array([(c.start, c.stop, c.box[3]) for c in lattice.candidates]).reshape(-1, 3)
    starts, stops, heights = spans.T
    joined = stops > starts + 1
    ratios = heights / max(usual, 1e-3)
    doubts = given[:, classes.part] if classes.part is not None else np.log(np.where(joined, *_DOUBTS))
    whole = -_EVIDENCE * doubts
    sizes = -0.5 * (np.log(ratios) / _HEIGHT_SPREAD) ** 2
    noise = given[:, classes.noise] if classes.noise is not None else np.full(len(given), log(_NOISE))
    skips = np.where(joined, -inf, noise + whole - 0.5 * (ratios / _NOISE_HEIGHT) ** 2)
    return given[:, :10] + (whole + sizes)[:, None], skips


def _offer(
    beam: dict[str, _Partial], text: str, partial: _Partial, weight: float, place: Place | None
) -> None:
    """Add a path that reads ``text`` to a beam."""
    places = partial.places if place is None else (*partial.places, place)
    total, best = partial.total + weight, partial.best + weight
    known = beam.get(text)
    if known is None:
        beam[text] = _Partial(total, best, places)
        return
    known.total = float(np.logaddexp(known.total, total))
    if best > known.best:
        known.best, known.places = best, places


def _add_total(
    totals: NDArray[np.float64],
    start: int,
    stop: int,
    skip: float,
    digits: Sequence[tuple[int, float, float]],
    most_digits: int | None,
) -> None:
    """Add a step's weight to the sum over all paths, kept by the number of digits where that is limited."""
    reading = float(np.logaddexp.reduce([weight for _, weight, _ in digits]))
    if most_digits is None:
        step = np.logaddexp(skip, reading)
        totals[stop, 0] = np.logaddexp(totals[stop, 0], totals[start, 0] + step)
        return
    totals[stop] = np.logaddexp(totals[stop], totals[start] + skip)
    totals[stop, 1:] = np.logaddexp(totals[stop, 1:], totals[start, :-1] + reading)
