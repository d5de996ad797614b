"""What happens to drawn strings on paper."""

from __future__ import annotations

import numpy as np
import pytest

from digitscan.strokes import mean_width
from digitscan.training.drawing import paper
from digitscan.training.drawing.background import draw_background
from digitscan.training.drawing.paper import add_dirt, scan, tear


@pytest.fixture
def block() -> tuple[np.ndarray, np.ndarray]:
    """A field with two broad strokes of two digits, and whose ink it is."""
    ink, owners = np.zeros((2, 120, 300), np.uint8)
    for owner, left in enumerate((60, 180), start=1):
        ink[30:90, left : left + 40] = 255
        owners[30:90, left : left + 40] = owner
    return ink, owners


def test_torn_strokes_have_gaps_that_belong_to_nobody(
    block: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "_TORN", 1.0)
    lost = 0
    for seed in range(20):
        ink, owners = tear(*block, 60, np.random.default_rng(seed))
        assert (ink <= block[0]).all()
        assert (owners[ink <= 64] == 0).all()
        np.testing.assert_array_equal(owners[ink > 64], block[1][ink > 64])
        assert np.count_nonzero(owners) > 0.4 * np.count_nonzero(block[1])
        lost += int(np.count_nonzero(owners) < np.count_nonzero(block[1]))
    assert lost >= 12


def test_most_strokes_stay_whole(block: tuple[np.ndarray, np.ndarray]) -> None:
    kept = [(tear(*block, 60, np.random.default_rng(seed))[0] == block[0]).all() for seed in range(100)]
    assert 0.7 < np.mean(kept) < 1


def test_uprights_of_a_comb_are_nobodys_ink_at_equal_steps(
    block: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "_COMBED", 1.0)
    for seed in range(20):
        ink, owners = add_dirt(*block, 90.0, 60, np.random.default_rng(seed))
        high = np.count_nonzero(owners == 255, axis=0) >= 8
        starts = np.flatnonzero(np.diff(high.astype(int)) == 1)
        assert len(starts) >= 2
        assert (ink[owners == 255] > 64).all()
        steps = np.diff(starts)
        assert np.median(steps) >= 30


def test_dirt_covers_no_digit(block: tuple[np.ndarray, np.ndarray]) -> None:
    for seed in range(20):
        _, owners = add_dirt(*block, 90.0, 60, np.random.default_rng(seed))
        np.testing.assert_array_equal(owners[block[0] == 255], block[1][block[0] == 255])


@pytest.mark.parametrize("height", [24, 60])
def test_backgrounds_are_fine_lines(height: int) -> None:
    shape = 2 * height, 6 * height
    covered, widths = [], []
    for seed in range(40):
        background = draw_background(shape, height, np.random.default_rng(seed))
        assert background.shape == shape
        assert background.min() >= 0
        assert background.max() <= 1
        covered.append(float(np.mean(background > 0.3)))
        widths.append(mean_width((background > 0.3).astype(np.uint8)))
    assert 0.1 < np.mean(covered) < 0.6
    assert len(set(covered)) > 30
    assert np.median(widths) < 0.15 * height


def test_lines_do_not_hide_what_is_written() -> None:
    ink = np.zeros((90, 300), np.uint8)
    ink[30:70, 100:106] = ink[30:70, 200:206] = 255
    for seed in range(60):
        page = scan(ink, 40, np.random.default_rng(seed)).astype(int)
        assert page[35:65, 101:105].mean() < page[ink == 0].mean() - 10
