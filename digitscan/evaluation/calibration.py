"""Whether confidences are what they say: of all that is 90 % sure, are 90 % right?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.evaluation.records import Calibration, ReliabilityBin

BINS = 10


class CalibrationError:
    """Mean gap between confidence and share right over ten even bins of confidence.

    Naeini, Cooper, Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning": the
    expected calibration error.

    Examples:
        >>> calibration = CalibrationError()
        >>> calibration.update(np.array([0.95, 0.95, 0.15, 0.15]), np.array([True, True, False, False]))
        >>> calibration.summary().error
        0.1
        >>> calibration.summary().bins[9]
        ReliabilityBin(low=0.9, high=1.0, digits=2, confidence=0.95, accuracy=1.0)
    """

    def __init__(self) -> None:
        self._counts = np.zeros(BINS, np.int64)
        self._confidences = np.zeros(BINS)
        self._right = np.zeros(BINS, np.int64)

    def update(self, confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
        """Add some more predictions.

        Args:
            confidences: ``(N,)`` probabilities from 0 to 1 that each is right.
            right: ``(N,)`` whether each is.
        """
        places = np.minimum((confidences * BINS).astype(int), BINS - 1)
        self._counts += np.bincount(places, minlength=BINS)
        self._confidences += np.bincount(places, confidences, BINS)
        self._right += np.bincount(places[right], minlength=BINS)

    def summary(self) -> Calibration:
        """The mean gap, weighted by the number in each bin, and the bins; 0 before any is added."""
        gaps = np.abs(self._confidences - self._right)
        return Calibration(
            error=float(gaps.sum() / max(1, self._counts.sum())),
            bins=tuple(self._bin(place) for place in range(BINS)),
        )

    def _bin(self, place: int) -> ReliabilityBin:
        count = int(self._counts[place])
        return ReliabilityBin(
            low=place / BINS,
            high=(place + 1) / BINS,
            digits=count,
            confidence=min(1.0, float(self._confidences[place] / count)) if count else None,
            accuracy=int(self._right[place]) / count if count else None,
        )
