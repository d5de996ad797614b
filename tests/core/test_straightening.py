from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitscan.straightening import Straightening

from .drawing import Array, Box, arbitrary, canvas, ink_box
from .forms import invert, moved

Matrix = NDArray[np.float64]

SIZE = (90, 60)
QUARTERS: dict[int, tuple[Matrix, tuple[int, int]]] = {
    0: (np.eye(3), (90, 60)),
    1: (np.array([[0, 1, 0], [-1, 0, 90], [0, 0, 1.0]]), (60, 90)),
    2: (np.array([[-1, 0, 90], [0, -1, 60], [0, 0, 1.0]]), (90, 60)),
    3: (np.array([[0, -1, 60], [1, 0, 0], [0, 0, 1.0]]), (60, 90)),
}
"""Quarter turns counter-clockwise of a page of 90 x 60: the map of its edges, and its size then."""


def quarter(turns: int) -> Straightening:
    matrix, size = QUARTERS[turns]
    return Straightening.onto(matrix, SIZE, size)


def projective(seed: int, given: tuple[int, int] = (300, 400)) -> Straightening:
    """A page whose corners are moved by a tenth at the most, onto another size."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(150, 500)), int(rng.integers(150, 500))
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    from_ = (corners + rng.uniform(-0.1, 0.1, (4, 2))) * given
    matrix = cv2.getPerspectiveTransform(from_.astype(np.float32), (corners * size).astype(np.float32))
    return Straightening.onto(np.asarray(matrix, np.float64), given, size)


def speckled(width: int, height: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)


@pytest.mark.parametrize("turns", QUARTERS)
def test_quarter_turns_keep_every_pixel(turns: int) -> None:
    given_page = speckled(*SIZE)
    straightening = quarter(turns)
    assert (straightening.apply(given_page) == np.rot90(given_page, turns)).all()
    assert straightening.changes is (turns != 0)


@pytest.mark.parametrize("turns", QUARTERS)
@pytest.mark.parametrize("box", [(0, 0, 1, 1), (3, 7, 20, 11), (30, 40, 30, 20), (0, 0, 60, 60)])
def test_boxes_come_back_from_quarter_turns_exactly(turns: int, box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    straightening = quarter(turns)
    turned = np.zeros(straightening.size[::-1], np.uint8)
    turned[y : y + height, x : x + width] = 255
    true = cv2.boundingRect(np.ascontiguousarray(np.rot90(turned, -turns)))
    assert straightening.restore([(float(x), float(y), float(width), float(height))]) == [tuple(true)]


@pytest.mark.parametrize("shift", [(0, 0), (7, -4), (-31, 22)])
def test_whole_shift_keeps_every_pixel_and_repeats_the_edge(shift: tuple[int, int]) -> None:
    given_page = speckled(*SIZE)
    matrix = np.eye(3)
    matrix[:2, 2] = shift
    size = 100, 50
    moved_page = Straightening.onto(matrix, SIZE, size).apply(given_page)
    columns = np.clip(np.arange(size[0]) - shift[0], 0, SIZE[0] - 1)
    rows = np.clip(np.arange(size[1]) - shift[1], 0, SIZE[1] - 1)
    assert (moved_page == given_page[np.ix_(rows, columns)]).all()


@pytest.mark.parametrize(
    "straightening",
    [
        Straightening.turn(3.7, SIZE),
        quarter(1),
        quarter(2),
        Straightening.onto(np.diag([0.5, 2.0, 1.0]), SIZE, (45, 120)),
        projective(1),
        projective(2),
    ],
    ids=["turn", "quarter", "half", "stretched", "projective", "projective too"],
)
def test_both_maps_are_of_the_same_points(straightening: Straightening) -> None:
    pixels = np.array([(0.0, 0.0), (10, 3), (44, 31), (80, 55)])
    by_edges = moved(pixels + 0.5, straightening.edges) - 0.5
    assert moved(pixels, straightening.matrix) == pytest.approx(by_edges, abs=1e-9)
    again = Straightening.onto(straightening.edges, straightening.given, straightening.size)
    assert again.matrix == pytest.approx(straightening.matrix, abs=1e-9)
    assert straightening.back(moved(pixels, straightening.edges)) == pytest.approx(pixels, abs=1e-6)


def test_enlarged_page_fills_its_new_size() -> None:
    straightening = Straightening.onto(np.diag([3.0, 2.0, 1.0]), (40, 50), (120, 100))
    density = canvas(50, 40, (np.full((10, 6), 255, np.uint8), 12, 30))
    assert ink_box(straightening.apply(density)) == pytest.approx((36, 60, 18, 20), abs=1)
    assert straightening.restore([(36.0, 60.0, 18.0, 20.0)]) == [(12, 30, 6, 10)]
    assert straightening.restore([(0.0, 0.0, 120.0, 100.0)]) == [(0, 0, 40, 50)]


def test_page_without_boxes_restores_none() -> None:
    assert projective(0).restore([]) == []


@pytest.mark.parametrize("seed", range(6))
def test_box_comes_back_around_its_corners_through_perspective(seed: int) -> None:
    straightening = projective(seed)
    width, height = straightening.size
    x, y, across, down = 0.3 * width, 0.4 * height, 0.35 * width, 0.2 * height
    corners = np.array([(x, y), (x + across, y), (x + across, y + down), (x, y + down)])
    there = moved(corners, invert(straightening.edges))
    ((left, top, wide, high),) = straightening.restore([(x, y, across, down)])
    assert (left, top) == tuple(np.floor(there.min(axis=0)))
    assert (left + wide, top + high) == tuple(np.ceil(there.max(axis=0)))


@pytest.mark.parametrize("seed", range(4))
def test_ink_is_where_the_points_say(seed: int) -> None:
    straightening = projective(seed)
    density = np.zeros((400, 300), np.uint8)
    cv2.circle(density, (140, 210), 8, 255, -1)
    x, y, width, height = ink_box(straightening.apply(density))
    back = straightening.back(np.array([(x + width / 2, y + height / 2)]))
    assert back[0] == pytest.approx((140.5, 210.5), abs=1.0)


@pytest.mark.parametrize("angle", [-179.0, -95.5, -4.2, 0.0, 0.3, 5.0, 90.0, 178.0])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7])
def test_degrees_are_counted_counter_clockwise(angle: float, scale: float) -> None:
    matrix = np.vstack([cv2.getRotationMatrix2D((30.0, 20.0), angle, scale), (0, 0, 1)])
    assert Straightening.onto(matrix, SIZE, (200, 100)).degrees == pytest.approx(angle, abs=1e-6)
    # A mark right of the middle of a page that is turned a little counter-clockwise gets higher.
    if 0 < angle < 90:
        (right,) = moved(np.array([(45.0, 20.0)]), matrix)
        assert right[1] < 20


def test_degrees_are_those_of_the_middle() -> None:
    straightening = projective(3)
    x, y = 150.0, 200.0
    ahead, behind = moved(np.array([(x + 1.5, y + 0.5), (x - 0.5, y + 0.5)]), straightening.edges)
    expected = np.rad2deg(np.arctan2(behind[1] - ahead[1], ahead[0] - behind[0]))
    assert straightening.degrees == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("straightening", "changes"),
    [
        (Straightening.none(SIZE), False),
        (Straightening.turn(0.0, SIZE), False),
        (Straightening.turn(0.1, SIZE), True),
        (Straightening.onto(np.eye(3), SIZE, SIZE), False),
        (Straightening.onto(np.eye(3), SIZE, (90, 61)), True),
        (Straightening.onto(np.array([[1, 0, 0.5], [0, 1, 0], [0, 0, 1.0]]), SIZE, SIZE), True),
    ],
    ids=["none", "turned by nothing", "turned a little", "onto itself", "longer", "shifted by half a pixel"],
)
def test_page_that_lies_right_is_not_resampled(straightening: Straightening, changes: bool) -> None:
    given_page = speckled(*SIZE)
    assert straightening.changes is changes
    assert (straightening.apply(given_page) is given_page) is not changes


numbers = st.floats(-500, 1500)
sides = st.floats(0, 900)


@arbitrary
@given(st.integers(0, 2**32 - 1), st.tuples(numbers, numbers, sides, sides))
def test_restored_box_is_inside_the_page_as_given(seed: int, box: Box) -> None:
    straightening = projective(seed)
    ((x, y, across, down),) = straightening.restore([box])
    width, height = straightening.given
    assert 0 <= x <= x + across <= width
    assert 0 <= y <= y + down <= height


@arbitrary
@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.floats(0, 1))
def test_points_of_the_read_page_come_back(seed: int, across: float, down: float) -> None:
    straightening = projective(seed)
    there = np.array([(across * straightening.size[0], down * straightening.size[1])])
    back = straightening.back(there)
    assert moved(back, straightening.edges) == pytest.approx(there, abs=1e-6 * max(straightening.size))


@pytest.mark.parametrize("angle", [-0.5, -0.2, 0.15, 0.4])
def test_small_turns_move_pixels_as_they_are(angle: float) -> None:
    across, down = np.meshgrid(np.arange(250, dtype=np.uint8), np.arange(180, dtype=np.uint8))
    straightening = Straightening.turn(angle, (250, 180))
    assert not straightening.resamples
    found = np.stack([straightening.apply(across), straightening.apply(down)], axis=2)[10:-10, 10:-10]
    pixels = np.stack([across, down], axis=2)[10:-10, 10:-10].reshape(-1, 2).astype(np.float64)
    true = moved(pixels, invert(straightening.matrix)).reshape(found.shape)
    assert np.abs(found - true).max() < 1.1


def test_larger_turns_and_other_sizes_blend_pixels() -> None:
    assert Straightening.turn(1.5, (250, 180)).resamples
    assert Straightening.onto(np.diag([1.02, 1.0, 1.0]), (250, 180), (255, 180)).resamples


@arbitrary
@given(st.floats(-3, 3), st.booleans(), st.integers(0, 255), st.integers(0, 2**31))
def test_negative_is_straightened_like_what_it_is_of(
    degrees: float, repeats: bool, level: int, seed: int
) -> None:
    given_page = speckled(*SIZE, seed)
    straightening = Straightening.turn(degrees, SIZE)
    beyond = None if repeats else level
    straightened = straightening.apply(given_page, beyond=beyond)
    assert np.array_equal(straightening.apply(255 - given_page, beyond=beyond, negate=True), straightened)
