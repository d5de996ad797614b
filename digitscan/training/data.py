"""Labelled digits to train and test with."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.crops import CROP_SIZE
from digitscan.errors import SourceError, UsageError

VALIDATION_SHARE = 12
"""One in this many training digits is kept apart for validation."""


@dataclass(frozen=True)
class Digits:
    """Digits and their classes: ``images`` ``(N, 28, 28)`` ``uint8``, ink light on dark; ``labels`` ``(N,)``, 0 to 9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class DigitData:
    """Digits to train with, to choose with, and to measure with, none in two of them."""

    name: str
    train: Digits
    validation: Digits
    test: Digits


def load_digits(path: Path | None) -> DigitData:
    """Load labelled digits.

    Args:
        path: A ``.npz`` file with ``x_train``, ``y_train``, ``x_test``, ``y_test`` as Keras keeps MNIST; None for MNIST itself,
            which Keras downloads once.

    Returns:
        The digits; the last of the training digits are the validation digits.

    Raises:
        SourceError: The file is missing or holds something else.
        UsageError: MNIST cannot be downloaded.
    """
    if path is None:
        import keras

        try:
            (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        except Exception as error:
            raise UsageError("MNIST cannot be downloaded; give a local copy with --data mnist.npz") from error
        name = "MNIST"
    else:
        x_train, y_train, x_test, y_test = _load_npz(path)
        name = path.name
    held = len(x_train) // VALIDATION_SHARE
    return DigitData(
        name,
        Digits(x_train[:-held], y_train[:-held]),
        Digits(x_train[-held:], y_train[-held:]),
        Digits(x_test, y_test),
    )


def _load_npz(path: Path) -> list[NDArray[np.uint8]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = [file[key] for key in ("x_train", "y_train", "x_test", "y_test")]
    except FileNotFoundError as error:
        raise SourceError("not_found", f"{path}: no such file") from error
    except KeyError as error:
        raise SourceError("unsupported_format", f"{path}: has no array {error.args[0]}") from error
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise SourceError("unsupported_format", f"{path}: not a NumPy .npz file") from error
    for images, labels in (arrays[:2], arrays[2:]):
        if images.shape[1:] != (CROP_SIZE, CROP_SIZE) or images.dtype != np.uint8:
            raise SourceError("unsupported_format", f"{path}: images must be uint8 of shape (N, 28, 28)")
        if labels.shape != images.shape[:1] or (len(labels) and not 0 <= labels.min() <= labels.max() <= 9):
            raise SourceError("unsupported_format", f"{path}: labels must be one digit 0 to 9 for each image")
    if len(arrays[0]) < VALIDATION_SHARE or not len(arrays[2]):
        raise SourceError("unsupported_format", f"{path}: too few images to train and test with")
    return [arrays[0], arrays[1].astype(np.uint8), arrays[2], arrays[3].astype(np.uint8)]
