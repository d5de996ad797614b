"""Digits from what the user names, to train with and to measure on."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import pytest

from digitscan.data import load_digits, load_test
from digitscan.data.unipen import PENS, draw_strokes, parse_unipen
from digitscan.errors import SourceError, UsageError

SEVEN = '.SEGMENT DIGIT 0 ? "7"\n.PEN_DOWN\n 0 9\n 5 9\n 1 0\n.PEN_UP\n'
ONE = '.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\n 3 9\n 3 0\n.PEN_UP\n'


@pytest.fixture(autouse=True)
def no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing it fails."""
    for name in ("keras", "tensorflow"):
        monkeypatch.setitem(sys.modules, name, None)


def npz_bytes(train: int, test: int, shade: int = 0) -> bytes:
    """Digits of which each can be told by its shade, counted up; labels are the last figure of the shade."""
    shades = np.arange(shade, shade + train + test) % 256
    images = np.broadcast_to(shades[:, None, None], (train + test, 28, 28)).astype(np.uint8)
    arrays = {"x_train": images[:train], "x_test": images[train:]}
    labels = {"y_train": shades[:train] % 10, "y_test": shades[train:] % 10}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays, **labels)
    return buffer.getvalue()


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    path = tmp_path / "digits.npz"
    path.write_bytes(npz_bytes(24, 5))
    return path


@pytest.fixture
def pens(tmp_path: Path) -> Path:
    path = tmp_path / "pens.gz"
    path.write_bytes(gzip.compress((SEVEN * 5 + ONE * 3).encode()))
    return path


def test_training_digits_are_split_for_validation(npz: Path) -> None:
    data = load_digits([str(npz)])
    assert data.name == "digits.npz"
    assert data.train.images[:, 0, 0].tolist() == list(range(22))
    assert data.validation.images[:, 0, 0].tolist() == [22, 23]
    assert data.test.images[:, 0, 0].tolist() == [24, 25, 26, 27, 28]
    assert data.test.labels.tolist() == [4, 5, 6, 7, 8]


def test_several_sources_are_joined_in_order(npz: Path, tmp_path: Path, pens: Path) -> None:
    other = tmp_path / "other.npz"
    other.write_bytes(npz_bytes(12, 1, shade=100))
    data = load_digits([str(npz), str(other), str(pens)])
    assert data.name == "digits.npz, other.npz, pens.gz"
    assert len(data.train.labels) == 22 + 11 + 8 * len(PENS) - 2
    assert data.validation.labels.tolist() == [2, 3, 1, 1, 1]  # pens: 24 drawings, two kept apart
    assert data.test.labels.tolist() == [4, 5, 6, 7, 8, 2]


def test_strings_are_written_with_all_handwriting_and_measured_with_what_is_kept_apart(
    npz: Path, pens: Path
) -> None:
    data = load_digits([str(npz), str(pens), "fonts"])
    assert [label for _, label in data.script.strokes] == [7] * 5 + [1] * 2
    assert [label for _, label in data.validation_script.strokes] == [1]
    assert len(data.script.digits.labels) == 22 + 8 * len(PENS) - 2  # no printed ones
    assert data.validation_script.digits.labels.tolist() == [2, 3, 1, 1]
    assert data.script.fonts and data.script.fonts == data.validation_script.fonts


def test_measuring_takes_the_test_part_where_there_is_one(npz: Path, pens: Path) -> None:
    digits = load_test([str(pens), str(npz)])
    assert digits.labels.tolist() == [7] * 5 + [1] * 3 + [4, 5, 6, 7, 8]
    strokes, _ = parse_unipen(SEVEN, "seven")[0]
    assert np.array_equal(digits.images[0], draw_strokes(strokes, PENS[1]))


