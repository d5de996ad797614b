"""Decoding: the string that a field's candidates read best, its probability and its runners-up.

A reading is a path through the lattice of pieces: each step takes a candidate as one digit, or passes over a
piece that is no part of any. The probability of a string is the weight of the paths that read it by the
weight of all paths, the forward sum of LeCun et al. (1998), section VI.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, inf, log, log1p
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.segmentation import Segmentation
from digitscan.weighing import Classes, Place, weigh_candidates

if TYPE_CHECKING:
    from digitscan.constraints import Constraints

BEAM = 8
"""Strings kept at each place of the lattice."""

OBEYING = 64
"""Strings kept at each place of those that may obey the constraints of a field."""

_MOST_DIGITS = 3
"""Digits that a candidate is taken for at the most when readings are searched."""

_LIKELY = 1e-3
"""Probability of a digit under which it is not one of these, except for the likeliest."""

_HOPELESS = 18.0
"""What is on no path within so many nats of the best one is not followed."""


@dataclass(frozen=True)
class Reading:
    """A string read from a field, with the probability that all of it is right."""

    text: str
    probability: float
    places: tuple[Place, ...]


def decode(
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    *,
    most_digits: int | None = None,
    height: float | None = None,
    constraints: Constraints | None = None,
) -> list[Reading]:
    """Find the best readings of a field.

    Args:
        lattice: The field's pieces and candidates.
        probabilities: ``(N, C)``, the classifier's output for each candidate; columns 0 to 9 are the digits.
        classes: What the other columns mean.
        most_digits: Digits in the field at the most; 1 for a cell of a comb.
        height: Usual height of a digit in pixels, when it is known better than from this field alone.
        constraints: What the text must obey.

    Returns:
        Up to ``BEAM`` readings, the most probable first, each string once; with constraints, up to
        ``OBEYING`` more that obey them. A field without ink reads "".
    """
    usual = height or lattice.digit_height
    steps, whole = _steps(lattice, probabilities, classes, usual, most_digits)
    found = _search(steps, BEAM, None if most_digits is None else lambda text: len(text) <= most_digits)
    if constraints is not None:
        obeying = _search(steps, OBEYING, cache(constraints.may_begin))
        # The wider beam has all paths of a string where the other may have dropped some.
        found |= {text: one for text, one in obeying.items() if constraints.obeyed(text)}
    best = sorted(found.items(), key=_by_weight)
    return [Reading(text, min(1.0, exp(total - whole)), _places(last)) for text, (total, _, last) in best]


def join_cells(cells: Sequence[Sequence[Reading]], constraints: Constraints | None = None) -> list[Reading]:
    """Join the readings of a comb's cells to readings of the comb.

    Args:
        cells: For each cell from left to right, its readings of at most one digit each, the most probable
            first.
        constraints: What the comb's text must obey.

    Returns:
        Up to ``BEAM`` readings, the most probable first; with constraints, up to ``OBEYING`` more that obey
        them. A reading's probability is the product of its cells'.
    """
    joined = _join(cells, BEAM, lambda _: True)
    if constraints is not None:
        obeying = _join(cells, OBEYING, cache(constraints.may_begin))
        joined |= {text: one for text, one in obeying.items() if constraints.obeyed(text)}
    return sorted(joined.values(), key=lambda reading: -reading.probability)


def _join(
    cells: Sequence[Sequence[Reading]], width: int, allowed: Callable[[str], bool]
) -> dict[str, Reading]:
    """Join readings of cells to the best texts whose beginnings are allowed, as many as the beam is wide."""
    joined: dict[str, Reading] = {"": Reading("", 1.0, ())}
    for readings in cells:
        longer: dict[str, Reading] = {}
        for one in joined.values():
            for cell in readings[: max(4, width // 8)]:
                if not allowed(one.text + cell.text):
                    continue
                text, probability = one.text + cell.text, one.probability * cell.probability
                known = longer.get(text)
                if known is None:
                    longer[text] = Reading(text, probability, one.places + cell.places)
                else:  # the same text with a blank elsewhere
                    better = one.places + cell.places if probability > known.probability else known.places
                    longer[text] = Reading(text, known.probability + probability, better)
        joined = dict(sorted(longer.items(), key=lambda item: -item[1].probability)[:width])
    return joined


_Chain = tuple["_Chain", Place] | None
"""The digits of a path, each after those before it."""


def _search(
    steps: Sequence[Sequence[_Step]], width: int, allowed: Callable[[str], bool] | None
) -> dict[str, _Partial]:
    """Search for the best strings whose beginnings are allowed, or any, as many as the beam is wide."""
    beams: list[dict[str, _Partial]] = [{} for _ in range(len(steps) + 1)]
    beams[0][""] = (0.0, 0.0, None)
    for start, following in enumerate(steps):
        kept = _widest(beams[start], width)
        for stop, skip, digits in following:
            beam = beams[stop]
            for text, partial in kept:
                if skip > -inf:
                    _offer(beam, text, partial, skip, None)
                for digit, weight, place in digits:
                    if allowed is None or allowed(text + digit):
                        _offer(beam, text + digit, partial, weight, place)
    return dict(_widest(beams[-1], width))


def _widest(beam: dict[str, _Partial], width: int) -> list[tuple[str, _Partial]]:
    """The best strings of a beam, as many as it may be wide."""
    return sorted(beam.items(), key=_by_weight)[:width] if len(beam) > 1 else list(beam.items())


_Partial = tuple[float, float, _Chain]
"""A string read so far: log weight of all its paths, of its best path, and that path's digits."""


