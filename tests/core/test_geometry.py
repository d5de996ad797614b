from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.geometry import GEOMETRY
from digitscan.segmentation import Segmentation, segment

HEIGHT = 60
"""Of the digits that are drawn here."""


def of(lattice: Segmentation, start: int, stop: int) -> dict[str, float]:
    """Geometry of one candidate by its names."""
    (place,) = (i for i, c in enumerate(lattice.candidates) if (c.start, c.stop) == (start, stop))
    return dict(zip(GEOMETRY, lattice.geometry[place].tolist(), strict=True))


def bars(*boxes: tuple[int, int, int, int], turned: float = 0.0) -> NDArray[np.uint8]:
    """Bars at x, y, width, height, the whole of it sheared by ``turned`` pixels down a pixel across."""
    density = np.zeros((200, 320), np.uint8)
    for x, y, width, height in boxes:
        density[y : y + height, x : x + width] = 255
    shear = np.array([[1, 0, 0], [turned, 1, -turned * 160]])
    return np.asarray(cv2.warpAffine(density, shear, (320, 200)), np.uint8)


THREE = ((60, 60, 20, HEIGHT), (110, 60, 20, HEIGHT), (190, 60, 20, HEIGHT))


def test_every_candidate_is_measured() -> None:
    lattice = segment(bars(*THREE))
    assert lattice.geometry.shape == (len(lattice.candidates), len(GEOMETRY))
    assert np.isfinite(lattice.geometry).all()
    assert segment(np.zeros((40, 60), np.uint8)).geometry.shape == (0, len(GEOMETRY))


def test_sizes_gaps_and_places_are_in_heights_of_a_digit() -> None:
    middle = of(segment(bars(*THREE)), 1, 2)
    assert middle["known"] == 1
    assert middle["height"] == pytest.approx(0, abs=0.02)
    assert middle["width"] == pytest.approx(np.log(20 / HEIGHT), abs=0.05)
    assert middle["above"] == pytest.approx(0.5, abs=0.02)
    assert middle["below"] == pytest.approx(0.5, abs=0.02)
    assert middle["gap_before"] == pytest.approx(30 / HEIGHT, abs=0.03)
    assert middle["gap_after"] == pytest.approx(60 / HEIGHT, abs=0.03)
    assert middle["ink"] == pytest.approx(20 / HEIGHT, abs=0.03)
    assert middle["joins"] == middle["several"] == middle["gap_within"] == 0


def test_neighbours_that_are_not_there_are_far() -> None:
    lattice = segment(bars(*THREE))
    assert of(lattice, 0, 1)["gap_before"] == of(lattice, 2, 3)["gap_after"] == 2


def test_a_dot_is_small_and_low() -> None:
    dot = of(segment(bars(*THREE, (150, 106, 14, 14))), 2, 3)
    assert dot["height"] == pytest.approx(np.log(14 / HEIGHT), abs=0.1)
    assert dot["above"] < 0 and dot["below"] > 0.4


def test_joined_components_have_a_gap_within() -> None:
    joined = of(segment(bars((60, 60, 8, HEIGHT), (78, 60, 8, HEIGHT), (150, 60, 8, HEIGHT))), 0, 2)
    assert (joined["joins"], joined["several"]) == (1, 1)
    assert joined["gap_within"] == pytest.approx(10 / HEIGHT, abs=0.04)
    assert joined["cut_within"] == 0


def test_cuts_are_as_long_as_the_ink_that_they_part() -> None:
    touching = bars((60, 60, 30, HEIGHT), (110, 60, 30, HEIGHT))
    touching[84:96, 90:110] = 255
    lattice = segment(touching)
    first, second, whole = of(lattice, 0, 1), of(lattice, 1, 2), of(lattice, 0, 2)
    for cut in (first["cut_after"], second["cut_before"], whole["cut_within"]):
        assert cut == pytest.approx(12 / HEIGHT, abs=0.05)
    assert first["cut_before"] == second["cut_after"] == whole["cut_before"] == whole["cut_after"] == 0
    assert whole["several"] == 0


@pytest.mark.parametrize("slope", [-0.1, 0.0, 0.1])
def test_places_are_those_beside_the_line_wherever_it_leads(slope: float) -> None:
    digits = [(30 + 45 * i, 70, 20, HEIGHT) for i in range(6)]
    lattice = segment(bars(*digits, turned=slope))
    for place in range(6):
        assert of(lattice, place, place + 1)["above"] == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("times", [0.3, 0.5, 2.0])
def test_geometry_is_the_same_at_any_resolution(times: float) -> None:
    density = np.asarray(cv2.GaussianBlur(bars(*THREE, (150, 106, 14, 14)), (0, 0), 2), np.uint8)
    scaled = np.asarray(cv2.resize(density, None, fx=times, fy=times, interpolation=cv2.INTER_AREA), np.uint8)
    one, other = segment(density), segment(scaled)
    for start in range(4):
        mine, theirs = of(one, start, start + 1), of(other, start, start + 1)
        assert theirs == pytest.approx(mine, abs=0.2)
