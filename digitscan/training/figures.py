"""What a trained network can do, in the figures of its card."""

from __future__ import annotations

from digitscan.classifier import Classifier
from digitscan.data import DigitData
from digitscan.evaluation import ConfusionMatrix, Coverage, CrossEntropy, Predictions, predict


def measure(classifier: Classifier, data: DigitData) -> dict[str, float]:
    """Measure a classifier on validation and test digits.

    Args:
        classifier: Of the files that were written.
        data: What it was trained with.

    Returns:
        ``test_accuracy`` and ``test_loss`` over the ten digits, whatever other classes the network has,
        ``validation_accuracy``, and what a threshold is worth: ``threshold_99_9``, the lowest confidence at
        which 99.9 % of the comparable validation digits kept are right, ``test_coverage_99_9``, the share of
        the test digits that it keeps, and ``test_accuracy_above_threshold``, the share of these that is
        right. The last three are missing when no threshold does that, the last one when it keeps no test
        digit.
    """
    validation, test = predict(classifier, data.validation), predict(classifier, data.test)
    loss = CrossEntropy()
    loss.update(data.test.labels, test.probabilities)
    figures = {
        "test_accuracy": _accuracy(test),
        "test_loss": round(loss.summary(), 5),
        "validation_accuracy": _accuracy(validation),
    }
    coverage = Coverage()
    comparable = predict(classifier, data.comparable)
    coverage.update(comparable.confidences, comparable.right)
    reached = coverage.summary().reached
    if reached is not None:
        kept = test.confidences >= reached.threshold
        figures["threshold_99_9"] = reached.threshold  # not rounded: digits lie on it
        figures["test_coverage_99_9"] = round(float(kept.mean()), 5)
        if kept.any():
            figures["test_accuracy_above_threshold"] = round(float(test.right[kept].mean()), 5)
    return figures


def _accuracy(predictions: Predictions) -> float:
    confusion = ConfusionMatrix()
    confusion.update(predictions.digits.labels, predictions.predicted)
    return round(confusion.accuracy, 5)
