"""Candidates: what the classifier says of those of a page, all of them classified in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.crops import make_crops
from digitscan.geometry import unknown_geometry
from digitscan.segmentation import Segmentation

_LEAST = 1e-9
"""Least probability that anything is given before two are pooled."""

_PART = 0.75
"""What is part of a digit with more than this probability, its geometry known, is not looked at again."""


def judge_candidates(cells: Sequence[Segmentation], classifier: Classifier) -> list[NDArray[np.float32]]:
    """Classify the candidates of all cells that were not seen before; for each cell ``(N, C)``."""
    candidates = [candidate for cell in cells for candidate in cell.candidates]
    new = np.array([candidate.seen is None for candidate in candidates], bool)
    crops = make_crops([candidate.density for candidate in candidates if candidate.seen is None])
    geometry = np.concatenate([unknown_geometry(0), *(cell.geometry for cell in cells)])
    rows = np.empty((len(candidates), len(classifier.card.classes)), np.float32)
    rows[new] = judge(crops, geometry[new], classifier)
    if not new.all():
        rows[~new] = [candidate.seen for candidate in candidates if candidate.seen is not None]
    ends = list(accumulate(len(cell.candidates) for cell in cells))
    return [rows[start:stop] for start, stop in pairwise([0, *ends])]


def judge(
    crops: NDArray[np.float32], geometry: NDArray[np.float32], classifier: Classifier
) -> NDArray[np.float32]:
    """Classify candidates, their geometry counting half.

    Their size and place tell much on strings like those that the classifier learnt from, and less on others;
    so what it says with them and what it says of the shapes alone are pooled evenly. Most candidates are
    plainly parts of digits at once, and their shapes are not looked at again.

    Args:
        crops: ``(N, 28, 28)``.
        geometry: ``(N, G)`` their geometry.
        classifier: Judges them.

    Returns:
        ``(N, C)`` probabilities.
    """
    given = classifier.classify(crops, geometry)
    if not classifier.sees_geometry:
        return given
    part = classifier.classes.part
    again = np.flatnonzero(given[:, part] <= _PART) if part is not None else np.arange(len(given))
    shapes = classifier.classify(crops[again])
    pooled = np.sqrt(np.maximum(given[again], _LEAST) * np.maximum(shapes, _LEAST))
    given[again] = pooled / pooled.sum(axis=1, keepdims=True)
    return given
