from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitscan.groups import Runs, group_runs
from digitscan.strokes import find_runs

from .drawing import arbitrary

sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))


@arbitrary
@given(st.integers(0, 2**32 - 1), sizes, st.sampled_from([0.01, 0.05, 0.3]), st.booleans())
def test_groups_are_the_components_of_the_ink(
    seed: int, size: tuple[int, int], share: float, grown: bool
) -> None:
    mask = (np.random.default_rng(seed).random(size) < share).astype(np.uint8) * 255
    ink = cv2.dilate(mask, np.ones((3, 3), np.uint8)) if grown else mask
    _, labels = cv2.connectedComponents(ink, connectivity=8)
    runs = Runs(*find_runs(mask))
    groups = group_runs(runs, apart=2 if grown else 0)
    components = labels[runs.rows, runs.starts]
    assert len(set(zip(groups.owners.tolist(), components.tolist(), strict=True))) == len(groups.boxes)
    assert set(groups.owners.tolist()) == set(range(len(groups.boxes)))
    assert len(set(components.tolist())) == len(groups.boxes)
    for number, (x, y, width, height) in enumerate(groups.boxes.tolist()):
        own = groups.owners == number
        assert (runs.starts[own].min(), runs.stops[own].max()) == (x, x + width)
        assert (runs.rows[own].min(), runs.rows[own].max() + 1) == (y, y + height)
