from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.labelling import label

from .drawing import arbitrary


@arbitrary
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 3, 40, 2000]))
@pytest.mark.parametrize("size", [(120, 90), (121, 133)])
def test_components_are_those_of_opencv_however_much_ink_there_is(
    size: tuple[int, int], seed: int, dots: int
) -> None:
    random = np.random.default_rng(seed)
    ink = np.zeros(size, np.uint8)
    ink[random.integers(0, size[0], dots), random.integers(0, size[1], dots)] = random.integers(1, 256, dots)
    ink = cv2.dilate(ink, np.ones((2, 3), np.uint8))
    count, labels, figures, _ = cv2.connectedComponentsWithStats((ink >= 128).astype(np.uint8))
    inked = labels[labels > 0]
    in_order = inked[np.sort(np.unique(inked, return_index=True)[1])]  # by their first pixels
    found = label(ink)
    assert np.array_equal(found.paint(in_order, size), labels)
    assert np.array_equal(found.areas, figures[in_order, cv2.CC_STAT_AREA])
    assert np.array_equal(found.boxes, figures[in_order, :4])
    assert len(found.areas) == count - 1


def test_more_components_than_16_bits_can_number() -> None:
    ink = np.zeros((600, 500), np.uint8)
    ink[::2, ::2] = 255
    found = label(ink)
    rows, columns = np.nonzero(ink)
    assert found.boxes.tolist() == [[x, y, 1, 1] for x, y in zip(columns, rows, strict=True)]
    assert np.array_equal(
        found.paint(np.arange(1, 75_001), ink.shape)[::2, ::2].ravel(), np.arange(1, 75_001)
    )


@arbitrary
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 3, 40, 2000]),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(1, 3),
)
def test_some_components_are_painted_on_a_part_of_the_page(
    seed: int, dots: int, x: int, y: int, times: int
) -> None:
    random = np.random.default_rng(seed)
    ink = np.zeros((90, 90), np.uint8)
    ink[random.integers(y, 90, dots), random.integers(x, 90, dots)] = 255
    found = label(ink)
    names = np.arange(1, len(found.areas) + 1)
    page = found.paint(names, ink.shape)
    chosen = random.random(len(names)) < 0.5
    some = found.some(chosen).seen_from(x, y).enlarged(times)
    part = np.where(np.isin(page, names[chosen]), page, 0)[y:, x:].repeat(times, axis=0).repeat(times, axis=1)
    assert np.array_equal(some.paint(names[chosen], part.shape), part)
    for number, box in enumerate(some.boxes.tolist()):
        assert box == list(cv2.boundingRect((part == names[chosen][number]).astype(np.uint8)))
