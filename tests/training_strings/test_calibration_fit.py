"""The map from probabilities to confidences, fitted on strings of which some can be read by nobody."""

from __future__ import annotations

import numpy as np
import pytest

from digitscan.training.calibrate import fit_calibration


@pytest.mark.parametrize("unreadable", [0.0, 0.01, 0.04])
def test_strings_that_nobody_can_read_do_not_bend_the_map(unreadable: float) -> None:
    """Of the others it is found nearly as it is."""
    rng = np.random.default_rng(0)
    logits = rng.normal(2.5, 3.0, 20000)
    confidences = 1 / (1 + np.exp(-(0.8 * logits + 0.4)))
    right = (rng.random(20000) < confidences) & (rng.random(20000) >= unreadable)
    fitted = fit_calibration(1 / (1 + np.exp(-logits)), right)
    assert fitted.slope == pytest.approx(0.8, abs=0.04)
    assert fitted.offset == pytest.approx(0.4, abs=0.08)


@pytest.mark.parametrize("right", [True, False])
def test_nothing_to_fit_leaves_probabilities_as_they_are(right: bool) -> None:
    fitted = fit_calibration(np.array([0.2, 0.9, 0.99]), np.full(3, right))
    assert (fitted.slope, fitted.offset) == (1.0, 0.0)


def test_map_never_falls() -> None:
    fitted = fit_calibration(np.array([0.9, 0.8, 0.2, 0.1]), np.array([False, False, True, True]))
    assert fitted.slope > 0
    assert fitted.apply(0.99) >= fitted.apply(0.01)
