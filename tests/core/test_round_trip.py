from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.crops import make_crop
from digitscan.ink import find_ink
from digitscan.options import Layout
from digitscan.reader import Reader
from digitscan.written import written_on

from .drawing import Array, canvas, enlarged, page

LABELS = np.repeat(np.arange(10), 500)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(default_model())


@pytest.mark.parametrize("times", [3, 6])
def test_crops_from_a_page_are_classified_as_well_as_their_digits(
    digits: Array, classifier: Classifier, times: int
) -> None:
    chosen, labels = digits[::4], LABELS[::4]
    crops = []
    for digit in chosen:
        side = 28 * times + 24
        density = find_ink(page(canvas(side, side, (enlarged(digit, times), 12, 12)))).density
        crops.append(make_crop(written_on(density).cut_out([(0, 0, side, side)])[0].density))
    direct = np.mean(classifier.classify((chosen / 255).astype(np.float32))[:, :10].argmax(axis=1) == labels)
    found = np.mean(classifier.classify(np.stack(crops))[:, :10].argmax(axis=1) == labels)
    assert found >= direct - 0.003
    assert direct >= 0.98


def test_digits_on_a_page_are_read(digits: Array, classifier: Classifier) -> None:
    reader = Reader(classifier, layout=Layout.FIELD)
    chosen = slice(3, None, 40)
    texts = [
        reader.read_page(page(canvas(140, 150, (enlarged(digit, 4), 15, 12)))).fields[0].text
        for digit in digits[chosen]
    ]
    right = [text == str(label) for text, label in zip(texts, LABELS[chosen], strict=True)]
    assert np.mean(right) >= 0.97


def test_geometry_and_shape_may_rule_out_what_the_other_says(
    digits: Array, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradict(crops: NDArray[np.float32], *geometry: NDArray[np.float32]) -> NDArray[np.float32]:
        probabilities = np.full((len(crops), 12), 0.02, np.float32)
        probabilities[:, 3 if geometry else 5] = 0.78  # surer by shape alone, it is taken at once
        return probabilities

    monkeypatch.setattr(classifier, "classify", contradict)
    monkeypatch.setattr(classifier, "open_transcriber", lambda: None)
    density = canvas(140, 130, (enlarged(digits[900], 4), 15, 12))
    field = Reader(classifier, layout=Layout.FIELD).read_page(page(density)).fields[0]
    assert field.text in ("3", "5") and field.digits[0].confidence == pytest.approx(0.28, abs=0.01)


def test_writing_without_a_digit_is_for_review_and_neither_ok_nor_empty(
    digits: Array, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def see_letters(crops: NDArray[np.float32], *_: NDArray[np.float32]) -> NDArray[np.float32]:
        probabilities = np.full((len(crops), 12), 0.001, np.float32)
        probabilities[:, classifier.classes.noise] = 0.989
        return probabilities

    monkeypatch.setattr(classifier, "classify", see_letters)
    monkeypatch.setattr(classifier, "open_transcriber", lambda: None)
    density = canvas(140, 260, (enlarged(digits[900], 4), 15, 12), (enlarged(digits[2900], 4), 135, 12))
    field = Reader(classifier, layout=Layout.FIELD).read_page(page(density)).fields[0]
    assert (field.text, field.status, field.confidence) == ("", "review", 0.0)
