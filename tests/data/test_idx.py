"""IDX files, as MNIST is published."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.data.idx import has_idx_files, load_idx, parse_idx
from digitscan.errors import SourceError


def idx(array: NDArray[np.uint8]) -> bytes:
    sizes = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def write_set(folder: Path, mark: str = "-", packed: bool = False) -> dict[str, NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    arrays = {}
    for prefix, count in (("train", 7), ("t10k", 3)):
        arrays[f"{prefix}-images"] = rng.integers(0, 256, (count, 28, 28), np.uint8)
        arrays[f"{prefix}-labels"] = rng.integers(0, 10, count, np.uint8)
    for name, array in arrays.items():
        path = folder / f"{name}{mark}idx{array.ndim}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    return arrays


@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize("packed", [False, True])
def test_both_parts(mark: str, packed: bool, tmp_path: Path) -> None:
    arrays = write_set(tmp_path, mark, packed)
    assert has_idx_files(tmp_path)
    train, test = load_idx(tmp_path, "train"), load_idx(tmp_path, "test")
    assert np.array_equal(train.images, arrays["train-images"])
    assert np.array_equal(train.labels, arrays["train-labels"])
    assert np.array_equal(test.images, arrays["t10k-images"])
    assert np.array_equal(test.labels, arrays["t10k-labels"])


def test_test_part_needs_no_training_part(tmp_path: Path) -> None:
    write_set(tmp_path)
    for path in tmp_path.glob("train-*"):
        path.unlink()
    assert has_idx_files(tmp_path)
    assert len(load_idx(tmp_path, "test").labels) == 3
    with pytest.raises(SourceError, match="has no file train-images-idx3-ubyte"):
        load_idx(tmp_path, "train")


def test_other_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "train-images.png").touch()
    assert not has_idx_files(tmp_path)


LABELS = idx(np.array([3, 1, 4], np.uint8))


@pytest.mark.parametrize(
    ("data", "code", "cause"),
    [
        (b"", "unsupported_format", "not an IDX file"),
        (b"\0\0\x08", "unsupported_format", "not an IDX file"),
        (b"PK\x03\x04", "unsupported_format", "not an IDX file"),
        (b"\0\0\x0d\x01" + LABELS[4:], "unsupported_format", "holds values of IDX type 13, not bytes"),
        (LABELS[:6], "truncated", "ends within its IDX header"),
        (b"\0\0\x08\0", "truncated", "ends within its IDX header"),
        (LABELS[:-1], "truncated", "holds 2 bytes of the 3 that 3 needs"),
        (LABELS + b"\0", "corrupt", "holds 4 bytes of the 3 that 3 needs"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "truncated", "holds 0 bytes of the 79,228,162,45"),
    ],
)
def test_damage(data: bytes, code: str, cause: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_idx(data, "labels")
    assert caught.value.code == code
    assert caught.value.message.startswith(f"labels: {cause}")


def test_every_truncation_is_an_error() -> None:
    data = idx(np.zeros((2, 3, 4), np.uint8))
    for length in range(len(data)):
        with pytest.raises(SourceError):
            parse_idx(data[:length], "images")


@pytest.mark.parametrize(
    ("name", "data", "cause"),
    [
        ("t10k-images-idx3-ubyte", LABELS, "has 1 dimensions; images have 3"),
        ("t10k-labels-idx1-ubyte", idx(np.zeros(4, np.uint8)), "labels must be one digit 0 to 9 for each"),
        ("t10k-labels-idx1-ubyte", idx(np.array([1, 2, 10], np.uint8)), "labels must be one digit 0 to 9"),
        ("t10k-images-idx3-ubyte", idx(np.zeros((3, 27, 28), np.uint8)), "images must be uint8 of shape"),
        ("t10k-images-idx3-ubyte", gzip.compress(LABELS)[:-9], "the gzip data is damaged or cut off"),
        ("t10k-images-idx3-ubyte", b"\x1f\x8bno gzip", "the gzip data is damaged or cut off"),
    ],
)
def test_files_that_do_not_fit(name: str, data: bytes, cause: str, tmp_path: Path) -> None:
    write_set(tmp_path)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError) as caught:
        load_idx(tmp_path, "test")
    assert cause in caught.value.message and caught.value.message.startswith(str(tmp_path))
