"""Pooling: what the classifier and the transcriber read in a field made one.

The classifier judges candidates one by one, the transcriber the field as a whole; they go wrong for different
reasons. The probability of a string is the product of both's, over that of all strings that either thinks
likely: a logarithmic opinion pool (Genest, Zidek 1986, "Combining probability distributions"; Hinton 2002,
"Training products of experts by minimizing contrastive divergence"). Each of the two is wrong about a field
altogether now and then, so neither may rule out a string by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitscan.ctc import condense, likely_strings, string_probabilities
from digitscan.decoding import BEAM, OBEYING, Reading
from digitscan.segmentation import Segmentation
from digitscan.weighing import Classes, weigh_texts

if TYPE_CHECKING:
    from digitscan.constraints import Constraints

_ASTRAY = 0.02, 0.01
"""How often the classifier and the transcriber are wrong about a field altogether: what any string has at
least. Where each is sure of another string, the transcriber's counts: cuts are what goes wrong most."""


def pool(
    readings: Sequence[Reading],
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    frames: NDArray[np.float32],
    constraints: Constraints | None = None,
) -> list[Reading]:
    """Pool the readings of a field with the transcriber's.

    Args:
        readings: What ``decode`` gives, at least one.
        lattice: The field's pieces and candidates, at least one.
        probabilities: ``(N, C)``, the classifier's output for each candidate.
        classes: What its columns mean.
        frames: ``(T, 11)``, the transcriber's log probabilities.
        constraints: What the text must obey.

    Returns:
        Up to ``BEAM`` readings, the most probable first; with constraints, others that obey them too. Strings
        for which the lattice has too few pieces are not among them.
    """
    frames = condense(frames)
    likely = likely_strings(frames, BEAM)
    if constraints is not None:
        obeying = likely_strings(frames, OBEYING, cache(constraints.may_begin))
        likely += filter(constraints.obeyed, obeying)
    texts = list(dict.fromkeys([*(reading.text for reading in readings), *likely]))
    weighed = weigh_texts(lattice, probabilities, classes, texts)
    found = [(text, one) for text, one in zip(texts, weighed, strict=True) if one is not None]
    seen = np.array([one.weight for _, one in found])
    transcribed = string_probabilities(frames, [text for text, _ in found])
    weights = _shares(seen, _ASTRAY[0]) + _shares(transcribed, _ASTRAY[1])
    shares = np.exp(weights - np.logaddexp.reduce(weights)).tolist()
    pooled = [Reading(text, share, one.places) for (text, one), share in zip(found, shares, strict=True)]
    pooled.sort(key=lambda reading: -reading.probability)
    return pooled if constraints is not None else pooled[:BEAM]


def _shares(weights: NDArray[np.float64], astray: float) -> NDArray[np.float64]:
    """Log weights relative to their sum, none below what a network that is so often astray leaves."""
    return np.logaddexp(weights - np.logaddexp.reduce(weights), log(astray))