class _Step(NamedTuple):
    """What a candidate may be: where it ends, log weight of passing over it, and of each of its digits."""

    stop: int
    skip: float
    digits: list[tuple[str, float, Place]]


def _steps(
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    usual: float,
    most_digits: int | None,
) -> tuple[list[list[_Step]], float]:
    """The steps from each piece that are worth following, and the log weight of all paths."""
    steps: list[list[_Step]] = [[] for _ in range(lattice.pieces)]
    weights, skips = weigh_candidates(lattice, probabilities, classes, usual)
    orders = np.argsort(-probabilities[:, :10], axis=1, kind="stable")[:, :_MOST_DIGITS]
    for candidate, order, row, weight, skip in zip(
        lattice.candidates,
        orders.tolist(),
        probabilities.tolist(),
        weights.tolist(),
        skips.tolist(),
        strict=True,
    ):
        digits = [
            (str(digit), weight[digit], Place(digit, row[digit], candidate))
            for digit in order
            if row[digit] > _LIKELY or digit == order[0]
        ]
        steps[candidate.start].append(_Step(candidate.stop, skip, digits))
    whole = _weigh_all(steps, most_digits)
    # Where digits are limited, the best path may be one that has too many.
    return (steps if most_digits is not None else _worth_following(steps)), whole


def _weigh_all(steps: Sequence[Sequence[_Step]], most_digits: int | None) -> float:
    """Log weight of all paths: the forward sum, by the number of digits where that is limited."""
    limit, more = (0, 0) if most_digits is None else (most_digits, 1)
    # By piece and digits read: log weights of all that ends there.
    reached: list[list[list[float]]] = [[[] for _ in range(limit + 1)] for _ in range(len(steps) + 1)]
    reached[0][0].append(0.0)
    for here, following in zip(reached, steps, strict=False):
        for count, weights in enumerate(here):
            total = _log_sum(weights)
            for stop, skip, digits in following:
                reached[stop][count].append(total + skip)
                if count + more <= limit:
                    reached[stop][count + more] += [total + weight for _, weight, _ in digits]
    return _log_sum([_log_sum(weights) for weights in reached[-1]])


def _worth_following(steps: Sequence[Sequence[_Step]]) -> list[list[_Step]]:
    """Leave out what is on no path that comes near the best one."""
    before, behind = [0.0] + [-inf] * len(steps), [-inf] * len(steps) + [0.0]
    best = [[max(step.skip, *(weight for _, weight, _ in step.digits)) for step in one] for one in steps]
    for start, following in enumerate(steps):
        for step, weight in zip(following, best[start], strict=True):
            before[step.stop] = max(before[step.stop], before[start] + weight)
    for start in reversed(range(len(steps))):
        for step, weight in zip(steps[start], best[start], strict=True):
            behind[start] = max(behind[start], weight + behind[step.stop])
    least = before[-1] - _HOPELESS
    kept = []
    for start, following in enumerate(steps):
        near = []
        for stop, skip, digits in following:
            rest = before[start] + behind[stop]
            likely = [one for one in digits if one[1] + rest >= least]
            if likely or skip + rest >= least:
                near.append(_Step(stop, skip if skip + rest >= least else -inf, likely))
        kept.append(near)
    return kept


def _log_sum(values: Sequence[float]) -> float:
    """Logarithm of the sum of what the values are logarithms of; for a few, numpy would take longer."""
    most = max(values, default=-inf)
    return most if most == -inf else most + log(sum(exp(value - most) for value in values))


def _by_weight(item: tuple[str, _Partial]) -> float:
    return -item[1][0]


def _places(last: _Chain) -> tuple[Place, ...]:
    """The digits of a path from the first on."""
    places = []
    while last is not None:
        last, place = last
        places.append(place)
    return tuple(reversed(places))


def _offer(
    beam: dict[str, _Partial], text: str, partial: _Partial, weight: float, place: Place | None
) -> None:
    """Add a path that reads ``text`` to a beam."""
    total, best = partial[0] + weight, partial[1] + weight
    last = partial[2] if place is None else (partial[2], place)
    known = beam.get(text)
    if known is not None:
        high, low = (total, known[0]) if total > known[0] else (known[0], total)
        total = high + log1p(exp(low - high))
        if best <= known[1]:
            _, best, last = known
    beam[text] = (total, best, last)
