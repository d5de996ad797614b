"""How surprising the true digits are to a classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST = 1e-12
"""Least probability that anything is given: the surprise of what has none would be infinite."""


def digit_probabilities(probabilities: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Probabilities of the ten digits, given that it is one.

    Args:
        probabilities: ``(N, C)`` a classifier's output; columns 0 to 9 are the digits, others what is none.

    Returns:
        ``(N, 10)``; rows sum to 1, except where the digits have nothing at all.

    Examples:
        >>> given = np.zeros((1, 12), np.float32)
        >>> given[0, [3, 5, 10]] = 0.25, 0.25, 0.5
        >>> digit_probabilities(given)[0, [3, 5]]
        array([0.5, 0.5])
    """
    digits = probabilities[:, :10].astype(np.float64)
    return digits / np.maximum(digits.sum(axis=1, keepdims=True), _LEAST)


class CrossEntropy:
    """Mean of the negative logarithm of the true digit's probability, in nats.

    Examples:
        >>> loss = CrossEntropy()
        >>> loss.update(np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]]))
        >>> round(loss.summary(), 4)  # (ln 2 + ln 4) / 2
        1.0397
    """

    def __init__(self) -> None:
        self._sum, self._digits = 0.0, 0

    def update(self, actual: NDArray[np.integer[Any]], probabilities: NDArray[np.float64]) -> None:
        """Add some more digits.

        Args:
            actual: ``(N,)`` what they are.
            probabilities: ``(N, 10)`` what a classifier says.
        """
        given = probabilities[np.arange(len(actual)), actual]
        self._sum -= float(np.log(np.maximum(given, _LEAST)).sum())
        self._digits += len(actual)

    def summary(self) -> float:
        """The mean; 0 before any digit is added."""
        return self._sum / max(1, self._digits)
