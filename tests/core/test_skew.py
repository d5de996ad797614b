from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.ink import Ink
from digitscan.skew import measure_skew
from digitscan.straightening import Straightening

from .drawing import Array, arbitrary, canvas, enlarged, frame, inked

WIDTH, HEIGHT = 800, 600


def text_page() -> Array:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    for i in range(10):
        place = (60, 70 + 50 * i)
        cv2.putText(density, f"Lorem ipsum dolor sit amet {i}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    return density


def boxes_page() -> Array:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    for i in range(12):
        frame(density, (70 + 230 * (i % 3), 60 + 125 * (i // 3), 180, 70))
    return density


def line_page() -> Array:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(density, "12345 67890 12", (70, 300), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 3)
    return density


PAGES = {"text": text_page, "boxes": boxes_page, "line": line_page}


def clockwise(density: Array, degrees: float) -> Array:
    height, width = density.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    image: Array = cv2.warpAffine(density, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return image


def skew(density: Array) -> float:
    return measure_skew(Ink(density, 4.0))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("degrees", [-4, -2.7, -1, -0.5, 0, 0.5, 1, 2.2, 4])
def test_turned_page_is_measured(name: str, degrees: float) -> None:
    found = skew(clockwise(PAGES[name](), degrees))
    assert found == pytest.approx(degrees, abs=0.15)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("degrees", [-3.3, 1.7])
def test_straightened_page_is_level(name: str, degrees: float) -> None:
    density = clockwise(PAGES[name](), degrees)
    straightening = Straightening.turn(skew(density), (WIDTH, HEIGHT))
    assert skew(straightening.apply(density)) == 0


@pytest.mark.parametrize("name", PAGES)
def test_level_page_is_left_alone(name: str) -> None:
    assert skew(PAGES[name]()) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (300, 200)])
@pytest.mark.parametrize("level", [0, 255])
def test_blank_page_has_no_skew(shape: tuple[int, int], level: int) -> None:
    assert skew(np.full(shape, level, np.uint8)) == 0


def test_single_digit_has_no_skew(digits: Array) -> None:
    found = [
        skew(canvas(28 * k + 80, 28 * k + 80, (enlarged(digit, k), 40, 40)))
        for digit in digits[::250]
        for k in (3, 8)
    ]
    assert found == [0.0] * len(found)


@pytest.mark.parametrize("degrees", [-4, -1.3, 0, 0.4, 3])
@pytest.mark.parametrize("centre", [(100, 80), (400, 300), (690, 510), (120, 520)])
def test_boxes_come_back_onto_the_page_as_given(degrees: float, centre: tuple[int, int]) -> None:
    given_page = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(given_page, centre, 12, 255, -1)
    straightening = Straightening.turn(degrees, (WIDTH, HEIGHT))
    straightened = straightening.apply(given_page)
    assert straightened.shape == given_page.shape
    box = cv2.boundingRect(inked(straightened))
    ((x, y, width, height),) = straightening.restore([box])
    assert x + width / 2 == pytest.approx(centre[0] + 0.5, abs=2)
    assert y + height / 2 == pytest.approx(centre[1] + 0.5, abs=2)
    assert 25 <= min(width, height) <= max(width, height) <= 31


def test_wide_box_comes_back_around_its_corners() -> None:
    straightening = Straightening.turn(3.0, (WIDTH, HEIGHT))
    density = canvas(HEIGHT, WIDTH, (np.full((30, 500), 255, np.uint8), 150, 250))
    back = clockwise(density, 3.0)
    ((x, y, width, height),) = straightening.restore([(150, 250, 500, 30)])
    true = cv2.boundingRect(inked(back))
    for found, drawn in zip((x, y, x + width, y + height), _edges(true), strict=True):
        assert found == pytest.approx(drawn, abs=3)


def _edges(box: tuple[int, ...]) -> tuple[int, int, int, int]:
    return box[0], box[1], box[0] + box[2], box[1] + box[3]


def test_level_page_keeps_its_boxes() -> None:
    straightening = Straightening.turn(0.0, (100, 80))
    assert straightening.restore([(10.0, 20.0, 30.0, 40.0)]) == [(10, 20, 30, 40)]
    assert straightening.restore([(10.3, 20.3, 30.0, 40.0)]) == [(10, 20, 31, 41)]
    assert straightening.restore([(-5.0, 60.0, 30.0, 40.0)]) == [(0, 60, 25, 20)]


numbers = st.floats(-500, 1500)
sides = st.floats(0, 900)


@arbitrary
@given(st.floats(-6, 6), st.integers(1, 900), st.integers(1, 900), st.tuples(numbers, numbers, sides, sides))
def test_restored_box_is_inside_the_page(
    degrees: float, width: int, height: int, box: tuple[float, float, float, float]
) -> None:
    ((x, y, across, down),) = Straightening.turn(degrees, (width, height)).restore([box])
    assert 0 <= x <= x + across <= width
    assert 0 <= y <= y + down <= height
