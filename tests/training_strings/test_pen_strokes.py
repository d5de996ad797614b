"""Digits written stroke by stroke, and marks."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.crops import make_crops
from digitscan.data import Digits, Script
from digitscan.data.fonts import load_fonts
from digitscan.data.typefaces import OPENCV_FONTS
from digitscan.training.drawing import strings
from digitscan.training.drawing.allographs import ALLOGRAPHS, RUNNING_ZEROS, smooth
from digitscan.training.drawing.handwriting import Hand
from digitscan.training.drawing.marks import draw_kind, draw_mark
from digitscan.training.drawing.pen import PenHand, draw_stroke, join
from digitscan.training.drawing.strings import DrawnString, draw_string


@pytest.fixture(scope="module")
def digits() -> Digits:
    drawn = load_fonts(OPENCV_FONTS[:1], "train", varied=False)
    assert drawn is not None
    return drawn


@pytest.fixture
def penned(monkeypatch: pytest.MonkeyPatch) -> None:
    """All strings are written stroke by stroke, without words beside them."""
    monkeypatch.setattr(strings, "_PRINTED", 0.0)
    monkeypatch.setattr(strings, "_PENNED", 1.0)
    monkeypatch.setattr(strings, "_LABELLED", 0.0)


def written(seed: int, digits: Digits) -> DrawnString:
    return draw_string(Script(digits, fonts=OPENCV_FONTS), np.random.default_rng(seed))


def components_of(mask: np.ndarray) -> int:
    return int(cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0]) - 1


def test_every_shape_is_read_as_its_digit_or_nearly_so() -> None:
    """The bundled classifier, which learnt such shapes, names most of them drawn plainly."""
    crops, labels = [], []
    for digit, shapes in enumerate(ALLOGRAPHS):
        for shape in shapes:
            canvas = np.zeros((150, 150), np.uint8)
            for stroke in shape:
                draw_stroke(canvas, (25, 125) + smooth(stroke) * (100, -100), 9.0)
            crops.append(canvas)
            labels.append(digit)
    named = Classifier(default_model()).classify(make_crops(crops))[:, :10].argmax(axis=1)
    assert (named == labels).mean() > 0.8


@pytest.mark.parametrize("digit", range(10))
def test_shapes_stand_on_the_base_line_and_are_about_one_high(digit: int) -> None:
    for shape in (*ALLOGRAPHS[digit], *(RUNNING_ZEROS if digit == 0 else ())):
        points = np.concatenate(shape)
        assert -0.3 <= points[:, 1].min() <= 0.1
        assert 0.9 <= points[:, 1].max() <= 1.1
        assert points[:, 0].min() >= -0.1 and points[:, 0].max() <= 1.0


def test_smooth_curve_passes_its_points_and_stays_near_them() -> None:
    stroke = np.array([(0.0, 0.0), (1.0, 0.2), (1.1, 0.3), (1.0, 2.0)])
    curve = smooth(stroke, 8)
    assert curve.shape == (25, 2)
    np.testing.assert_allclose(curve[::8], stroke, atol=1e-9)
    assert np.abs(np.diff(curve, axis=0)).max() < 0.5


def test_smooth_line_is_straight() -> None:
    curve = smooth(np.array([(0.0, 0.0), (3.0, 6.0)]))
    np.testing.assert_allclose(curve[:, 1], 2 * curve[:, 0], atol=1e-9)


def test_joining_stroke_leads_from_the_one_to_the_other() -> None:
    end, start = np.array([(0.0, 0.0), (1.0, 1.0)]), np.array([(2.0, 1.5), (2.0, 0.0)])
    way = join(end, start, np.random.default_rng(0))
    np.testing.assert_allclose(way[[0, -1]], [end[-1], start[0]])
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).sum() < 2.5


def test_writers_keep_to_their_shapes() -> None:
    rng = np.random.default_rng(3)
    hand = PenHand.draw(rng)
    lengths = [len(hand.write(7, 0.0, False, rng)) for _ in range(60)]
    usual = len(ALLOGRAPHS[7][hand.shapes[7]])
    assert np.mean(np.array(lengths) == usual) > 0.6


def test_writers_of_a_flagged_1_cross_their_7s() -> None:
    rng = np.random.default_rng(4)
    flagged: list[bool] = []
    plain: list[bool] = []
    for hand in (PenHand.draw(rng) for _ in range(600)):
        one, seven = ALLOGRAPHS[1][hand.shapes[1]], ALLOGRAPHS[7][hand.shapes[7]]
        begins_at_its_top = one[0][:, 1].argmax() == 0 or one[0][0, 1] > 0.9 * one[0][:, 1].max()
        (plain if begins_at_its_top else flagged).append(len(seven) > 1)
    assert np.mean(flagged) > 0.9 > 0.8 > np.mean(plain) > 0.4


def test_writers_write_as_they_have_written() -> None:
    """A digit of which there are samples has their shape in its size, one without them an allograph's."""
    seven = [
        np.array([[300.0, 700.0], [500.0, 700.0], [400.0, 300.0]]),
        np.array([[350.0, 500.0], [450.0, 500.0]]),
    ]
    speck = np.array([[600.0, 300.0], [602.0, 301.0]])
    hand = PenHand((0,) * 10, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, None, samples=[([*seven, speck], 7)])
    rng = np.random.default_rng(5)
    written = [hand.write(7, 0.0, False, rng) for _ in range(20)]
    assert {len(strokes) for strokes in written} == {2}
    for strokes in written:
        bar, cross = strokes
        assert 0.6 < np.ptp(bar[:, 1]) < 1.6
        assert np.ptp(cross[:, 1]) < 0.25 and bar[:, 1].min() < cross[:, 1].min() < bar[:, 1].max()
    assert len(hand.write(5, 0.0, False, rng)) == len(ALLOGRAPHS[5][0])


