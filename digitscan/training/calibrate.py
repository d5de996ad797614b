"""Calibration: making the confidence of a string the share of such strings that are right.

Platt (1999), "Probabilistic outputs for support vector machines": a logistic map, here of the logit of the
probability that decoding gives, fitted by maximum likelihood on strings that the network never saw. Some
drawn strings can be read by nobody: a digit was cut off, or covered by another. They are surely read as what
is left, and a few of them would bend the whole map, so it is fitted as one of contaminated data (Copas 1988,
"Binary regression models for contaminated data").
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier, ModelCard
from digitscan.classifier.card import Calibration
from digitscan.data import DigitData, Script
from digitscan.evaluation import CalibrationError
from digitscan.fields import Region
from digitscan.layers import find_layers
from digitscan.options import Layout
from digitscan.reader import Reader
from digitscan.recognition import decode_cells, recognise
from digitscan.straightening import Straightening
from digitscan.training.drawing.combs import draw_comb
from digitscan.training.drawing.strings import draw_string
from digitscan.training.reporter import Reporter
from digitscan.writings import find_writings

STRINGS = 20_000
"""Strings of validation digits that the calibration is fitted on, at the most."""

COMBS = 4000
"""Combs of validation digits that the calibration of cells is fitted on, at the most."""

_CLIP = 1e-6

_UNREADABLE, _ROUNDS = 0.01, 200
"""Share of the strings that nobody can read, at first, and the rounds in which it is fitted with the map."""


def calibrate(
    classifier: Classifier, card: ModelCard, data: DigitData, most: int, seed: int, reporter: Reporter
) -> ModelCard:
    """Fit the calibrations of strings and of cells on newly drawn ones; measure that of strings.

    The error of calibration is that of maps fitted on one half of the strings and measured on the other, both
    ways (cross-validation; Stone 1974, "Cross-validatory choice and assessment of statistical predictions").

    Args:
        classifier: Of a model that was not calibrated.
        card: Of the same model.
        data: What it was trained with.
        most: Strings to draw at the most; at least 1.
        seed: The same seed draws the same strings.
        reporter: Told of progress.

    Returns:
        The card with the calibrations, and with what was measured of them among its figures.
    """
    half, combs = max(1, min(STRINGS, most) // 2), max(1, min(COMBS, most))
    reporter.begin("Calibrating", 2 * half + combs)
    reader = Reader(classifier, layout=Layout.FIELD)
    given, right = read_strings(reader, data.validation_script, 2 * half, seed + 2, reporter.advance)
    of_cells = read_combs(classifier, data.validation_script, combs, seed + 3, reporter.advance)
    error = CalibrationError()
    for fitted, measured in ((np.s_[:half], np.s_[half:]), (np.s_[half:], np.s_[:half])):
        calibration = fit_calibration(given[fitted], right[fitted])
        confidences = np.array([calibration.apply(probability) for probability in given[measured]])
        error.update(confidences, right[measured])
    figures = {
        **card.figures,
        "strings_exact": round(float(right.mean()), 4),
        "strings_calibration_error": round(error.summary().error, 4),
        "cells_exact": round(float(of_cells[1].mean()), 4),
    }
    return card.model_copy(
        update={
            "calibration": fit_calibration(given, right),
            "cell_calibration": fit_calibration(*of_cells),
            "figures": figures,
        }
    )


def read_strings(
    reader: Reader,
    script: Script,
    count: int,
    seed: int,
    progress: Callable[[int], None],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Draw strings and read them.

    Args:
        reader: With ``Layout.FIELD``.
        script: What the strings are written and printed with.
        count: Strings to draw.
        seed: The same seed draws the same strings.
        progress: Called with 1 after each string.

    Returns:
        ``(count,)`` confidences, and whether each string was read right.
    """
    rng = np.random.default_rng(seed)
    confidences, right = np.zeros(count), np.zeros(count, bool)
    for i in range(count):
        drawn = draw_string(script, rng)
        field = reader.read_page(drawn.page).fields[0]
        confidences[i], right[i] = field.confidence, field.text == drawn.text
        progress(1)
    return confidences, right


def read_combs(
    classifier: Classifier,
    script: Script,
    count: int,
    seed: int,
    progress: Callable[[int], None],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Draw combs and read their cells.

    Args:
        classifier: Judges what is written in them.
        script: What the combs are written with.
        count: Combs to draw.
        seed: The same seed draws the same combs.
        progress: Called with 1 after each comb.

    Returns:
        For each cell that holds ink the probability of its best reading, and whether that is right.
    """
    rng = np.random.default_rng(seed)
    given: list[float] = []
    right: list[bool] = []
    for _ in range(count):
        drawn = draw_comb(script, rng)
        layers = find_layers(drawn.page, Straightening.none((drawn.page.shape[1], drawn.page.shape[0])))
        regions = [Region(drawn.box, drawn.cells)]
        (writing,) = find_writings(regions, layers.written, classifier, searched=False)
        (recognised,) = recognise([writing], classifier, None, searched=False)
        cells = decode_cells(writing, recognised.probabilities, classifier)
        for cell, readings, text in zip(writing.cells, cells, drawn.texts, strict=True):
            if cell.pieces:
                given.append(readings[0].probability)
                right.append(readings[0].text == text)
        progress(1)
    return np.array(given), np.array(right, bool)


def fit_calibration(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """Fit the map from a string's probability to its confidence.

    Args:
        probabilities: ``(N,)`` what decoding gave.
        right: ``(N,)`` whether the string was right.

    Returns:
        The map, of strings that can be read; the identity where there is nothing to fit, as when all or none
        are right.

    >>> rng = np.random.default_rng(0)
    >>> given = rng.uniform(0.01, 0.99, 20000)
    >>> fitted = fit_calibration(given, rng.random(20000) < given)
    >>> round(fitted.slope, 1), round(abs(fitted.offset), 1)
    (1.0, 0.0)
    """
    if right.all() or not right.any():
        return Calibration()
    clipped = np.clip(probabilities, _CLIP, 1 - _CLIP)
    features = np.stack([np.log(clipped / (1 - clipped)), np.ones(len(clipped))], axis=1)
    weights, unreadable = np.array([1.0, 0.0]), _UNREADABLE
    for _ in range(_ROUNDS):  # expectation maximisation, its second half by a step of Newton's method
        given = 1 / (1 + np.exp(-features @ weights))
        excused = np.where(right, 0.0, unreadable / (unreadable + (1 - unreadable) * (1 - given)))
        unreadable, counted = float(excused.mean()), 1 - excused
        gradient = features.T @ (counted * (given - right)) + 1e-3 * (weights - [1.0, 0.0])
        curvature = (features * (counted * given * (1 - given))[:, None]).T @ features + 1e-3 * np.eye(2)
        weights = weights - np.linalg.solve(curvature, gradient)
    return Calibration(slope=max(float(weights[0]), 1e-3), offset=float(weights[1]))
