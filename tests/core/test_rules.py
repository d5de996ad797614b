from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitscan.ink import Ink, find_ink
from digitscan.rules import Rule, find_rules, remove_rules

from .drawing import Array, canvas, draw_box, enlarged, frame, inked, page, shared

PROSE = (
    "The quick brown fox jumps over the lazy dog and",
    "writes 14 letters to the tax office in Hull. It all",
    "fell silent; until the bell rang: little did they",
    "know that ELFTH HILL TELLS EFFECTIVE LEVELS",
)


def line(
    shape: tuple[int, int], start: int, stop: int, position: float, slope: float, thickness: int
) -> Array:
    """A horizontal line, its middle at ``position`` where it starts."""
    density = np.zeros(shape, np.uint8)
    for x in range(start, stop):
        top = round(position + slope * (x - start) - thickness / 2)
        density[top : top + thickness, x] = 255
    return density


def turned(density: Array, upright: bool) -> Array:
    image: Array = np.ascontiguousarray(density.T) if upright else density
    return image


@pytest.mark.parametrize("upright", [False, True], ids=["horizontal", "vertical"])
@pytest.mark.parametrize("slope", [0.0, 0.005, -0.005, 0.02])
@pytest.mark.parametrize("thickness", [1, 2, 3, 5])
def test_long_line_is_found(upright: bool, slope: float, thickness: int) -> None:
    density = turned(line((300, 600), 20, 580, 120, slope, thickness), upright)
    (rule,) = find_rules(Ink(density, 4.0))
    assert rule.horizontal is not upright
    slack = 3 if slope < 0.01 else 12  # the last step of a thin line that falls is too short to tell
    assert rule.start == pytest.approx(20, abs=slack)
    assert rule.stop == pytest.approx(580, abs=slack)
    for along in (20, 300, 580):
        assert rule.at(along) == pytest.approx(120 + slope * (along - 20), abs=1)
    assert rule.slope == pytest.approx(slope, abs=0.001)
    assert rule.thickness == pytest.approx(thickness, abs=0.5)


@pytest.mark.parametrize("upright", [False, True], ids=["horizontal", "vertical"])
@pytest.mark.parametrize("thickness", [1, 3, 6, 12])
def test_lines_beside_wide_strokes_are_found_and_vanish(upright: bool, thickness: int) -> None:
    density = turned(line((600, 1400), 41, 1353, 251, 0.004, thickness), upright)
    (rule,) = find_rules(Ink(density, 12.0))
    for along in (41, 700, 1353):
        assert rule.at(along) == pytest.approx(251 + 0.004 * (along - 41), abs=2)
    assert rule.start == pytest.approx(41, abs=6)
    assert rule.stop == pytest.approx(1353, abs=6)
    assert not remove_rules(density, [rule]).any()


@pytest.mark.parametrize("upright", [False, True], ids=["horizontal", "vertical"])
def test_broken_line_is_covered(upright: bool) -> None:
    density = line((200, 600), 20, 580, 100, 0, 3)
    for gap in range(60, 560, 45):
        density[:, gap : gap + 2] = 0
    rules = find_rules(Ink(turned(density, upright), 4.0))
    assert sum(rule.stop - rule.start for rule in rules) >= 0.95 * 560
    assert {rule.horizontal for rule in rules} == {not upright}
    assert all(rule.at(300) == pytest.approx(100, abs=1) for rule in rules)
    assert not inked(remove_rules(turned(density, upright), rules)).any()


def test_short_sides_of_a_box_are_rules() -> None:
    density = np.zeros((200, 400), np.uint8)
    frame(density, (60, 50, 280, 40))
    rules = find_rules(Ink(density, 4.0))
    found = sorted((rule.horizontal, round(rule.position / 10)) for rule in rules)
    assert found == [(False, 6), (False, 34), (True, 5), (True, 9)]
    left = remove_rules(density, rules)
    for x, y in ((60, 50), (339, 50), (60, 89), (339, 89)):  # of the corners specks may stay
        left[y - 3 : y + 4, x - 3 : x + 4] = 0
    assert not left.any()


def test_short_line_by_itself_is_no_rule() -> None:
    density = canvas(200, 400, (np.full((38, 3), 255, np.uint8), 100, 50))
    assert find_rules(Ink(density, 4.0)) == []


@pytest.mark.parametrize(
    "font", [cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX]
)
@pytest.mark.parametrize("scale", [0.6, 1.0])
def test_prose_has_no_rules(font: int, scale: float) -> None:
    density = np.zeros((400, 1100), np.uint8)
    for i, text in enumerate(PROSE):
        cv2.putText(density, text, (20, 60 + 80 * i), font, scale, 255, 2, cv2.LINE_AA)
    ink = find_ink(page(density))
    rules = find_rules(ink)
    assert len(rules) <= 1
    assert shared(remove_rules(ink.density, rules), ink.density) > 0.98