def test_class_folders_without_split_are_measured_on_whole(tmp_path: Path) -> None:
    page = np.full((60, 40), 255, np.uint8)
    page[10:50, 18:23] = 0
    for name in ("0", "1", "1b"):
        (tmp_path / "set" / name).mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "set" / "1" / "a.png"), page)
    cv2.imwrite(str(tmp_path / "set" / "0" / "a.png"), page)
    assert sorted(load_test([str(tmp_path / "set")]).labels.tolist()) == [0, 1]
    with pytest.raises(SourceError, match="too few images to train and test with"):
        load_digits([str(tmp_path / "set")])


def test_training_needs_test_digits(tmp_path: Path) -> None:
    pens = tmp_path / "pens.txt"
    pens.write_text(SEVEN * 12)
    with pytest.raises(UsageError, match="none of the --data holds test digits"):
        load_digits([str(pens)])


def test_empty_test_part_cannot_be_measured_on(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    path.write_bytes(npz_bytes(24, 0))
    with pytest.raises(SourceError, match=r"digits\.npz: holds no test digits"):
        load_test([str(path)])


@pytest.mark.parametrize(
    ("name", "data", "code", "cause"),
    [
        ("none", None, "not_found", "no such file or folder"),
        ("nothing", b"", "unsupported_format", "not a NumPy .npz file"),
        ("text", b"digits", "unsupported_format", "not a NumPy .npz file"),
        ("pens.gz", gzip.compress(SEVEN.encode() * 200)[:-30], "corrupt", "the gzip data is damaged"),
        ("pens.gz", b"\x1f\x8b\0\0", "corrupt", "the gzip data is damaged"),
        ("pens", b'.SEGMENT DIGIT 0 ? "7"\n.PEN_DOWN\n 1\n', "unsupported_format", "line 3: not a pair"),
        ("pens", b".VERSION 1.0\n", "unsupported_format", "holds no digits in UNIPEN format"),
    ],
)
def test_unusable_files(name: str, data: bytes | None, code: str, cause: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        load_test([str(path)])
    assert caught.value.code == code
    assert caught.value.message.startswith(f"{path}: {cause}")


def test_single_array_is_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.zeros((3, 28, 28), np.uint8))
    with pytest.raises(SourceError, match=r"not a NumPy \.npz file"):
        load_test([str(tmp_path / "one.npy")])


def test_folder_of_other_things(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a folder with neither IDX files"):
        load_test([str(tmp_path)])


@pytest.fixture
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    copy = tmp_path / "keras" / "datasets" / "mnist.npz"
    copy.parent.mkdir(parents=True)
    return copy


def test_mnist_that_was_downloaded_needs_no_tensorflow(keras_home: Path) -> None:
    keras_home.write_bytes(npz_bytes(24, 5))
    assert load_test(["mnist"]).labels.tolist() == [4, 5, 6, 7, 8]
    assert load_digits(["mnist"]).name == "MNIST"


def test_mnist_without_keras(keras_home: Path) -> None:
    with pytest.raises(UsageError, match=r"pip install 'digitscan\[train\]'"):
        load_test(["mnist"])


def pretend_keras(load_data: object) -> ModuleType:
    module = ModuleType("keras")
    module.datasets = SimpleNamespace(mnist=SimpleNamespace(load_data=load_data))  # type: ignore[attr-defined]
    return module


def test_mnist_is_downloaded_once_and_silently(
    keras_home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    downloads = []

    def load_data() -> object:
        print("Downloading data from ...")
        downloads.append(1)
        keras_home.write_bytes(npz_bytes(24, 5))
        with np.load(keras_home) as file:
            return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])

    monkeypatch.setitem(sys.modules, "keras", pretend_keras(load_data))
    assert load_test(["mnist", "mnist"]).labels.tolist() == [4, 5, 6, 7, 8] * 2
    assert len(downloads) == 1
    assert capfd.readouterr() == ("", "")


def test_mnist_without_network(keras_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_data() -> None:
        raise Exception("URL fetch failure on https://...")

    monkeypatch.setitem(sys.modules, "keras", pretend_keras(load_data))
    with pytest.raises(UsageError, match="MNIST cannot be downloaded; give a local copy"):
        load_test(["mnist"])
