"""What happens to drawn strings on paper."""

from __future__ import annotations

import numpy as np
import pytest

from digitscan.training.drawing import paper
from digitscan.training.drawing.paper import add_dirt, tear


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
