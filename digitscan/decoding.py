"""Decoding: the string that a field's candidates read best, its probability and its runners-up.

A reading is a path through the lattice of pieces: each step takes a candidate as one digit, or passes over a
piece that is no part of any. The probability of a string is the weight of the paths that read it by the
weight of all paths, the forward sum of LeCun et al. (1998), section VI.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import exp, inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.spelling import Spelt, Step, spell
from digitscan.weighing import PASSED, Place, Weights

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

_FAINTEST = -700.0
"""Log weights below this are taken for it."""

_HOPELESS = exp(-18.0)
"""What weighs less than this beside the best way on is not followed."""


class Reading(NamedTuple):
    """A string read from a field, with the probability that all of it is right.

    ``places`` are its digits; runners-up may be without where nobody asks for theirs.
    """

    text: str
    probability: float
    places: tuple[Place, ...]


_Option = tuple[int, int, float, int, int]
"""What a candidate may be: the states before and behind it, how much the best path that takes it there weighs
beside the best one from that state on, its digit or ``PASSED``, and which candidate it is."""


class Paths(NamedTuple):
    """The paths through a field's lattice.

    Attributes:
        weights: What its candidates weigh.
        last: The last state. A state is a number of pieces that lie behind, and where digits are limited, of
            digits as well; the first one is 0.
        options: What the candidates may be, those from earlier states first.
        whole: How much all paths weigh beside the best one; infinite where there are too many to tell.
    """

    weights: Weights
    last: int
    options: Sequence[_Option]
    whole: float

    def best(self) -> Reading:
        """What the best path reads, with the probability of that path alone."""
        state, places = 0, []
        for before, behind, share, digit, candidate in self.options:
            if before == state and share == 1.0:
                state = behind
                if digit != PASSED:
                    places.append(self.weights.place(digit, candidate))
        return Reading("".join([str(place.digit) for place in places]), 1 / self.whole, tuple(places))

    def readings(self, constraints: Constraints | None = None) -> list[Reading]:
        """Find the best readings.

        Args:
            constraints: What the text must obey.

        Returns:
            Up to ``BEAM`` readings, the most probable first, each string once; with constraints, up to
            ``OBEYING`` more that obey them. A field without ink reads "".
        """
        steps: list[list[Step]] = [[] for _ in range(self.last)]
        for before, behind, share, digit, candidate in self.options:
            if digit == PASSED:
                steps[before].append((behind, share, "", ()))
            else:
                steps[before].append((behind, share, str(digit), (self.weights.place(digit, candidate),)))
        return [
            Reading(text, min(1.0, weight / self.whole) if weight < inf else 0.0, places)
            for weight, text, places in _search(steps, constraints)
        ]


def find_paths(fields: Sequence[Weights], most_digits: Sequence[int | None]) -> list[Paths]:
    """Find the paths through the lattices of fields, of all of them at once.

    Args:
        fields: What the candidates of each field weigh.
        most_digits: Digits in each field at the most; None for any number.

    Returns:
        The paths of each field, but for options that are hopeless.
    """
    if not fields:
        return []
    layers = np.array([1 if most is None else most + 1 for most in most_digits])
    # The states of all fields are counted through.
    lasts = np.cumsum(layers * [field.lattice.pieces for field in fields] + 1) - 1
    firsts = np.append(0, lasts[:-1] + 1)
    owners, before, behind, weights, digits, candidates = _options(fields, layers)
    before += firsts[owners]
    behind = np.minimum(behind + firsts[owners], lasts[owners])
    starts, stops = before.tolist(), behind.tolist()
    best = [-inf] * (int(lasts[-1]) + 1)  # log weight of the best path from each state on
    for last in lasts.tolist():
        best[last] = 0.0
    for start, stop, weight in zip(starts[::-1], stops[::-1], weights[::-1].tolist(), strict=True):
        best[start] = max(best[start], weight + best[stop])
    shares = np.exp(np.maximum(weights + np.take(best, behind) - np.take(best, before), _FAINTEST))
    whole = [0.0] * len(best)  # weight of all paths to each state
    for first in firsts.tolist():
        whole[first] = 1.0
    for start, stop, share in zip(starts, stops, shares.tolist(), strict=True):
        whole[stop] += whole[start] * share
    columns = before - firsts[owners], behind - firsts[owners], shares, digits, candidates
    kept = shares >= _HOPELESS
    options = list(zip(*(column[kept].tolist() for column in columns), strict=True))
    ends = owners[kept].searchsorted(np.arange(len(fields) + 1)).tolist()
    return [
        Paths(field, last - first, options[start:stop], whole[last])
        for field, first, last, (start, stop) in zip(
            fields, firsts.tolist(), lasts.tolist(), pairwise(ends), strict=True
        )
    ]


def _options(fields: Sequence[Weights], layers: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
    """What the candidates of fields may be: the likeliest digits of each, or passed over.

    Args:
        fields: What the candidates weigh.
        layers: ``(F,)`` how many states each field has at a piece: one for each number of digits before it
            where these are limited.

    Returns:
        For each option its field, the states before and behind it, its log weight, its digit or ``PASSED``,
        and its candidate; field by field, those from earlier pieces first.
    """
    counts = [len(field.lattice.candidates) for field in fields]
    owners = np.arange(len(fields)).repeat(counts)
    numbers = np.concatenate([np.arange(count) for count in counts])
    runs = np.array([one[:2] for field in fields for one in field.lattice.candidates], int).reshape(-1, 2)
    likely = np.concatenate([field.probabilities[:, :PASSED] for field in fields])
    order = (-likely).argsort(axis=1, kind="stable")[:, :_MOST_DIGITS]
    names = np.append(order, np.full((len(order), 1), PASSED), axis=1)
    weights = np.take_along_axis(np.concatenate([field.weights for field in fields]), names, axis=1)
    taken = weights > -inf
    taken[:, 1:-1] &= np.take_along_axis(likely, order[:, 1:], axis=1) > _LIKELY
    rows, columns = taken.nonzero()
    # From each state at their piece, and a digit to one with a digit more, where there is one.
    more = (names[rows, columns] != PASSED) & (layers[owners[rows]] > 1)
    copies = layers[owners[rows]] - more
    layer = np.arange(copies.sum()) - (np.cumsum(copies) - copies).repeat(copies)
    rows, columns, more = rows.repeat(copies), columns.repeat(copies), more.repeat(copies)
    before, behind = runs[rows].T * layers[owners[rows]] + layer
    return owners[rows], before, behind + more, weights[rows, columns], names[rows, columns], numbers[rows]


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
    steps = [[(n, one.probability, one.text, one.places) for one in its] for n, its in enumerate(cells, 1)]
    return [Reading(text, weight, places) for weight, text, places in _search(steps, constraints)]


def _search(steps: Sequence[Sequence[Step]], constraints: Constraints | None) -> list[Spelt]:
    """Search for the best strings, and in a wider beam for those that obey."""
    found = spell(steps, BEAM)
    if constraints is None:
        return found
    obeying = spell(steps, OBEYING, allowed=cache(constraints.may_begin))
    # The wider beam has all paths of a string where the other may have dropped some.
    by_text = {one[1]: one for one in found} | {one[1]: one for one in obeying if constraints.obeyed(one[1])}
    return sorted(by_text.values(), key=lambda one: -one[0])
