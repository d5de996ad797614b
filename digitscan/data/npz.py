"""Digits in a NumPy ``.npz`` file, in the layout in which Keras keeps MNIST."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from digitscan.data.digits import Digits, Part, make_digits
from digitscan.errors import SourceError
from digitscan.sources.problems import explain_os_error


def load_npz(path: Path, part: Part) -> Digits:
    """Load one part of the digits.

    Args:
        path: A file with the arrays ``x_train`` and ``x_test``, ``(N, 28, 28)`` ``uint8``, and ``y_train``
            and ``y_test``, their labels; only those of the part are looked at.
        part: ``train`` or ``test``.

    Raises:
        SourceError: The file cannot be read, is no ``.npz`` file, or holds other arrays.
    """
    try:
        with path.open("rb") as stream:
            file = np.load(stream, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("a single array")
            images, labels = file[f"x_{part}"], file[f"y_{part}"]
    except KeyError as error:
        key = str(error.args[0]).split()[0]
        raise SourceError("unsupported_format", f"{path}: has no array {key}") from error
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError("unsupported_format", f"{path}: not a NumPy .npz file") from error
    except OSError as error:
        problem = explain_os_error(error)
        raise SourceError(problem.code, f"{path}: {problem.message}") from error
    return make_digits(images, labels, str(path))
