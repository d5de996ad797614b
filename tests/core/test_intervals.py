"""Pairs are those that comparing each with each finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitscan import intervals
from digitscan.intervals import meeting, overlapping, points_within

side = st.tuples(st.integers(0, 30), st.integers(1, 9))
boxes = st.lists(st.tuples(side, side, st.integers(0, 2)), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(boxes, st.sampled_from([1, 7, 2**20]))
def test_overlapping_boxes_are_found_however_many_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch, boxes: list[tuple[tuple[int, int], tuple[int, int], int]], at_once: int
) -> None:
    monkeypatch.setattr(intervals, "_AT_ONCE", at_once)
    rows = [(x, x + width, y, y + height, field) for (x, width), (y, height), field in boxes]
    left, right, top, bottom, fields = np.array(rows, np.intp).reshape(-1, 5).T
    ones, others = overlapping(left, right, fields, meeting(top, bottom - 1))
    found = [(min(pair), max(pair)) for pair in zip(ones.tolist(), others.tolist(), strict=True)]
    assert sorted(found) == [
        (i, j)
        for i in range(len(rows))
        for j in range(i + 1, len(rows))
        if fields[i] == fields[j]
        and max(left[i], left[j]) < min(right[i], right[j])
        and max(top[i], top[j]) < min(bottom[i], bottom[j])
    ]


@given(st.lists(st.integers(0, 20)), st.lists(side))
def test_points_are_found_in_their_intervals(points: list[int], spans: list[tuple[int, int]]) -> None:
    firsts, lasts = np.array([(first, first + length) for first, length in spans]).reshape(-1, 2).T
    found = points_within(np.array(points, np.intp), firsts, lasts)
    assert sorted(zip(*(numbers.tolist() for numbers in found), strict=True)) == sorted(
        (i, j)
        for j, (first, length) in enumerate(spans)
        for i, point in enumerate(points)
        if first <= point <= first + length
    )
