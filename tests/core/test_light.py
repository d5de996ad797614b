"""Light: the darkness of ink does not depend on the light on a page, nor on how much of the page has ink."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.light import flatten_light


def shaded_page(height: int, width: int) -> NDArray[np.uint8]:
    """A page that gets darker to the right, with strokes of half its light in some rows."""
    paper = np.tile(np.linspace(240, 170, width), (height, 1))
    for x in range(20, width - 40, 90):
        paper[height // 2 : height // 2 + 60, x : x + 6] *= 0.5
    noise = np.random.default_rng(3).normal(0, 2, paper.shape)
    return (paper + noise).round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(400, 300), (1403, 998), (2205, 1700)])
def test_strokes_are_as_dark_in_any_light(size: tuple[int, int]) -> None:
    page = shaded_page(*size)
    darkness = flatten_light(page)
    assert darkness.shape == page.shape
    inked = darkness >= 64
    assert darkness[inked].min() >= 100
    assert darkness[inked].max() <= 155
    assert darkness[~inked].max() <= 30


@pytest.mark.parametrize("size", [(400, 300), (1403, 998), (2205, 1700)])
def test_only_what_is_fainter_than_the_least_is_left_out(size: tuple[int, int]) -> None:
    page = shaded_page(*size)
    whole, least = flatten_light(page), flatten_light(page, 90)
    assert np.array_equal(least[whole >= 90], whole[whole >= 90])
    assert set(least[whole != least].tolist()) <= {0}
    assert not least[:100].any()
