"""Which digits are taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitscan.evaluation.records import ClassScores


class ConfusionMatrix:
    """Counts of digits by what they are and what they were taken for.

    Attributes:
        counts: ``(10, 10)`` ``int64``; rows are what digits are, columns what they were taken for.

    Examples:
        >>> matrix = ConfusionMatrix()
        >>> matrix.update(np.array([4, 4, 9]), np.array([4, 9, 9]))
        >>> matrix.counts[4, 9], round(matrix.accuracy, 3), matrix.mistakes
        (np.int64(1), 0.667, 1)
        >>> nine = matrix.summary()[9]
        >>> nine.precision, nine.recall
        (0.5, 1.0)
    """

    def __init__(self) -> None:
        self.counts: NDArray[np.int64] = np.zeros((10, 10), np.int64)

    def update(self, actual: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]]) -> None:
        """Count some more digits.

        Args:
            actual: ``(N,)`` what they are, 0 to 9.
            predicted: ``(N,)`` what they were taken for, 0 to 9.
        """
        np.add.at(self.counts, (actual, predicted), 1)

    @property
    def digits(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    @property
    def mistakes(self) -> int:
        """How many were taken for another."""
        return self.digits - int(np.trace(self.counts))

    @property
    def accuracy(self) -> float:
        """Share that was not; 0 before any is counted."""
        return int(np.trace(self.counts)) / max(1, self.digits)

    def summary(self) -> tuple[ClassScores, ...]:
        """Scores of the classes 0 to 9."""
        scores = []
        for digit in range(10):
            right = int(self.counts[digit, digit])
            actual, predicted = int(self.counts[digit].sum()), int(self.counts[:, digit].sum())
            scores.append(
                ClassScores(
                    digit=str(digit),
                    actual=actual,
                    predicted=predicted,
                    precision=_share(right, predicted),
                    recall=_share(right, actual),
                    f1=_share(2 * right, actual + predicted),
                )
            )
        return tuple(scores)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
