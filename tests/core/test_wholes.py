"""Components that are digits by themselves, and texts, told before anything is cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.components import find_components
from digitscan.options import Layout
from digitscan.reader import Reader
from digitscan.segmentation import Segmentation, segment
from digitscan.wholes import Inked, find_wholes

from .drawing import Array, canvas, enlarged, page

APART = (20, 1220, 1720, 2120, 3120)
"""Digits of which the bundled classifier is sure."""


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(default_model())


def row(digits: Array, names: tuple[int, ...], step: int = 100) -> Array:
    placed = [(enlarged(digits[name], 3), 10 + step * i, 10) for i, name in enumerate(names)]
    return canvas(104, 20 + step * len(names), *placed)


def taken(density: Array, classifier: Classifier, *, may_be_text: bool = False) -> Segmentation | None:
    components = find_components(density)
    (wholes,) = find_wholes([Inked(density, (0.0, 0.0), components, may_be_text)], classifier)
    return None if wholes is None else segment(density, (0.0, 0.0), components, wholes)


def test_digits_apart_are_neither_cut_nor_joined(digits: Array, classifier: Classifier) -> None:
    density = row(digits, APART)
    lattice = taken(density, classifier)
    assert lattice is not None
    assert [(c.start, c.stop) for c in lattice.candidates] == [(i, i + 1) for i in range(len(APART))]
    named = [int(c.seen.argmax()) for c in lattice.candidates if c.seen is not None]
    assert named == [name // 500 for name in APART]
    assert len(segment(density).candidates) > len(APART)


def test_digits_that_touch_are_cut_and_those_beside_them_are_not(
    digits: Array, classifier: Classifier
) -> None:
    density = row(digits, APART)
    cv2.line(density, (150, 55), (255, 45), 255, 6)
    lattice = taken(density, classifier)
    assert lattice is not None
    whole = [c for c in lattice.candidates if c.seen is not None]
    assert len(whole) == 3
    between = [c for c in lattice.candidates if c.seen is None]
    assert sum(20 < c.box[2] < 90 and c.box[3] > 40 for c in between) >= 2, "each of them"


@pytest.mark.parametrize("name", [20, 4720])
def test_digit_with_ink_above_it_may_be_joined_to_it(
    digits: Array, classifier: Classifier, name: int
) -> None:
    density = canvas(130, 120, (enlarged(digits[name], 3), 10, 36))
    cv2.line(density, (40, 28), (70, 28), 255, 6)
    lattice = taken(density, classifier)
    assert lattice is not None
    assert any(c.stop - c.start == lattice.pieces > 1 for c in lattice.candidates)


def test_dust_beside_a_digit_is_not_taken_for_its_ink(digits: Array, classifier: Classifier) -> None:
    density = row(digits, APART[:1])
    with_dust = density.copy()
    x, y, width, height = cv2.boundingRect(density)
    away = cv2.distanceTransform((density == 0).astype(np.uint8), cv2.DIST_L2, 3)
    down, across = np.argwhere(away[y : y + height, x : x + width] > 6)[0]
    with_dust[y + down, x + across] = 255
    clean, dusty = taken(density, classifier), taken(with_dust, classifier)
    assert clean is not None
    assert dusty is not None
    assert [c.seen is None for c in dusty.candidates] == [False]
    assert np.array_equal(dusty.candidates[0].density, clean.candidates[0].density)


def test_slash_is_not_taken_for_a_one(digits: Array, classifier: Classifier) -> None:
    density = row(digits, APART[1:4])
    density[:, 210:] = 0
    cv2.line(density, (225, 85), (255, 20), 255, 6)
    lattice = taken(density, classifier)
    assert lattice is not None
    assert [c.seen is None for c in lattice.candidates if c.box[0] > 200] == [True]


def printed(text: str) -> Array:
    density = np.zeros((120, 900), np.uint8)
    cv2.putText(density, text, (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 5)
    return density


@pytest.mark.parametrize("text", ["WkMRWkmKxWKkRM", "OSIBZGSOBZISGO"])
def test_text_is_told_from_digits(classifier: Classifier, text: str) -> None:
    assert taken(printed(text), classifier, may_be_text=True) is None
    assert taken(printed(text), classifier) is not None, "a field of a template is for digits"


def test_long_text_is_told_by_some_of_its_letters(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    classify = Classifier.classify

    def count(self: Classifier, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        shown.append(len(crops))
        return classify(self, crops)

    monkeypatch.setattr(Classifier, "classify", count)
    page = np.vstack([printed("WkMRWkmKxWKkRM") for _ in range(9)])
    assert len(find_components(page).boxes) > 120
    assert taken(page, classifier, may_be_text=True) is None
    assert 0 < sum(shown) <= 24


def test_digits_are_no_text_with_a_letter_or_two_among_them(digits: Array, classifier: Classifier) -> None:
    many = row(digits, tuple(range(20, 5000, 150)), step=90)
    assert taken(many, classifier, may_be_text=True) is not None
    assert taken(printed("01234x567y8901"), classifier, may_be_text=True) is not None


def test_text_in_a_box_is_for_review_and_no_text(classifier: Classifier) -> None:
    density = np.zeros((240, 1000), np.uint8)
    cv2.putText(density, "WkMRWkmKxWKkRM", (60, 140), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 5)
    cv2.rectangle(density, (30, 60), (960, 180), 255, 3)
    fields = Reader(classifier, layout=Layout.BOXES).read_page(page(density)).fields
    assert [(field.text, field.status, field.confidence) for field in fields] == [("", "review", 0.0)]


def test_ten_classes_tell_no_digits_from_parts_of_them(digits: Array, classifier: Classifier) -> None:
    class TenClasses(Classifier):
        def __init__(self) -> None:
            self.card = classifier.card.model_copy(update={"classes": classifier.card.classes[:10]})

    density = row(digits, APART)
    assert find_wholes([Inked(density, (0.0, 0.0), find_components(density), True)], TenClasses()) == [{}]
