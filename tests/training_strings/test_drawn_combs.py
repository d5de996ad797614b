"""Synthetic combs, and the calibration of their cells."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from digitscan.classifier import Classifier, default_model
from digitscan.data import Script
from digitscan.data.fonts import load_fonts
from digitscan.data.typefaces import OPENCV_FONTS
from digitscan.training.calibrate import read_combs
from digitscan.training.drawing.combs import draw_comb


@pytest.fixture(scope="module")
def script() -> Script:
    """One plain digit of each class."""
    digits = load_fonts(OPENCV_FONTS[:1], "train", varied=False)
    assert digits is not None
    return Script(digits)


@pytest.mark.parametrize("seed", range(12))
def test_digits_are_in_their_cells(seed: int, script: Script) -> None:
    drawn = draw_comb(script, np.random.default_rng(seed))
    assert len(drawn.cells) == len(drawn.texts) + 1
    assert drawn.cells[0] == drawn.box[0]
    assert drawn.cells[-1] == drawn.box[0] + drawn.box[2] <= drawn.page.shape[1]
    assert set("".join(drawn.texts)) <= set("0123456789")
    dark = drawn.page < np.median(drawn.page) - 30
    top, bottom = round(drawn.box[1]), round(drawn.box[1] + drawn.box[3])
    shares = []
    for text, (left, right) in zip(drawn.texts, pairwise(drawn.cells), strict=True):
        inset = 0.15 * (right - left)
        middle = dark[top + 8 : bottom - 8, round(left + inset) : round(right - inset)]
        shares.append((bool(text), float(middle.mean())))
    written = [share for text, share in shares if text]
    blank = [share for text, share in shares if not text]
    assert np.median(written) > 0.02
    assert max(blank, default=0.0) < np.median(written)


def test_same_seed_draws_the_same_comb(script: Script) -> None:
    one, other = (draw_comb(script, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.page, other.page)
    assert (one.box, one.cells, one.texts) == (other.box, other.cells, other.texts)


def test_cells_are_read_and_only_those_with_ink(script: Script) -> None:
    steps: list[int] = []
    given, right = read_combs(Classifier(default_model()), script, 20, 1, steps.append)
    rng = np.random.default_rng(1)
    written = sum(bool(text) for _ in range(20) for text in draw_comb(script, rng).texts)
    assert sum(steps) == 20
    assert abs(len(given) - written) <= 0.1 * written  # specks may leave ink in others
    assert right.mean() > 0.9
    assert ((given >= 0) & (given <= 1)).all()
    assert given[right].mean() > 0.9
