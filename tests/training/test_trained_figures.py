"""Figures of a card: the threshold comes from validation digits, what it is worth from test digits."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.data import DigitData, Digits, Script
from digitscan.training.figures import measure


class Sure:
    """Says that each crop is a 3, with the confidence that its first pixel tells."""

    def classify(self, crops: NDArray[np.float32]) -> NDArray[np.float64]:
        sure = crops[:, 0, 0].astype(np.float64)
        given = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
        given[:, 3] = sure
        return given


def digits(*bytes_and_labels: tuple[int, int]) -> Digits:
    images = np.zeros((len(bytes_and_labels), 28, 28), np.uint8)
    images[:, 0, 0] = [byte for byte, _ in bytes_and_labels]
    return Digits(images, np.array([label for _, label in bytes_and_labels], np.uint8))


def figures(validation: Digits, test: Digits) -> dict[str, float]:
    return measure(
        cast(Classifier, Sure()),
        DigitData("made up", test, validation, validation, test, Script(test), Script(test)),
    )


def test_threshold_is_the_lowest_that_keeps_validation_right() -> None:
    validation = digits((250, 3), (240, 3), (230, 3), (200, 8), (180, 3))
    test = digits((255, 3), (235, 1), (230, 3), (229, 3), (100, 3))
    found = figures(validation, test)
    assert found["threshold_99_9"] == pytest.approx(230 / 255, abs=1e-6)
    assert found["test_coverage_99_9"] == 0.6
    assert found["test_accuracy_above_threshold"] == pytest.approx(2 / 3, abs=1e-5)
    assert found["validation_accuracy"] == 0.8
    assert found["test_accuracy"] == 0.8
    shares = [1.0, (1 - 235 / 255) / 9, 230 / 255, 229 / 255, 100 / 255]
    assert found["test_loss"] == pytest.approx(-np.log(shares).mean(), abs=1e-4)


def test_no_threshold_where_the_surest_is_wrong() -> None:
    found = figures(digits((250, 1), (240, 3)), digits((250, 3)))
    assert set(found) == {"test_accuracy", "test_loss", "validation_accuracy"}


def test_no_accuracy_where_no_test_digit_is_kept() -> None:
    found = figures(digits((250, 3)), digits((240, 3)))
    assert found["test_coverage_99_9"] == 0
    assert "test_accuracy_above_threshold" not in found
