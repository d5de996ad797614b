from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digitscan import singles
from digitscan.components import find_components


def test_components_taken_for_crowded_or_grey_have_the_same_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    field = np.zeros((120, 200), np.uint8)
    for x, y, side in zip(*rng.integers((8, 8, 2), (184, 104, 14), (40, 3)).T, strict=True):
        field[y : y + side, x : x + 2] = field[y : y + 2, x : x + side] = 255
    components = find_components(field)
    every = np.arange(components.count)
    alone = singles.Singles([field], [components]).take(every)
    grey = singles.Singles([field], [replace(components, is_grey=True)]).take(every)
    monkeypatch.setattr(singles, "_MANY", 0)
    crowded = singles.Singles([field], [components]).take(every)
    assert components.count > 10
    for (ink, place), *others in zip(alone, grey, crowded, strict=True):
        for same, there in others:
            assert place == there
            np.testing.assert_array_equal(ink, same)
