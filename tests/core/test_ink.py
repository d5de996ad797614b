from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from digitscan.ink import Ink, find_ink
from digitscan.light import flatten_light

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


@pytest.mark.parametrize("darkness", [0.6, 0.3])
def test_light_that_falls_off_to_the_edges_leaves_no_dark_edge(written: Array, darkness: float) -> None:
    away = (COLUMNS / WIDTH - 0.5) ** 2 + (ROWS / HEIGHT - 0.5) ** 2
    ink = find_ink(as_page(245 * (1 - away) * (1 - darkness * (written / 255.0))))
    assert shared(ink.mask, written) > 0.93
    assert not ink.mask[:, :8].any()


def test_shadow_with_an_edge_is_no_ink(written: Array) -> None:
    shadow = 1 - 0.4 / (1 + np.exp((COLUMNS + 0.5 * ROWS - 380) / 6))
    assert shared(find_ink(as_page(235 * shadow * (1 - 0.6 * (written / 255.0)))).mask, written) > 0.93


def test_darkness_is_that_below_the_light() -> None:
    light = 60 + 180 * COLUMNS / WIDTH
    light[100:200, 240:250] *= 0.4
    darkness = flatten_light(as_page(light))
    inked = np.zeros(light.shape, bool)
    inked[100:200, 240:250] = True
    assert darkness[~inked].max() <= 20
    assert np.abs(darkness[inked].astype(int) - 153).max() <= 8


def test_ink_of_a_binary_page_is_its_black(written: Array) -> None:
    black = written >= 128
    ink = find_ink(np.where(black, 0, 255).astype(np.uint8))
    assert np.array_equal(ink.mask > 0, black)


def test_page_of_few_greys_keeps_them() -> None:
    page = np.full((200, 300), 255, np.uint8)
    page[50:90, 40:200] = 0
    assert find_ink(page).is_binary
    page[50, 40:60] = 170
    given = page.copy()
    ink = find_ink(page)
    assert not ink.is_binary
    assert np.array_equal(ink.density, 255 - page)
    ink.density[:] = 0  # its own, and not the page
    assert np.array_equal(page, given)
    ink = find_ink(page)
    assert np.array_equal(ink.mask, np.where(page <= 127, 255, 0))


@pytest.mark.parametrize("period", [5, 7, 12])
@pytest.mark.parametrize(("across", "down"), [(1, 0), (0, 1), (1, 1)])
def test_texture_is_no_ink(written: Array, period: int, across: int, down: int) -> None:
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * (across * COLUMNS + down * ROWS) / period)
    grey = as_page(235 - 200 * np.maximum(written / 255.0, 0.25 * wave))
    assert shared(find_ink(grey).mask, written) > 0.88


def fine_lines(period: float) -> NDArray[np.float64]:
    """The fine wavy lines of cheques, two families of them, 0 to 1."""
    waves = [
        np.cos(2 * np.pi * (down * ROWS + across * COLUMNS + 2 * np.sin(COLUMNS / 15)) / period)
        for down, across in ((0.8, 0.6), (0.9, -0.4))
    ]
    lines: NDArray[np.float64] = np.clip(3 * (np.maximum(*waves) - 0.5), 0, 1)
    return lines


@pytest.mark.parametrize(("darkness", "least"), [(0.4, 0.8), (0.65, 0.75)])
@pytest.mark.parametrize("period", [6.0, 9.0])
def test_fine_lines_of_security_paper_are_no_ink(
    written: Array, period: float, darkness: float, least: float
) -> None:
    noise = np.random.default_rng(5).normal(0, 2, written.shape)
    paper = 235 * (1 - 0.6 * darkness * fine_lines(period))
    grey = as_page(cv2.GaussianBlur(paper * (1 - 0.6 * (written / 255.0)), (0, 0), 0.6) + noise)
    assert shared(find_ink(grey).mask, written) > least


@pytest.mark.parametrize(("spread", "least"), [(5, 0.94), (10, 0.92), (20, 0.85)])
def test_noise_leaves_the_ink(written: Array, spread: float, least: float) -> None:
    noise = np.random.default_rng(1).normal(0, spread, written.shape)
    grey = as_page(page(written) + noise)
    assert shared(find_ink(grey).mask, written) > least


def grain(seed: int) -> NDArray[np.float64]:
    """How much of a pencil sticks to the paper, pixel by pixel."""
    rough = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH)), (0, 0), 0.8)
    stuck: NDArray[np.float64] = np.clip(0.75 + 0.45 * rough / rough.std(), 0, 1.1)
    return stuck


def pencilled(density: Array, darkness: float, seed: int) -> NDArray[np.float64]:
    """How dark what was written with a pencil is, 0 to 1."""
    soft = cv2.GaussianBlur(darkness * (density / 255.0) * grain(seed), (0, 0), 0.6)
    return np.asarray(soft, np.float64)


def noisy(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 2.5, (HEIGHT, WIDTH))


@pytest.mark.parametrize("darkness", [0.45, 0.3, 0.2])
def test_pencil_strokes_hold_together(written: Array, darkness: float) -> None:
    mask = find_ink(as_page(235 * (1 - pencilled(written, darkness, 6)) + noisy(7))).mask
    assert shared(mask, written) > 0.72
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    assert np.sum(np.sort(stats[1:, cv2.CC_STAT_AREA])[-12:]) > 0.97 * np.count_nonzero(mask)


