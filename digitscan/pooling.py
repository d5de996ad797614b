"""Pooling: what the classifier and the transcriber read in a field made one.

The classifier judges candidates one by one, the transcriber the field as a whole; they go wrong for different
reasons. The probability of a string is the product of both's, over that of all strings that either thinks
likely: a logarithmic opinion pool (Genest, Zidek 1986, "Combining probability distributions"; Hinton 2002,
"Training products of experts by minimizing contrastive divergence").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitscan.ctc import likely_strings, string_probabilities
from digitscan.decoding import BEAM, Classes, Reading, weigh_texts
from digitscan.segmentation import Segmentation


def pool(
    readings: Sequence[Reading],
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    frames: NDArray[np.float32],
) -> list[Reading]:
    """Pool the readings of a field with the transcriber's.

    Args:
        readings: What ``decode`` gives, at least one.
        lattice: The field's pieces and candidates, at least one.
        probabilities: ``(N, C)``, the classifier's output for each candidate.
        classes: What its columns mean.
        frames: ``(T, 11)``, the transcriber's log probabilities.

    Returns:
        Up to ``BEAM`` readings, the most probable first. Strings for which the lattice has too few pieces
        are not among them.
    """
    texts = list(dict.fromkeys([*(reading.text for reading in readings), *likely_strings(frames, BEAM)]))
    weighed = weigh_texts(lattice, probabilities, classes, texts)
    found = [(text, one) for text, one in zip(texts, weighed, strict=True) if one is not None]
    weights = string_probabilities(frames, [text for text, _ in found])
    weights += [one.weight for _, one in found]
    shares = np.exp(weights - np.logaddexp.reduce(weights)).tolist()
    pooled = [Reading(text, share, one.places) for (text, one), share in zip(found, shares, strict=True)]
    return sorted(pooled, key=lambda reading: -reading.probability)[:BEAM]
