from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.written import written_on

from .drawing import Array, Box, arbitrary, canvas, enlarged

FIELD: Box = (100.0, 100.0, 200.0, 60.0)


def block(width: int, height: int) -> Array:
    return np.full((height, width), 255, np.uint8)


def cut_out(density: Array, box: Box = FIELD) -> Array:
    """The ink within a box, back on paper of the page's size."""
    ((found, (left, top), *_),) = written_on(density).cut_out([box])
    return canvas(*density.shape, (found, int(left), int(top)))


@pytest.mark.parametrize(
    ("width", "height", "left", "top"),
    [(10, 40, 150, 110), (10, 50, 150, 90), (10, 50, 150, 130), (60, 20, 280, 120), (10, 40, 96, 110)],
    ids=["inside", "above", "below", "to the right", "to the left"],
)
def test_ink_mostly_inside_comes_whole(width: int, height: int, left: int, top: int) -> None:
    width = min(width, 2 * (300 - left) - 2) if left > 250 else width
    density = canvas(300, 400, (block(width, height), left, top))
    assert np.array_equal(cut_out(density), density)


@pytest.mark.parametrize(
    ("width", "height", "left", "top"),
    [(40, 16, 60, 120), (60, 20, 150, 85), (10, 30, 150, 150), (30, 12, 295, 130), (30, 12, 150, 40)],
    ids=["to the left", "above", "a tail below", "to the right", "far away"],
)
def test_ink_mostly_outside_stays_out(width: int, height: int, left: int, top: int) -> None:
    inside = canvas(300, 400, (block(10, 40), 200, 110))
    outside = canvas(300, 400, (block(width, height), left, top))
    assert np.array_equal(cut_out(np.maximum(inside, outside)), inside)


def test_big_neighbour_is_clipped() -> None:
    density = canvas(300, 400, (block(160, 50), 230, 105))
    assert np.array_equal(cut_out(density), canvas(300, 400, (block(70, 50), 230, 105)))


def test_grey_edges_come_along(digits: Array) -> None:
    density = canvas(300, 400, (enlarged(digits[2700], 2), 150, 102))
    kept = cut_out(density)
    assert np.array_equal(kept >= 128, density >= 128)
    assert np.count_nonzero((kept > 0) & (kept < 128)) > 0.5 * np.count_nonzero(
        (density > 0) & (density < 128)
    )
    assert np.all(kept <= density)


@pytest.mark.parametrize(
    "box", [(-50.0, -50.0, 20.0, 20.0), (500.0, 10.0, 30.0, 30.0), (10.0, 10.0, 0.0, 50.0)]
)
def test_box_without_page_has_no_ink(box: Box) -> None:
    ((density, *_),) = written_on(block(100, 80)).cut_out([box])
    assert density.size
    assert not density.any()


def test_components_are_counted_and_boxed() -> None:
    written = written_on(canvas(90, 90, (block(10, 20), 5, 6), (block(7, 8), 40, 50)))
    assert sorted(written.boxes.tolist()) == [[5, 6, 10, 20], [40, 50, 7, 8]]
    assert sorted(written.labelled.areas.tolist()) == [56, 200]
    assert len(written_on(np.zeros((5, 5), np.uint8)).boxes) == 0


place = st.floats(-60, 160)


@arbitrary
@given(st.integers(0, 2**32 - 1), st.tuples(place, place, st.floats(0, 150), st.floats(0, 150)))
def test_any_box_gives_ink_of_the_page(seed: int, box: Box) -> None:
    density = np.random.default_rng(seed).choice(np.array([0, 0, 0, 90, 255], np.uint8), (80, 100))
    ((found, (left, top), *_),) = written_on(density).cut_out([box])
    part = density[int(top) : int(top) + found.shape[0], int(left) : int(left) + found.shape[1]]
    assert found.dtype == np.uint8
    assert not found.any() or (part.shape == found.shape and bool(np.all((found == 0) | (found == part))))


@arbitrary
@given(
    st.integers(0, 2**32 - 1), st.tuples(place, place, st.floats(0, 150), st.floats(0, 150)), st.booleans()
)
def test_components_of_a_region_are_those_of_its_ink(seed: int, box: Box, one_digit: bool) -> None:
    rng = np.random.default_rng(seed)
    density = cv2.GaussianBlur(rng.integers(0, 2, (80, 100)).astype(np.float32), (0, 0), 1.5)
    density = np.where(density > 0.57, 255, np.where(density > 0.54, 90, 0)).astype(np.uint8)
    ((found, _, labelled, is_grey),) = written_on(density).cut_out([box], [one_digit])
    assert is_grey or not ((found > 0) & (found < 128)).any()
    _, labels, stats, _ = cv2.connectedComponentsWithStats((found >= 128).astype(np.uint8), connectivity=8)
    boxes = sorted(map(tuple, np.column_stack([labelled.boxes, labelled.areas]).tolist()))
    assert boxes == sorted(map(tuple, stats[1:].tolist()))
    names = labelled.paint(np.arange(1, len(boxes) + 1), found.shape)
    assert np.array_equal(names > 0, labels > 0)
    for name, (x, y, width, height) in enumerate(labelled.boxes.tolist(), 1):
        own = names[y : y + height, x : x + width] == name
        assert own.any(axis=0).all() and own.any(axis=1).all(), "its box is around it"


@arbitrary
@given(st.integers(0, 2**32 - 1), st.lists(st.tuples(place, place, place, place, st.booleans()), max_size=5))
def test_regions_cut_out_together_are_as_each_alone(
    seed: int, places: list[tuple[float, float, float, float, bool]]
) -> None:
    density = np.random.default_rng(seed).choice(np.array([0, 0, 0, 0, 0, 90, 255], np.uint8), (80, 100))
    boxes = [(x, y, abs(width), abs(height)) for x, y, width, height, _ in places]
    one_digit = [last for *_, last in places]
    written = written_on(density)
    together = written.cut_out(boxes, one_digit)
    assert len(together) == len(boxes)
    for part, box, alone in zip(together, boxes, one_digit, strict=True):
        (other,) = written.cut_out([box], [alone])
        assert part.origin == other.origin
        assert np.array_equal(part.density, other.density)
        assert np.array_equal(part.labelled.boxes, other.labelled.boxes)
