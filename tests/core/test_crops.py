from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from digitscan.crops import make_crop, make_crops
from digitscan.ink import find_ink
from digitscan.segmentation import segment

from .drawing import Array, arbitrary, canvas, enlarged, page, whole

TIMES = range(3, 9)
INVERTED = {(30, 235), (20, 200)}


def sizes_of_mnist(digits: Array) -> Array:
    """The digits whose longest side is 20 pixels: all of MNIST's but a few odd ones."""
    usual = [max(cv2.boundingRect(digit)[2:]) == 20 for digit in digits]
    assert sum(usual) >= len(digits) - 2
    chosen: Array = digits[usual]
    return chosen


def test_mnist_digit_comes_back_as_it_is(digits: Array) -> None:
    for digit in sizes_of_mnist(digits):
        assert np.array_equal(np.round(make_crop(digit) * 255).astype(np.uint8), digit)


@pytest.mark.parametrize(
    ("interpolation", "worst", "mean"),
    [
        pytest.param(cv2.INTER_NEAREST, 1e-3, 1e-3, id="nearest"),
        pytest.param(cv2.INTER_LINEAR, 0.10, 0.04, id="linear"),
        pytest.param(cv2.INTER_CUBIC, 0.13, 0.06, id="cubic"),
    ],
)
def test_enlarged_digit_comes_back(digits: Array, interpolation: int, worst: float, mean: float) -> None:
    chosen = sizes_of_mnist(digits[::50])
    for times in TIMES:
        errors = [
            np.abs(make_crop(enlarged(digit, times, interpolation)) - digit / 255.0).mean()
            for digit in chosen
        ]
        assert max(errors) < worst
        assert np.mean(errors) < mean


@pytest.mark.parametrize(("down", "right"), [(0, 31), (17, 0), (40, 3)])
def test_place_on_the_page_does_not_matter(digits: Array, down: int, right: int) -> None:
    for digit in digits[::250]:
        image = enlarged(digit, 4)
        moved = canvas(200, 200, (image, right, down))
        assert np.array_equal(make_crop(moved), make_crop(image))


def test_centre_of_mass_is_in_the_middle(digits: Array) -> None:
    for i, digit in enumerate(digits[::10]):
        crop = make_crop(enlarged(digit, 1 + i % 8))
        rows, columns = np.indices(crop.shape)
        assert abs(float((columns * crop).sum() / crop.sum()) - 14) <= 0.5 + 1e-3
        assert abs(float((rows * crop).sum() / crop.sum()) - 14) <= 0.5 + 1e-3


@pytest.mark.parametrize(("height", "width"), [(100, 3), (3, 100), (1, 1), (20, 20), (200, 1)])
def test_longest_side_becomes_twenty_and_shape_stays(height: int, width: int) -> None:
    crop = make_crop(canvas(300, 300, (np.full((height, width), 255, np.uint8), 50, 60)))
    _, _, found_width, found_height = cv2.boundingRect((crop > 0).astype(np.uint8))
    scale = 20 / max(height, width)
    assert (found_height, found_width) == (max(1, round(height * scale)), max(1, round(width * scale)))


@arbitrary
@given(
    arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=200),
        elements=st.integers(0, 255),
        fill=st.sampled_from((0, 0, 0, 255)),
    )
)
def test_any_ink_gives_a_crop(density: Array) -> None:
    crop = make_crop(density)
    assert crop.shape == (28, 28)
    assert crop.dtype == np.float32
    assert float(crop.min()) >= 0
    assert float(crop.max()) <= 1
    assert max(cv2.boundingRect((crop > 0).astype(np.uint8))[2:]) <= 20
    if density.max(initial=0) >= 128 and max(density.shape) <= 20:
        assert crop.any()


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (90, 3)])
def test_no_ink_gives_zeros(shape: tuple[int, int]) -> None:
    assert not make_crop(np.zeros(shape, np.uint8)).any()


def test_many_crops_are_the_single_ones(digits: Array) -> None:
    images = [enlarged(digits[0], 2), np.zeros((5, 7), np.uint8), digits[4000]]
    crops = make_crops(images)
    assert crops.shape == (3, 28, 28)
    for crop, image in zip(crops, images, strict=True):
        assert np.array_equal(crop, make_crop(image))


@pytest.mark.parametrize(
    ("paper", "ink"), [(235, 30), (255, 0), (200, 120), (250, 90), *sorted(INVERTED)], ids=str
)
def test_digit_on_a_page_becomes_its_crop(digits: Array, paper: int, ink: int) -> None:
    chosen = sizes_of_mnist(digits[(paper + ink) % 100 :: 125])
    errors = []
    for i, digit in enumerate(chosen):
        # A page of light ink is known by its ink: these pages hold more of it.
        times = 3 + i % 6
        side = 28 * times + (8 if (paper, ink) in INVERTED else 40)
        density = canvas(side, side + 9, (enlarged(digit, times), 7, 5))
        lattice = segment(find_ink(page(density, paper, ink)).density)
        candidate = whole(lattice)
        if candidate is not None:
            errors.append(float(np.abs(make_crop(candidate.density) - digit / 255.0).mean()))
    assert len(errors) >= 0.9 * len(chosen)
    assert np.mean(errors) < 0.045
    assert np.percentile(errors, 90) < 0.08
