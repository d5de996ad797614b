"""Measuring one classifier on labelled digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.data import Digits
from digitscan.evaluation.calibration import CalibrationError
from digitscan.evaluation.confusion import ConfusionMatrix
from digitscan.evaluation.coverage import Coverage
from digitscan.evaluation.loss import CrossEntropy, digit_probabilities
from digitscan.evaluation.records import DigitRecord, Evaluation


@dataclass(frozen=True)
class Predictions:
    """What a classifier says of labelled digits.

    Attributes:
        digits: The digits.
        probabilities: ``(N, 10)``, of the ten digits, whatever other classes the classifier has.
    """

    digits: Digits
    probabilities: NDArray[np.float64]

    @property
    def predicted(self) -> NDArray[np.integer[Any]]:
        """``(N,)`` the most probable digit of each."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidences(self) -> NDArray[np.float64]:
        """``(N,)`` the probability of that digit."""
        return np.minimum(self.probabilities.max(axis=1), 1.0)

    @property
    def right(self) -> NDArray[np.bool_]:
        """``(N,)`` whether it is the true one."""
        return self.predicted == self.digits.labels


def predict(classifier: Classifier, digits: Digits) -> Predictions:
    """Run a classifier on labelled digits."""
    crops = (digits.images / 255).astype(np.float32)
    return Predictions(digits, digit_probabilities(classifier.classify(crops)))


def evaluate(predictions: Predictions, *, model: str, data: Sequence[str], first: int = 0) -> Evaluation:
    """Measure predictions.

    Args:
        predictions: What ``predict`` gave; at least one.
        model: Name of the model, for the record.
        data: Names of the data, for the record.
        first: How many digits the record tells about one by one.

    Returns:
        All figures.
    """
    labels, predicted = predictions.digits.labels, predictions.predicted
    confusion, loss = ConfusionMatrix(), CrossEntropy()
    confusion.update(labels, predicted)
    loss.update(labels, predictions.probabilities)
    calibration, coverage = CalibrationError(), Coverage()
    calibration.update(predictions.confidences, predictions.right)
    coverage.update(predictions.confidences, predictions.right)
    columns = zip(labels, predicted, predictions.confidences, predictions.right, strict=True)
    return Evaluation(
        model=model,
        data=tuple(data),
        digits=confusion.digits,
        mistakes=confusion.mistakes,
        accuracy=confusion.accuracy,
        loss=loss.summary(),
        classes=confusion.summary(),
        confusion=tuple(tuple(row) for row in confusion.counts.tolist()),
        calibration=calibration.summary(),
        coverage=coverage.summary(),
        first=tuple(
            DigitRecord(
                actual=str(actual), predicted=str(taken), confidence=float(confidence), right=bool(right)
            )
            for (actual, taken, confidence, right), _ in zip(columns, range(first), strict=False)
        ),
    )
