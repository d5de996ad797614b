"""Pooling: what the classifier and the transcriber read in a field made one.

The classifier judges candidates one by one, the transcriber the field as a whole, at two looks; they go wrong
for different reasons. The probability of a string is the product of the classifier's and of the geometric
mean of both looks', which see the same strip, over that of all strings that any of them thinks likely: a
logarithmic opinion pool (Genest, Zidek 1986, "Combining probability distributions"; Hinton 2002, "Training
products of experts by minimizing contrastive divergence"). Each is wrong about a field altogether now and
then, so none may rule out a string by itself. What none thinks likely is not looked for; how probable that is
in all, the transcriber knows, whose probabilities are of all strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, chain, pairwise
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.ctc import condense, field_probabilities, likely_strings
from digitscan.decoding import BEAM, OBEYING, Reading
from digitscan.texts import TextWeights
from digitscan.weighing import Weights

if TYPE_CHECKING:
    from digitscan.constraints import Constraints

_ASTRAY = 0.02, 0.01
"""How often the classifier, and a look of the transcriber, are wrong about a field altogether: what any
string has at least. Where each is sure of another string, the transcriber's counts: cuts are what goes wrong
most."""


class Read(NamedTuple):
    """What both networks read in a field.

    Attributes:
        readings: The classifier's, at least one.
        weights: What the candidates weigh, of which there is at least one.
        looks: ``(LOOKS, T, 11)``, the transcriber's log probabilities.
        constraints: What the text must obey.
    """

    readings: Sequence[Reading]
    weights: Weights
    looks: NDArray[np.float32]
    constraints: Constraints | None = None


def pool(fields: Sequence[Read], *, all_placed: bool = False) -> list[list[Reading]]:
    """Pool the classifier's readings of fields with the transcriber's.

    Args:
        fields: What both read.
        all_placed: Whether all readings are given their places, and not only a field's first. They are where
            there are constraints: any may be the best that obeys.

    Returns:
        For each field up to ``BEAM`` readings, the most probable first; with constraints, others that obey
        them too. Strings for which the lattice has too few pieces are not among them.
    """
    if not fields:
        return []
    by_look = list(zip(*(field.looks for field in fields), strict=True))
    frames = [condense(look) for looks in by_look for look in looks]
    likely = likely_strings(frames, BEAM)
    texts = [
        _likely(field, likely[number :: len(fields)], frames[number :: len(fields)])
        for number, field in enumerate(fields)
    ]
    counts = [len(its) for its in texts]
    seen = TextWeights([field.weights for field in fields], texts)
    heard = np.concatenate(field_probabilities(frames, texts * len(by_look))).reshape(len(by_look), -1)
    shares = _pooled(seen.logs, heard, counts).tolist()
    flat, readable = [text for its in texts for text in its], (seen.logs > -inf).tolist()
    pooled = []
    for field, (start, stop) in zip(fields, pairwise([0, *accumulate(counts)]), strict=True):
        rows = [row for row in range(start, stop) if readable[row]]
        rows.sort(key=shares.__getitem__, reverse=True)
        constrained = field.constraints is not None
        kept = rows if constrained else rows[:BEAM]
        placed = len(kept) if constrained or all_placed else 1
        pooled.append(
            [
                Reading(flat[row], shares[row], seen.places(row) if number < placed else ())
                for number, row in enumerate(kept)
            ]
        )
    return pooled


def _likely(field: Read, likely: Sequence[Sequence[str]], looks: Sequence[NDArray[np.float32]]) -> list[str]:
    """The strings that the classifier or a look thinks likely; to each look those of ``likely`` are."""
    texts = [*(reading.text for reading in field.readings), *chain.from_iterable(likely)]
    if field.constraints is not None:
        obeying = likely_strings(looks, OBEYING, cache(field.constraints.may_begin))
        texts += filter(field.constraints.obeyed, chain.from_iterable(obeying))
    return list(dict.fromkeys(texts))


def _pooled(
    seen: NDArray[np.float64], heard: NDArray[np.float64], counts: Sequence[int]
) -> NDArray[np.float64]:
    """The probabilities of strings by the product of all that was said of them.

    Those of a field together have the probability of all that was found, by the look to which that is more.

    Args:
        seen: ``(R,)`` log weights by the classifier, field by field; ``-inf`` of what is no reading, which
            not all are.
        heard: ``(LOOKS, R)`` log probabilities by the transcriber.
        counts: Strings of each field.

    Returns:
        ``(R,)`` the probabilities; 0 of what is no reading.
    """
    starts = np.append(0, np.cumsum(counts[:-1], dtype=np.intp))
    logs = np.where(seen > -inf, np.vstack([seen, heard]), -inf)
    sums = np.logaddexp.reduceat(logs, starts, axis=1)
    # None below what a network that is so often astray leaves.
    astray = np.log([_ASTRAY[0], *[_ASTRAY[1]] * len(heard)])[:, None]
    shares = np.logaddexp(logs - sums.repeat(counts, axis=1), astray)
    weights = np.where(seen > -inf, shares[0] + shares[1:].mean(axis=0), -inf)
    together = np.minimum(0.0, sums[1:].max(axis=0))
    return np.asarray(np.exp(weights + (together - np.logaddexp.reduceat(weights, starts)).repeat(counts)))
