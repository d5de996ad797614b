"""Fields whose rules decide what is read."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from digitscan.classifier import Classifier, default_model
from digitscan.decoding import Reading
from digitscan.reader import Reader
from digitscan.recognition import Recognised
from digitscan.results import FieldResult
from digitscan.template import Template

from .drawing import Array, canvas, enlarged, page

READ = {"4539148803436466": 0.7, "4539148803436467": 0.2, "4539148803436960": 0.05, "45391": 0.01}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(default_model())


def template(**rules: Any) -> Template:
    field = {"name": "card", "box": [20, 20, 360, 100], **rules}
    return Template.model_validate({"name": "form", "page": {"width": 400, "height": 300}, "fields": [field]})


def read(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch, readings: dict[str, float], **rules: Any
) -> FieldResult:
    """What becomes of such readings of a field with rules."""
    found = [Reading(text, probability, ()) for text, probability in readings.items()]
    with monkeypatch.context() as patched:
        patched.setattr("digitscan.reader.recognise", lambda *_, **__: [Recognised(found, [])])
        density = canvas(300, 400, (np.full((60, 8), 255, np.uint8), 50, 40))
        cv2.rectangle(density, (20, 20), (380, 120), 255, 3)
        return Reader(classifier, template=template(**rules)).read_page(page(density)).fields[0]


def test_the_likeliest_text_that_obeys_is_read(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = read(classifier, monkeypatch, READ, check="luhn")
    assert (field.text, field.issues) == ("4539148803436467", ())
    assert [other.text for other in field.alternatives] == []
    best = classifier.card.calibration.apply(0.7)
    found, unseen = (1 - best) / 0.3 * 0.2, (1 - best) / 0.3 * 0.04 * 1 / 4
    assert field.confidence == pytest.approx(found / (found + unseen), abs=1e-4)


def test_without_rules_the_likeliest_is_read(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    field = read(classifier, monkeypatch, READ)
    assert (field.text, field.issues) == ("4539148803436466", ())
    assert [other.text for other in field.alternatives] == list(READ)[1:]
    assert field.confidence == pytest.approx(classifier.card.calibration.apply(0.7), abs=1e-4)
    left = [other.confidence for other in field.alternatives]
    assert left == pytest.approx([(1 - field.confidence) / 0.3 * p for p in (0.2, 0.05, 0.01)], abs=1e-4)


def test_no_runner_up_is_surer_than_what_is_read(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = read(classifier, monkeypatch, {"12": 0.5, "13": 0.5 - 1e-9})
    confidences = [field.confidence, field.alternatives[0].confidence]
    assert confidences == sorted(confidences, reverse=True) and sum(confidences) <= 1


def test_runners_up_obey(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    field = read(classifier, monkeypatch, READ, length=16, min=4539148803436467)
    assert field.text == "4539148803436467"
    assert [other.text for other in field.alternatives] == ["4539148803436960"]
    assert field.confidence > field.alternatives[0].confidence


def test_where_nothing_likely_obeys_the_broken_rules_are_named(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = read(classifier, monkeypatch, READ, length=12, check="luhn")
    assert (field.text, field.status) == ("4539148803436466", "invalid")
    assert field.issues == ("length: 16 digits, not 12", "check: 4539148803436466 is not right by luhn")
    assert [other.text for other in field.alternatives] == list(READ)[1:]


def test_what_obeys_may_have_no_probability(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    field = read(classifier, monkeypatch, {"12": 1.0, "13": 0.0}, pattern="13")
    assert (field.text, field.status) == ("13", "review") and 0 <= field.confidence < 0.9


@pytest.mark.parametrize("cells", [None, 4])
def test_clear_digits_are_not_bent_to_a_rule(
    digits: Array, classifier: Classifier, cells: int | None
) -> None:
    kinds = (1700, 2600, 3700, 4400)
    density = canvas(
        120, 440, *((enlarged(digits[kind], 3), 10 + 105 * i, 18) for i, kind in enumerate(kinds))
    )
    field: dict[str, Any] = {"name": "number", "box": [0, 0, 440, 120], "pattern": "[0-9]{3}[1379]"}
    if cells:
        field["cells"] = cells
    form = {"name": "form", "page": {"width": 440, "height": 120}, "fields": [field]}
    read = Reader(classifier, template=Template.model_validate(form)).read_page(page(density)).fields[0]
    assert (read.text, read.status) == ("3578", "invalid")
    assert read.issues == ("pattern: does not match [0-9]{3}[1379]",)
