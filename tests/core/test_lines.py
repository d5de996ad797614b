from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.fields import Region, in_reading_order
from digitscan.fields.lines import find_lines
from digitscan.written import written_on

from .drawing import Array, Box, arbitrary, canvas, enlarged


def lines_of(boxes: list[tuple[int, int, int, int]]) -> list[Box]:
    return [region.box for region in find_lines(np.array(boxes, np.int32).reshape(-1, 4))]


def row(left: int, top: int, count: int, step: int = 26) -> list[tuple[int, int, int, int]]:
    return [(left + step * i, top + i % 3, 20, 30) for i in range(count)]


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([(5, 7, 20, 30)], [(5, 7, 20, 30)], id="one"),
        pytest.param(row(10, 10, 5), [(10, 10, 124, 32)], id="a line"),
        pytest.param(row(10, 10, 3) + row(10, 100, 3), [(10, 10, 72, 32), (10, 100, 72, 32)], id="two lines"),
        pytest.param(
            row(300, 10, 3) + row(10, 12, 3), [(10, 12, 72, 32), (300, 10, 72, 32)], id="two columns"
        ),
        pytest.param([*row(10, 10, 4), (114, 36, 4, 4)], [(10, 10, 108, 32)], id="a full stop"),
        pytest.param([(10, 10, 3, 3), (300, 100, 2, 2)], [], id="dust"),
    ],
)
def test_groups(boxes: list[tuple[int, int, int, int]], expected: list[Box]) -> None:
    assert lines_of(boxes) == expected


@pytest.mark.parametrize("reverse", [False, True])
def test_order_of_the_components_does_not_matter(reverse: bool) -> None:
    boxes = row(10, 10, 5) + row(300, 14, 4) + row(40, 90, 6)
    assert lines_of(boxes[::-1] if reverse else boxes) == lines_of(boxes)


def test_found_lines_may_be_no_fields() -> None:
    assert not any(region.sure for region in find_lines(np.array(row(10, 10, 5), np.int32)))


def test_lines_of_written_digits(digits: Array) -> None:
    placed = [
        (enlarged(digits[60 + 480 * i], 2), 20 + 44 * i + 250 * (i // 5), 30 + 90 * j)
        for j in range(3)
        for i in range(10)
    ]
    density = canvas(320, 800, *placed)
    regions = find_lines(written_on(density).boxes)
    assert len(regions) == 6
    assert [round(region.centre[0] / 100) for region in regions] == [1, 6] * 3
    assert [round((region.centre[1] - 58) / 90) for region in regions] == [0, 0, 1, 1, 2, 2]


sizes = st.integers(1, 300)


@arbitrary
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000), sizes, sizes), max_size=30))
def test_lines_hold_whole_components(boxes: list[tuple[int, int, int, int]]) -> None:
    regions = lines_of(boxes)
    assert len(regions) <= len(boxes)
    for x, y, width, height in boxes:
        if height < 8:
            continue
        assert any(
            left <= x and top <= y and x + width <= left + across and y + height <= top + down
            for left, top, across, down in regions
        )


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], []),
        ([(300, 12, 50, 20), (10, 50, 50, 20), (10, 10, 50, 20)], [2, 0, 1]),
        ([(10, 50, 50, 20), (10, 10, 50, 20)], [1, 0]),
        ([(200, 10, 50, 40), (10, 20, 50, 20), (100, 0, 50, 60)], [1, 2, 0]),
    ],
)
def test_reading_order(boxes: list[Box], expected: list[int]) -> None:
    regions = [Region(box) for box in boxes]
    assert in_reading_order(regions) == [regions[i] for i in expected]
