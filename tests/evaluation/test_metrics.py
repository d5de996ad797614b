"""The metrics, against tables made by hand and against plain loops over single digits."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from digitscan.data import Digits
from digitscan.evaluation import (
    CalibrationError,
    ConfusionMatrix,
    Coverage,
    CrossEntropy,
    Predictions,
    digit_probabilities,
    evaluate,
)


def test_confusion_by_hand() -> None:
    matrix = ConfusionMatrix()
    matrix.update(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    matrix.update(np.array([1, 2]), np.array([0, 1]))
    assert matrix.counts[:3, :3].tolist() == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]
    assert matrix.counts.sum() == matrix.digits == 6
    assert (matrix.mistakes, matrix.accuracy) == (3, 0.5)
    zero, one, two, three = matrix.summary()[:4]
    assert (zero.digit, zero.actual, zero.predicted) == ("0", 3, 3)
    assert (zero.precision, zero.recall, zero.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3), abs=1e-6)
    assert (one.precision, one.recall, one.f1) == pytest.approx((1 / 3, 1 / 2, 2 / 5), abs=1e-6)
    assert (two.precision, two.recall, two.f1) == (None, 0.0, 0.0)  # never predicted
    assert (three.precision, three.recall, three.f1) == (None, None, None)  # never met at all


def test_loss_by_hand_and_over_several_updates() -> None:
    given = np.full((3, 10), 0.05)
    given[0, 4], given[1, 4], given[2, 4] = 0.55, 0.55, 0.55
    loss = CrossEntropy()
    loss.update(np.array([4]), given[:1])
    loss.update(np.array([4, 1]), given[1:])
    assert loss.summary() == pytest.approx(-(2 * log(0.55) + log(0.05)) / 3)


def test_loss_of_what_was_ruled_out_is_finite() -> None:
    loss = CrossEntropy()
    loss.update(np.array([1]), np.eye(10)[:1])
    assert 20 < loss.summary() < 40


def test_digits_share_what_other_classes_leave() -> None:
    given = np.array([[0.1, 0.3, *[0.0] * 8, 0.4, 0.2], [1.0, *[0.0] * 11]], np.float32)
    shared = digit_probabilities(given)
    assert shared.shape == (2, 10)
    assert shared[0, :2] == pytest.approx([0.25, 0.75])
    assert shared.sum(axis=1) == pytest.approx([1, 1])


def test_calibration_by_hand() -> None:
    calibration = CalibrationError()
    calibration.update(np.array([0.05, 0.62, 0.68]), np.array([False, True, False]))
    calibration.update(np.array([0.7, 0.9, 1.0]), np.array([True, False, True]))
    summary = calibration.summary()
    gaps = [abs(0.05 - 0), abs(0.62 + 0.68 - 1), abs(0.7 - 1), abs(0.9 + 1.0 - 1)]
    assert summary.error == pytest.approx(sum(gaps) / 6, abs=1e-6)
    assert [row.digits for row in summary.bins] == [1, 0, 0, 0, 0, 0, 2, 1, 0, 2]
    assert (summary.bins[6].confidence, summary.bins[6].accuracy) == (0.65, 0.5)
    assert (summary.bins[6].low, summary.bins[6].high) == (0.6, 0.7)
    assert (summary.bins[1].confidence, summary.bins[1].accuracy) == (None, None)


def test_calibration_of_honest_confidences_is_small() -> None:
    rng = np.random.default_rng(0)
    confidences = rng.random(50_000)
    honest, boastful = CalibrationError(), CalibrationError()
    honest.update(confidences, rng.random(50_000) < confidences)
    boastful.update(confidences, rng.random(50_000) < confidences**2)
    assert honest.summary().error < 0.01
    assert boastful.summary().error == pytest.approx(1 / 6, abs=0.01)  # the mean of c - c * c


def test_coverage_keeps_equal_confidences_together() -> None:
    coverage = Coverage()
    coverage.update(np.array([0.9, 0.5, 0.9]), np.array([True, True, False]))
    coverage.update(np.array([0.95]), np.array([True]))
    thresholds, kept, right = coverage.curve()
    assert thresholds.tolist() == [0.95, 0.9, 0.5]
    assert kept == pytest.approx([1 / 4, 3 / 4, 1])
    assert right == pytest.approx([1, 2 / 3, 3 / 4])


def test_coverage_reaches_the_target_at_the_lowest_threshold() -> None:
    """One mistake in the middle of many: the accuracy falls below the target and recovers."""
    confidences = np.linspace(0.999, 0.5, 4000)
    right = np.ones(4000, bool)
    right[[100, 3500, 3501, 3502, 3503]] = False
    coverage = Coverage()
    coverage.update(confidences, right)
    summary = coverage.summary()
    best = max(k for k in range(1, 4001) if right[:k].sum() / k >= 0.999)  # k most confident
    assert summary.reached is not None
    assert summary.reached.threshold == confidences[best - 1]
    assert summary.reached.coverage == best / 4000
    assert 0.999 <= summary.reached.accuracy <= 1  # type: ignore[operator]
    for point in summary.points:
        kept = [is_right for c, is_right in zip(confidences, right, strict=True) if c >= point.threshold]
        assert point.coverage == pytest.approx(len(kept) / 4000, abs=1e-6)
        accuracy = sum(kept) / len(kept) if kept else None
        assert point.accuracy == (None if accuracy is None else pytest.approx(accuracy, abs=1e-6))


def test_coverage_that_never_reaches_the_target() -> None:
    coverage = Coverage()
    coverage.update(np.array([0.9, 0.8]), np.array([False, True]))
    assert coverage.summary().reached is None


def test_evaluation_puts_the_metrics_together() -> None:
    probabilities = np.full((3, 10), 0.02)
    probabilities[0, 7], probabilities[1, 2], probabilities[2, 1] = 0.82, 0.82, 0.82
    digits = Digits(np.zeros((3, 28, 28), np.uint8), np.array([7, 2, 7], np.uint8))
    record = evaluate(Predictions(digits, probabilities), model="m", data=["d"], first=2)
    assert (record.digits, record.mistakes) == (3, 1)
    assert record.accuracy == pytest.approx(2 / 3, abs=1e-6)
    assert record.loss == pytest.approx(-(2 * log(0.82) + log(0.02)) / 3, abs=1e-6)
    assert record.confusion[7][1] == record.confusion[7][7] == record.confusion[2][2] == 1
    assert record.classes[7].recall == 0.5
    assert record.calibration.error == pytest.approx(abs(3 * 0.82 - 2) / 3, abs=1e-6)
    assert [(d.actual, d.predicted, d.right) for d in record.first] == [("7", "7", True), ("2", "2", True)]
    assert len(evaluate(Predictions(digits, probabilities), model="m", data=[], first=9).first) == 3
