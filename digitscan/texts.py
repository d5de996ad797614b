"""Texts: how much given strings weigh as readings of fields, likely or not, by what the candidates may be.

The weight of a string is the sum of those of all paths through the lattice that read it (LeCun et al. 1998,
section VI).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from digitscan.weighing import PASSED, Place, Weights

_NEVER = -1e9
"""Log weight of a step that there is not: no path has as little."""

_FAINTEST = -700.0
"""Paths that weigh less than this beside the best one add nothing; below it powers are slow to compute."""


class TextWeights:
    """The weights of strings as readings of fields, of all of them at once.

    Args:
        fields: What the candidates of each field weigh; each has one at least.
        texts: Strings of digits for each field, at least one in all.

    Attributes:
        logs: ``(R,)`` the log weight of each string, field by field; ``-inf`` where a string has more digits
            than its field has pieces for.
    """

    def __init__(self, fields: Sequence[Weights], texts: Sequence[Sequence[str]]) -> None:
        # Fields with more pieces come first: what is not at its end yet is always at the beginning.
        order = sorted(range(len(fields)), key=lambda number: -fields[number].lattice.pieces)
        self._fields = [fields[number] for number in order]
        self._texts = [text for number in order for text in texts[number]]
        counts = np.array([len(texts[number]) for number in order])
        pieces = np.array([field.lattice.pieces for field in self._fields])
        self._owners = np.arange(len(fields)).repeat(counts)
        self._numbers, naming, passing = _tabulate(self._fields)
        _, longest_run, _ = naming.shape
        left = (pieces[:, None] >= np.arange(len(passing))).sum(axis=0)  # fields that have as many pieces
        active = np.append(0, np.cumsum(counts))[left].tolist()
        lengths = np.array([len(text) for text in self._texts])
        longest = int(lengths.max())
        # With zeros behind the ends of shorter strings.
        spelt = "".join([text.ljust(longest, "0") for text in self._texts])
        digits = np.frombuffer(spelt.encode(), np.uint8).reshape(len(lengths), longest) - ord("0")
        columns = 10 * self._owners[:, None] + digits
        # By piece, none before the first, string and digits read so far: log weight of all paths and of the
        # best, and which step was that one's last.
        ways = np.full((2, longest_run + len(passing), len(lengths), longest + 1), _NEVER)
        ways[:, longest_run, :, 0] = 0.0
        self._last = np.zeros((len(passing), *ways.shape[2:]), np.intp)
        steps = np.full((2, longest_run + 1, *ways.shape[2:]), _NEVER)
        for stop, count in enumerate(active[1:], 1):
            read = min(stop, longest)  # digits at the most
            some = slice(count), slice(read + 1)
            before, here = ways[:, stop : stop + longest_run, *some], steps[:, :, *some]
            np.add(before[:, -1], passing[stop].take(self._owners[:count])[:, None], out=here[:, 0])
            named = naming[stop].take(columns[:count, :read], axis=1)
            np.add(before[..., :-1], named, out=here[:, 1:, :, 1:])
            of_all, of_best = here
            total, best = ways[:, longest_run + stop, *some]
            of_best.argmax(axis=0, out=self._last[stop, *some])
            of_best.max(axis=0, out=best)
            # What numpy's logaddexp gives, which takes far longer; all paths weigh no less than the best.
            others = np.maximum(of_all - best, _FAINTEST)
            np.add(best, np.log(np.exp(others, out=others).sum(axis=0)), out=total)
        logs = ways[0, longest_run + pieces[self._owners], np.arange(len(lengths)), lengths]
        logs[logs <= _NEVER / 2] = -inf
        self._rows = np.repeat(order, counts).argsort(kind="stable")
        self.logs = logs[self._rows]

    def places(self, number: int) -> tuple[Place, ...]:
        """The digits of the best path that reads one of the strings, which has a weight."""
        row = self._rows.item(number)
        owner, text = self._owners.item(row), self._texts[row]
        field = self._fields[owner]
        piece, left = field.lattice.pieces, len(text)
        places = []
        while piece > 0:
            step = self._last.item(piece, row, left)
            candidate = self._numbers.item(piece, step - 1, owner)
            if step:
                left -= 1
                places.append(field.place(int(text[left]), candidate))
            piece = field.lattice.candidates[candidate].start
        return tuple(reversed(places))


def _tabulate(
    fields: Sequence[Weights],
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """The candidates of fields by the piece behind them, and what they weigh.

    Args:
        fields: ``F`` fields.

    Returns:
        By piece of at most ``P``, and by candidates of at most ``M`` pieces, the longest first:
        ``(P + 1, M, F)`` the candidate's number, and ``(P + 1, M, 10 F)`` log weights of taking it as each
        digit; and ``(P + 1, F)`` those of passing over the piece.
    """
    counts = [len(field.lattice.candidates) for field in fields]
    owners = np.arange(len(fields)).repeat(counts)
    starts, stops = np.array([one[:2] for field in fields for one in field.lattice.candidates]).T
    runs = stops - starts
    most, longest = int(stops.max()), int(runs.max())
    weights = np.concatenate([field.weights for field in fields])
    numbers = np.zeros((most + 1, longest, len(fields)), np.intp)
    numbers[stops, longest - runs, owners] = np.concatenate([np.arange(count) for count in counts])
    naming = np.full((most + 1, longest, len(fields), 10), _NEVER)
    naming[stops, longest - runs, owners] = weights[:, :PASSED]
    passing = np.full((most + 1, len(fields)), _NEVER)
    alone = runs == 1
    passing[stops[alone], owners[alone]] = weights[alone, PASSED]
    return numbers, naming.reshape(most + 1, longest, -1), passing
