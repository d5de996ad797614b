"""How right what is kept becomes when the less confident is put aside for a person to look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.evaluation.records import CoveragePoint, CoverageSummary

TARGET = 0.999
"""Share of what is kept that should be right."""

THRESHOLDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Confidences that the summary tells about."""


class Coverage:
    """Accuracy of the predictions whose confidence is at least a threshold, for all thresholds.

    Examples:
        >>> coverage = Coverage()
        >>> coverage.update(np.array([0.99, 0.8, 0.6, 0.4]), np.array([True, True, False, True]))
        >>> coverage.summary().reached
        CoveragePoint(threshold=0.8, coverage=0.5, accuracy=1.0)
    """

    def __init__(self) -> None:
        self._confidences: NDArray[np.float64] = np.zeros(0)
        self._right: NDArray[np.bool_] = np.zeros(0, bool)

    def update(self, confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
        """Add some more predictions.

        Args:
            confidences: ``(N,)`` probabilities from 0 to 1 that each is right.
            right: ``(N,)`` whether each is.
        """
        self._confidences = np.concatenate([self._confidences, confidences])
        self._right = np.concatenate([self._right, right])

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Every threshold that makes a difference.

        Returns:
            Thresholds ``(M,)``, which are the distinct confidences from the highest to the lowest; the share
            of predictions kept at each, and the share of those that is right.
        """
        order = np.argsort(-self._confidences, kind="stable")
        confidences = self._confidences[order]
        # What is equally confident is kept or put aside together.
        last = np.flatnonzero(np.diff(confidences, append=-np.inf))
        kept = last + 1
        return confidences[last], kept / max(1, len(order)), np.cumsum(self._right[order])[last] / kept

    def summary(self) -> CoverageSummary:
        """Points at ``THRESHOLDS``, and the lowest threshold at which ``TARGET`` is right."""
        thresholds, coverage, accuracy = self.curve()
        good = np.flatnonzero(accuracy >= TARGET)
        reached = None
        if len(good):
            lowest = good[-1]
            reached = CoveragePoint(
                threshold=float(thresholds[lowest]),
                coverage=float(coverage[lowest]),
                accuracy=float(accuracy[lowest]),
            )
        return CoverageSummary(
            points=tuple(self._point(threshold) for threshold in THRESHOLDS), target=TARGET, reached=reached
        )

    def _point(self, threshold: float) -> CoveragePoint:
        kept = self._confidences >= threshold
        return CoveragePoint(
            threshold=threshold,
            coverage=float(kept.sum() / max(1, len(kept))),
            accuracy=float(self._right[kept].mean()) if kept.any() else None,
        )
