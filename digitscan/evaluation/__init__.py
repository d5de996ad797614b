"""Evaluation: how good a classifier is on labelled digits, in numbers and in pictures."""

from __future__ import annotations

from digitscan.evaluation.calibration import CalibrationError
from digitscan.evaluation.confusion import ConfusionMatrix
from digitscan.evaluation.coverage import Coverage
from digitscan.evaluation.evaluate import Predictions, evaluate, predict
from digitscan.evaluation.loss import CrossEntropy, digit_probabilities

__all__ = [
    "CalibrationError",
    "ConfusionMatrix",
    "Coverage",
    "CrossEntropy",
    "Predictions",
    "digit_probabilities",
    "evaluate",
    "predict",
]