def test_digits_are_no_rules(digits: Array) -> None:
    for digit in digits[::100]:
        density = canvas(150, 150, (enlarged(digit, 4), 20, 20))
        ink = find_ink(page(density))
        assert shared(remove_rules(ink.density, find_rules(ink)), ink.density) > 0.99


@pytest.mark.parametrize("upright", [False, True], ids=["horizontal", "vertical"])
def test_digit_crossing_a_rule_keeps_its_ink(digits: Array, upright: bool) -> None:
    kept = []
    for i, digit in enumerate(digits[50::100]):
        # An upright rule crosses the same digit, the whole page turned.
        alone = canvas(200, 400, (enlarged(digit, 3), 150, 40))
        for position in (85, 100, 118):
            density = alone.copy()
            density[position : position + 2 + i % 2, 10:390] = 255
            density = turned(density, upright)
            rules = find_rules(Ink(inked(density), 8.0))
            assert rules
            kept.append(shared(remove_rules(density, rules), turned(alone, upright)))
    assert np.mean(np.array(kept) > 0.9) >= 0.96
    assert min(kept) > 0.8


def test_digits_in_a_box_keep_their_ink(digits: Array) -> None:
    alone = canvas(200, 400, *((enlarged(digits[300 + 1200 * i], 3), 70 + 80 * i, 55) for i in range(3)))
    density = alone.copy()
    frame(density, (40, 50, 310, 94))
    ink = find_ink(page(density))
    rules = find_rules(ink)
    assert sorted(rule.horizontal for rule in rules) == [False, False, True, True]
    assert shared(remove_rules(ink.density, rules)[56:138, 46:344], alone[56:138, 46:344]) > 0.95


@pytest.mark.parametrize("upright", [False, True], ids=["horizontal", "vertical"])
@pytest.mark.parametrize("slope", [0.0, 0.005])
@pytest.mark.parametrize("thickness", [1, 2, 4])
def test_isolated_rule_vanishes(upright: bool, slope: float, thickness: int) -> None:
    drawn = cv2.GaussianBlur(line((300, 600), 40, 560, 150, slope, thickness), (3, 3), 0)
    ink = find_ink(page(turned(drawn, upright)))
    assert ink.mask.any()
    cleaned = remove_rules(ink.density, find_rules(Ink(ink.density, 4.0)))
    assert not cleaned.any()


@pytest.mark.parametrize("apart", [5, 8, 14])
@pytest.mark.parametrize("upright", [False, True], ids=["horizontal", "vertical"])
def test_rules_close_to_each_other_vanish(upright: bool, apart: int) -> None:
    density = np.maximum(line((200, 600), 20, 580, 100, 0, 3), line((200, 600), 20, 580, 100 + apart, 0, 3))
    density = turned(density, upright)
    assert not remove_rules(density, find_rules(Ink(density, 4.0))).any()


def test_round_corners_vanish() -> None:
    density = np.zeros((200, 400), np.uint8)
    draw_box(density, (60, 50, 280, 80), thickness=3, radius=20)
    left = remove_rules(density, find_rules(Ink(density, 4.0)))
    assert np.count_nonzero(left) <= 0.03 * np.count_nonzero(density)


def test_nothing_changes_without_rules(digits: Array) -> None:
    density = canvas(100, 200, (enlarged(digits[3100], 3), 8, 8), (enlarged(digits[700], 3), 108, 8))
    cleaned = remove_rules(density, [])
    assert np.array_equal(cleaned, density)
    assert cleaned is not density


@pytest.mark.parametrize("upright", [False, True], ids=["horizontal", "vertical"])
def test_removing_leaves_what_it_was_given(upright: bool) -> None:
    density = turned(line((200, 600), 20, 580, 100, 0, 3), upright)
    before = density.copy()
    assert not remove_rules(density, find_rules(Ink(density, 4.0))).any()
    assert np.array_equal(density, before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 80), (80, 1), (60, 60)])
@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("stroke", [0.0, 1.0, 9.0])
def test_blank_and_full_fields_have_no_rules_that_hurt(
    shape: tuple[int, int], level: int, stroke: float
) -> None:
    density = np.full(shape, level, np.uint8)
    rules = find_rules(Ink(density, stroke))
    assert remove_rules(density, rules).shape == shape
    assert level or not rules


def test_rule_goes_on_beyond_its_ends() -> None:
    rule = Rule(True, 100, 200, 50, 0.01, 2)
    assert (rule.at(100), rule.at(200), rule.at(0)) == (50, 51, 49)
