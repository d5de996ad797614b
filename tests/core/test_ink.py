from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from digitscan.ink import find_ink, stroke_width

from .drawing import Array, arbitrary, canvas, enlarged, page, shared

HEIGHT, WIDTH = 300, 500
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)


@pytest.fixture(scope="module")
def written(digits: Array) -> Array:
    """Two rows of five digits."""
    return canvas(
        HEIGHT,
        WIDTH,
        *(
            (enlarged(digits[137 + 971 * (i % 5) + 40 * i], 3), 20 + 90 * (i % 5), 40 + 130 * (i // 5))
            for i in range(10)
        ),
    )


def as_page(values: NDArray[np.floating]) -> Array:
    grey: Array = np.clip(np.round(values), 0, 255).astype(np.uint8)
    return grey


LIGHTS = {
    "flat": np.full((HEIGHT, WIDTH), 235.0),
    "from the left": 250 - 130 * COLUMNS / (WIDTH - 1),
    "from above": 250 - 130 * ROWS / (HEIGHT - 1),
    "from a corner": 250 - 65 * COLUMNS / (WIDTH - 1) - 65 * ROWS / (HEIGHT - 1),
}


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("darkness", [0.95, 0.6, 0.35])
def test_ink_is_found_in_any_light(written: Array, light: str, darkness: float) -> None:
    grey = as_page(LIGHTS[light] * (1 - darkness * (written / 255.0)))
    assert shared(find_ink(grey).mask, written) > 0.93


def test_ink_of_a_binary_page_is_its_black(written: Array) -> None:
    black = written >= 128
    ink = find_ink(np.where(black, 0, 255).astype(np.uint8))
    assert np.array_equal(ink.mask > 0, black)


@pytest.mark.parametrize("period", [5, 7, 12])
@pytest.mark.parametrize(("across", "down"), [(1, 0), (0, 1), (1, 1)])
def test_texture_is_no_ink(written: Array, period: int, across: int, down: int) -> None:
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * (across * COLUMNS + down * ROWS) / period)
    grey = as_page(235 - 200 * np.maximum(written / 255.0, 0.25 * wave))
    assert shared(find_ink(grey).mask, written) > 0.88


@pytest.mark.parametrize(("spread", "least"), [(5, 0.94), (10, 0.92), (20, 0.85)])
def test_noise_leaves_the_ink(written: Array, spread: float, least: float) -> None:
    noise = np.random.default_rng(1).normal(0, spread, written.shape)
    grey = as_page(page(written) + noise)
    assert shared(find_ink(grey).mask, written) > least


@pytest.mark.parametrize(("light", "spread"), [*((light, 0) for light in LIGHTS), ("flat", 2), ("flat", 3)])
def test_blank_page_has_no_ink(light: str, spread: float) -> None:
    noise = np.random.default_rng(2).normal(0, spread, (HEIGHT, WIDTH))
    ink = find_ink(as_page(LIGHTS[light] + noise))
    assert np.count_nonzero(ink.mask) <= 0.002 * ink.mask.size
    if not spread:
        assert ink.stroke == 0
        assert not ink.density.any()


@pytest.mark.parametrize(("light", "spread"), [("flat", 6), ("flat", 10), ("from the left", 3)])
def test_noisy_blank_page_has_next_to_no_ink(light: str, spread: float) -> None:
    noise = np.random.default_rng(3).normal(0, spread, (HEIGHT, WIDTH))
    assert np.count_nonzero(find_ink(as_page(LIGHTS[light] + noise)).mask) <= 0.002 * HEIGHT * WIDTH


@pytest.mark.parametrize("side", [2000, 3000])
@pytest.mark.parametrize("spread", [0, 3])
def test_few_digits_on_a_large_page_are_found(written: Array, side: int, spread: float) -> None:
    density = canvas(side, side, (written[:150], 400, 700))
    noise = np.random.default_rng(4).normal(0, spread, density.shape) if spread else 0.0
    assert shared(find_ink(as_page(page(density) + noise)).mask, density) > 0.9


@pytest.mark.parametrize("level", [0, 1, 20, 127, 128, 200, 254, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (40, 30)])
def test_page_of_one_level_has_no_ink(level: int, shape: tuple[int, int]) -> None:
    assert not find_ink(np.full(shape, level, np.uint8)).mask.any()


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (235, 30), (220, 90)])
def test_white_on_black_is_as_its_inverse(written: Array, paper: int, ink: int) -> None:
    grey = page(written, paper, ink)
    straight, inverse = find_ink(grey), find_ink(255 - grey)
    assert np.array_equal(straight.density, inverse.density)
    assert shared(straight.mask, written) > 0.95


def test_light_page_with_glare_is_not_inverted(written: Array) -> None:
    grey = page(written, 150, 90)
    grey[:, 470:] = 255
    assert shared(find_ink(grey).mask[:, :450], written[:, :450]) > 0.9


def test_dim_page_of_dark_ink_is_not_inverted(written: Array) -> None:
    assert shared(find_ink(page(written, 110, 20)).mask, written) > 0.93


@pytest.mark.parametrize("side", [15, 25])
def test_little_white_on_black_is_as_its_inverse(side: int) -> None:
    grey = page(canvas(300, 300, (np.full((side, side), 255, np.uint8), 100, 100)), 30, 235)
    assert np.count_nonzero(find_ink(grey).mask) == side * side


@arbitrary
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=60)))
def test_any_page_has_ink_of_its_shape(grey: Array) -> None:
    ink = find_ink(grey)
    assert ink.density.shape == ink.mask.shape == grey.shape
    assert ink.density.dtype == ink.mask.dtype == np.uint8
    assert np.array_equal(ink.mask, np.where(ink.density >= 128, 255, 0))
    assert np.isfinite(ink.stroke)
    assert (ink.stroke > 0) == bool(ink.mask.any())


def test_mask_is_where_the_density_is_half(written: Array) -> None:
    ink = find_ink(page(written, 230, 60))
    assert np.array_equal(ink.mask, np.where(ink.density >= 128, 255, 0))
    assert 0 < np.count_nonzero((ink.density > 0) & (ink.density < 255)) < np.count_nonzero(written)


@pytest.mark.parametrize("width", [1, 2, 5, 11])
def test_stroke_width_is_that_of_the_stems(width: int) -> None:
    stems = canvas(90, 200, *((np.full((60, width), 255, np.uint8), 20 + 40 * i, 15) for i in range(4)))
    assert stroke_width(stems) == width
    assert find_ink(page(stems)).stroke == width


def test_strokes_of_a_page_of_level_rules_are_as_thick_as_these() -> None:
    ruled = np.full((400, 700), 255, np.uint8)
    ruled[100:103] = ruled[200:203] = ruled[300:303] = 0
    assert find_ink(ruled).stroke == 3
