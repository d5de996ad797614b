from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitscan.classifier import Classifier, default_model
from digitscan.classifier.card import (
    MODEL_CARD,
    MODEL_LITERT,
    TRANSCRIBER_LITERT,
    Calibration,
    load_card,
)
from digitscan.crops import make_crop
from digitscan.errors import ExitCode, ModelError

from .drawing import Array


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the bundled model to break, without the network that only training reads."""
    directory = tmp_path / "model"
    directory.mkdir()
    for name in (MODEL_CARD, MODEL_LITERT, TRANSCRIBER_LITERT):
        shutil.copy(default_model() / name, directory / name)
    return directory


def refusal(directory: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Classifier(directory).open_transcriber()
    message = str(caught.value)
    assert "\n" not in message
    assert str(directory) in message
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    return message


def change(directory: Path, how: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((directory / MODEL_CARD).read_text())
    how(card)
    (directory / MODEL_CARD).write_text(json.dumps(card))


def swap_classes(card: dict[str, Any]) -> None:
    card["classes"][0:2] = card["classes"][1::-1]


BOTH = pytest.mark.parametrize("name", [MODEL_LITERT, TRANSCRIBER_LITERT])


def test_copy_of_the_bundled_model_is_usable(model: Path, digits: Array) -> None:
    classifier = Classifier(model)
    crops = np.stack([make_crop(digit) for digit in digits[::250]])
    said = classifier.classify(crops)
    assert said.shape == (20, len(classifier.card.classes))
    assert said.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-4)
    assert np.mean(said[:, :10].argmax(axis=1) == np.arange(20) // 2) >= 0.9
    assert classifier.classify(crops[:3]) == pytest.approx(said[:3], abs=1e-5)
    assert classifier.classify(crops[:0]).shape == (0, len(classifier.card.classes))


def test_missing_directory(tmp_path: Path) -> None:
    assert "no such model directory" in refusal(tmp_path / "none")


def test_file_in_place_of_a_directory(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_text("x")
    assert "directory" in refusal(path)


def test_missing_card(model: Path) -> None:
    (model / MODEL_CARD).unlink()
    assert MODEL_CARD in refusal(model)


@BOTH
@pytest.mark.parametrize("content", [b"", b"garbage" * 100, b"\0" * 5000], ids=["empty", "garbage", "zeros"])
def test_network_that_is_none_with_the_right_hash(model: Path, content: bytes, name: str) -> None:
    (model / name).write_bytes(content)
    change(model, lambda card: card["sha256"].update({name: hashlib.sha256(content).hexdigest()}))
    assert name in refusal(model)


def test_classifier_is_no_transcriber(model: Path) -> None:
    content = (model / MODEL_LITERT).read_bytes()
    (model / TRANSCRIBER_LITERT).write_bytes(content)
    change(
        model, lambda card: card["sha256"].update({TRANSCRIBER_LITERT: hashlib.sha256(content).hexdigest()})
    )
    assert "that is no transcriber" in refusal(model)


def test_model_without_transcriber_is_usable(model: Path) -> None:
    (model / TRANSCRIBER_LITERT).unlink()
    change(model, lambda card: card.pop("transcriber"))
    assert Classifier(model).open_transcriber() is None


def test_network_of_other_classes(model: Path) -> None:
    change(model, lambda card: card["classes"].append("letter"))
    assert "not what model.json describes" in refusal(model)


def test_columns_of_the_classes(model: Path) -> None:
    card = load_card(model)
    assert [card.column(str(digit)) for digit in range(10)] == list(range(10))
    assert card.column("letter") is None


@pytest.mark.parametrize(
    "calibration", [Calibration(), Calibration(slope=0.5, offset=-1), Calibration(slope=3, offset=2)]
)
def test_calibration_rises_and_stays_a_probability(calibration: Calibration) -> None:
    confidences = [calibration.apply(probability) for probability in np.linspace(0, 1, 101)]
    assert all(0 <= one <= other <= 1 for one, other in pairwise(confidences))
    assert confidences[10] < confidences[90]


@pytest.mark.parametrize("probability", [0.01, 0.3, 0.5, 0.99])
def test_plain_calibration_changes_nothing(probability: float) -> None:
    assert Calibration().apply(probability) == pytest.approx(probability)


@pytest.mark.parametrize("calibration", [Calibration(slope=0.5, offset=-1), Calibration(slope=0.6, offset=1)])
@pytest.mark.parametrize("probabilities", [[0.9, 0.06, 0.02], [0.4, 0.39, 0.2], [1.0], [0.2, 0.1]])
def test_confidences_of_strings_that_exclude_each_other(
    calibration: Calibration, probabilities: list[float]
) -> None:
    confidences = calibration.apply_to_all(probabilities)
    assert confidences[0] == calibration.apply(probabilities[0])
    assert sum(confidences) <= 1 + 1e-9
    assert confidences == sorted(confidences, reverse=True)