def test_half_of_the_writers_write_as_others_have_written() -> None:
    stroke = [np.array([[0.0, 0.0], [1.0, 9.0]])]
    those = [(stroke, number % 10) for number in range(500)]
    rng = np.random.default_rng(0)
    hands = [PenHand.draw(rng, those) for _ in range(200)]
    sampled = [hand for hand in hands if hand.samples]
    assert 70 < len(sampled) < 130
    assert all(0 < len(hand.samples) < 200 for hand in sampled)  # of one writer, not of all
    assert not PenHand.draw(rng, ()).samples


def test_only_zeros_in_a_row_run_together() -> None:
    hand = PenHand((0,) * 10, 0.01, 1.0, 0.0, 1.0, 1.0, 0.0, running=0)
    rng = np.random.default_rng(0)
    alone, among = hand.write(0, 0.0, False, rng)[0], hand.write(0, 0.0, True, rng)[0]
    assert np.linalg.norm(alone[0] - alone[-1]) < 0.3 < np.linalg.norm(among[0] - among[-1])


def test_zeros_may_be_low_and_wide() -> None:
    def size(digit: int, zero: float, wide: float) -> NDArray[np.float64]:
        hand = PenHand((0,) * 10, 0.0, 1.0, 0.0, zero, wide, 0.0, running=None)
        rng = np.random.default_rng(1)
        return np.asarray(np.ptp(np.vstack(hand.write(digit, 0.0, False, rng)), axis=0))

    (width, height), (wide, low) = size(0, 1.0, 1.0), size(0, 0.5, 2.0)
    assert low == pytest.approx(0.5 * height, rel=0.1) and wide > 1.3 * width
    assert np.array_equal(size(7, 1.0, 1.0), size(7, 0.5, 2.0))


def test_separators_part_groups_of_three() -> None:
    hand = replace(Hand.draw(40, np.random.default_rng(0)), separators=0.0, grouping=1.0)
    rng = np.random.default_rng(0)
    assert [place for place in range(1, 8) if hand.separates(place, 7, rng)] == [2, 5]
    assert not any(hand.separates(place, 3, rng) for place in range(1, 4))


@pytest.mark.usefixtures("penned")
def test_owners_tell_whose_ink_it_is(digits: Digits) -> None:
    for seed in range(30):
        drawn = written(seed, digits)
        owners = set(np.unique(drawn.owners).tolist()) - {0, 255}
        assert owners <= set(range(1, len(drawn.text) + 1))
        # Nearly every digit has ink of its own; one may be covered or cut off.
        assert len(owners) >= len(drawn.text) - 1
        centres = [np.nonzero(drawn.owners == owner)[1].mean() for owner in sorted(owners)]
        assert np.mean(np.diff(centres) > 0) > 0.8 if len(centres) > 1 else True


@pytest.mark.usefixtures("penned")
def test_some_neighbours_are_joined_by_the_pen(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(seed: int) -> float:
        drawn = written(seed, digits)
        ink = (drawn.owners > 0) & (drawn.owners < 255)
        return components_of(ink) / max(1, len(drawn.text))

    monkeypatch.setattr("digitscan.training.drawing.pen._JOINING", (0.0,))
    apart = np.mean([whole(seed) for seed in range(150)])
    monkeypatch.setattr("digitscan.training.drawing.pen._JOINING", (1.0,))
    joined = np.mean([whole(seed) for seed in range(150)])
    assert joined < 0.95 * apart


@pytest.mark.usefixtures("penned")
def test_same_seed_same_string(digits: Digits) -> None:
    one, other = written(11, digits), written(11, digits)
    assert one.text == other.text
    np.testing.assert_array_equal(one.page, other.page)
    np.testing.assert_array_equal(one.owners, other.owners)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(12, 90), st.floats(0.03, 0.16))
def test_marks_have_ink_and_are_no_larger_than_a_digit_and_a_half(seed: int, height: int, pen: float) -> None:
    rng = np.random.default_rng(seed)
    mark = draw_mark(draw_kind(rng), height, pen * height, rng)
    assert mark.max() > 128
    assert mark.shape[0] <= 1.5 * height + 0.2 * height + 6
    assert mark.shape[1] <= 1.2 * height + 0.2 * height + 6
    assert not (mark[:, 0] >= 200).all()