def test_grain_on_textured_paper_brings_out_no_texture(written: Array) -> None:
    ink = pencilled(written, 0.6, 6)
    grey = as_page(235 * (1 - np.maximum(ink, 0.22 * fine_lines(8))) + noisy(7))
    mask = find_ink(grey).mask
    beside = cv2.dilate(written, np.ones((9, 9), np.uint8)) == 0
    assert np.count_nonzero(mask[beside]) < 0.002 * np.count_nonzero(beside)


@pytest.mark.parametrize("darkness", [0.45, 0.3])
def test_pencil_is_ink_on_a_form_in_black_print(written: Array, darkness: float) -> None:
    printed = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(printed, (4, 4), (WIDTH - 5, HEIGHT - 5), 255, 3)
    printed[HEIGHT - 25 : HEIGHT - 12, 20:480] = written[60:73, 20:480]  # the middles of digits, as print
    ink = np.maximum(pencilled(written, darkness, 8), 0.85 * (printed / 255.0))
    found = find_ink(as_page(235 * (1 - ink) + noisy(9)))
    assert shared(found.mask, np.maximum(written, printed)) > 0.8


def test_print_is_as_thick_beside_pencil_as_alone(written: Array) -> None:
    printed = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(printed, (4, 4), (WIDTH - 5, HEIGHT - 5), 255, 3)
    soft = 0.85 * cv2.GaussianBlur(printed / 255.0, (0, 0), 1)
    alone = find_ink(as_page(235 * (1 - soft))).mask
    beside = find_ink(as_page(235 * (1 - np.maximum(soft, pencilled(written, 0.4, 8)))))
    assert np.array_equal(beside.mask[:, :15], alone[:, :15])


@pytest.mark.parametrize("darkness", [0.2, 0.35, 0.5])
def test_writing_that_shows_through_from_the_back_is_no_ink(written: Array, darkness: float) -> None:
    back = cv2.GaussianBlur(np.roll(written[:, ::-1] / 255.0, 45, axis=0), (0, 0), 3)
    paper = 235 * (1 - 0.8 * darkness * back) + noisy(10)
    grey = as_page(paper - 235 * 0.8 * (written / 255.0))
    assert shared(find_ink(grey).mask, written) > 0.93


def test_pale_lines_of_a_form_do_not_come_out_beside_a_pen(written: Array) -> None:
    printed = np.zeros((HEIGHT, WIDTH), np.uint8)
    for y in (30, 125, 150, 260):
        printed[y : y + 3] = 255
    grey = as_page(235 * (1 - np.maximum(0.85 * (written / 255.0), 0.25 * (printed / 255.0))))
    assert shared(find_ink(grey).mask, written) > 0.93


def test_marks_far_paler_than_the_ink_are_none(written: Array) -> None:
    pale = canvas(HEIGHT, WIDTH, (written[120:280, :120], 370, 20))
    grey = as_page(235 * (1 - np.maximum(0.95 * (written / 255.0), 0.15 * (pale / 255.0))))
    beside = cv2.dilate(written, np.ones((5, 5), np.uint8)) == 0
    assert not find_ink(grey).mask[beside].any()


@pytest.mark.parametrize(("height", "least"), [(12, 0.6), (20, 0.75), (200, 0.96)])
def test_ink_is_found_at_any_resolution(digits: Array, height: int, least: float) -> None:
    side = round(28 * height / 20)
    shapes = [cv2.resize(digits[i], (140, 140), interpolation=cv2.INTER_CUBIC) for i in (137, 1640, 3001)]
    sized = [cv2.resize(shape, (side, side), interpolation=cv2.INTER_AREA) for shape in shapes]
    density = np.pad(np.hstack(sized), height // 2)
    noise = np.random.default_rng(11).normal(0, 4, density.shape)
    assert shared(find_ink(as_page(page(density) + noise)).mask, density) > least


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


def test_strokes_of_a_page_of_level_rules_are_as_thick_as_these() -> None:
    ruled = np.full((400, 700), 255, np.uint8)
    ruled[100:103] = ruled[200:203] = ruled[300:303] = 0
    assert find_ink(ruled).stroke == 3


@pytest.mark.parametrize("noise", [0, 6], ids=["drawn", "scanned"])
def test_page_stays_as_it_is_given(written: Array, noise: int) -> None:
    grey = as_page(235 * (1 - 0.8 * (written / 255.0)) + (noisy(noise) if noise else 0))
    before = grey.copy()
    find_ink(grey)
    assert np.array_equal(grey, before)


@pytest.mark.parametrize("levels", [(0, 255), (0, 127, 128, 255), (0, 1, 255), (0, 254, 255)])
def test_mask_is_what_counts_as_ink(levels: tuple[int, ...]) -> None:
    density = np.random.default_rng(0).choice(np.array(levels, np.uint8), (300, 40))
    assert np.array_equal(Ink(density, 3.0).mask, np.where(density >= 128, 255, 0))
