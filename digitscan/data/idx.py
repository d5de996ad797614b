"""Digits in IDX files, as MNIST is published.

An IDX file begins with two zero bytes, a byte for the type of its values (8 for unsigned bytes) and one for
the number of dimensions; their sizes follow, four bytes each with the highest first, and then the values.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.data.digits import Digits, Part, make_digits
from digitscan.errors import SourceError
from digitscan.sources.problems import explain_os_error

_PREFIXES: dict[Part, str] = {"train": "train", "test": "t10k"}
_UNSIGNED_BYTES = 8


def has_idx_files(folder: Path) -> bool:
    """Whether a folder holds at least one file named as those of MNIST are."""
    kinds = ("images", "labels")
    return any(_find(folder, prefix, kind) for prefix in _PREFIXES.values() for kind in kinds)


def load_idx(folder: Path, part: Part) -> Digits:
    """Load one part of the digits.

    Args:
        folder: Holds ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte``
            and ``t10k-labels-idx1-ubyte``, with a dot before ``idx`` or a hyphen, and packed with gzip
            (``.gz``) or not; only the two of the part are looked at.
        part: ``train`` or ``test``.

    Raises:
        SourceError: A file is missing, damaged or holds something else.
    """
    arrays = []
    for kind, dimensions in (("images", 3), ("labels", 1)):
        path = _find(folder, _PREFIXES[part], kind)
        if path is None:
            missing = f"{_PREFIXES[part]}-{kind}-idx{dimensions}-ubyte"
            raise SourceError("not_found", f"{folder}: has no file {missing}")
        array = parse_idx(_read(path), str(path))
        if array.ndim != dimensions:
            raise SourceError(
                "unsupported_format", f"{path}: has {array.ndim} dimensions; {kind} have {dimensions}"
            )
        arrays.append(array)
    return make_digits(arrays[0], arrays[1], f"{folder}: {_PREFIXES[part]}")


def parse_idx(data: bytes, name: str) -> NDArray[np.uint8]:
    r"""Read an array of unsigned bytes.

    Args:
        data: The file's bytes, unpacked.
        name: What messages call it.

    Returns:
        ``uint8`` array with as many dimensions as the file says, read-only.

    Raises:
        SourceError: ``unsupported_format`` when it is no such file, ``truncated`` or ``corrupt`` when its
            length is not what its dimensions say.

    Examples:
        >>> parse_idx(b"\0\0\x08\x01" + b"\0\0\0\x03" + b"\x07\x02\x01", "labels")
        array([7, 2, 1], dtype=uint8)
    """
    if len(data) < 4 or data[:2] != b"\0\0":
        raise SourceError("unsupported_format", f"{name}: not an IDX file")
    kind, dimensions = data[2], data[3]
    if kind != _UNSIGNED_BYTES:
        raise SourceError("unsupported_format", f"{name}: holds values of IDX type {kind}, not bytes (8)")
    start = 4 + 4 * dimensions
    if not dimensions or len(data) < start:
        raise SourceError("truncated", f"{name}: ends within its IDX header")
    shape = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, start, 4))
    size = 1
    for side in shape:
        size *= side
    if len(data) - start != size:
        held = f"holds {len(data) - start:,} bytes of the {size:,} that {' x '.join(map(str, shape))} needs"
        raise SourceError("truncated" if len(data) - start < size else "corrupt", f"{name}: {held}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _find(folder: Path, prefix: str, kind: str) -> Path | None:
    dimensions = {"images": 3, "labels": 1}[kind]
    for mark in "-.":
        for packed in ("", ".gz"):
            path = folder / f"{prefix}-{kind}{mark}idx{dimensions}-ubyte{packed}"
            if path.is_file():
                return path
    return None


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError("corrupt", f"{path}: the gzip data is damaged or cut off") from error
    except OSError as error:
        problem = explain_os_error(error)
        raise SourceError(problem.code, f"{path}: {problem.message}") from error
