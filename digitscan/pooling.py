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

from collections.abc import Mapping, Sequence
from functools import cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.ctc import condense, field_probabilities, likely_strings
from digitscan.decoding import BEAM, OBEYING, Reading
from digitscan.segmentation import Segmentation
from digitscan.weighing import Classes, Weighed, weigh_texts

if TYPE_CHECKING:
    from digitscan.constraints import Constraints

_ASTRAY = 0.02, 0.01
"""How often the classifier, and a look of the transcriber, are wrong about a field altogether: what any
string has at least. Where each is sure of another string, the transcriber's counts: cuts are what goes wrong
most."""


class Read(NamedTuple):
    """What both networks read in a field.

    Attributes:
        readings: What ``decode`` gives, at least one.
        lattice: The field's pieces and candidates, at least one.
        probabilities: ``(N, C)``, the classifier's output for each candidate.
        looks: ``(LOOKS, T, 11)``, the transcriber's log probabilities.
        constraints: What the text must obey.
    """

    readings: Sequence[Reading]
    lattice: Segmentation
    probabilities: NDArray[np.float32]
    looks: NDArray[np.float32]
    constraints: Constraints | None = None


def pool(fields: Sequence[Read], classes: Classes) -> list[list[Reading]]:
    """Pool the classifier's readings of fields with the transcriber's.

    Args:
        fields: What both read.
        classes: What the columns of the classifier's output mean.

    Returns:
        For each field up to ``BEAM`` readings, the most probable first; with constraints, others that obey
        them too. Strings for which the lattice has too few pieces are not among them.
    """
    looks = [[condense(frames) for frames in field.looks] for field in fields]
    found = [_weighed(field, its, classes) for field, its in zip(fields, looks, strict=True)]
    frames = [one for its in looks for one in its]
    texts = [list(weighed) for weighed, its in zip(found, looks, strict=True) for _ in its]
    transcribed = iter(field_probabilities(frames, texts))
    return [
        _pooled(weighed, [next(transcribed) for _ in its], None if field.constraints is not None else BEAM)
        for field, weighed, its in zip(fields, found, looks, strict=True)
    ]


def _weighed(field: Read, looks: Sequence[NDArray[np.float32]], classes: Classes) -> dict[str, Weighed]:
    """The strings that the classifier or a look thinks likely, as the classifier weighs them."""
    likely = [text for frames in looks for text in likely_strings(frames, BEAM)]
    if field.constraints is not None:
        may_begin = cache(field.constraints.may_begin)
        obeying = [text for frames in looks for text in likely_strings(frames, OBEYING, may_begin)]
        likely += filter(field.constraints.obeyed, obeying)
    texts = list(dict.fromkeys([*(reading.text for reading in field.readings), *likely]))
    weighed = weigh_texts(field.lattice, field.probabilities, classes, texts)
    return {text: one for text, one in zip(texts, weighed, strict=True) if one is not None}


def _pooled(
    found: Mapping[str, Weighed], transcribed: Sequence[NDArray[np.float64]], most: int | None
) -> list[Reading]:
    """The readings of a field by the product of all probabilities, so many at the most.

    Together they have the probability of all that was found, by the look to which that is more.
    """
    seen = np.array([one.weight for one in found.values()])
    looks = [_shares(given, _ASTRAY[1]) for given in transcribed]
    weights = _shares(seen, _ASTRAY[0]) + np.mean(looks, axis=0)
    together = min(0.0, max(float(np.logaddexp.reduce(given)) for given in transcribed))
    shares = np.exp(weights - np.logaddexp.reduce(weights) + together).tolist()
    pooled = [
        Reading(text, share, one.places) for (text, one), share in zip(found.items(), shares, strict=True)
    ]
    return sorted(pooled, key=lambda reading: -reading.probability)[:most]


def _shares(weights: NDArray[np.float64], astray: float) -> NDArray[np.float64]:
    """Log weights relative to their sum, none below what a network that is so often astray leaves."""
    return np.logaddexp(weights - np.logaddexp.reduce(weights), log(astray))
