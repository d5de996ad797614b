"""Labelled digits to train and test with."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.crops import CROP_SIZE
from digitscan.errors import SourceError, UsageError
from digitscan.training.unipen import is_unipen, load_unipen

VALIDATION_SHARE = 12
"""One in this many training digits is kept apart for validation."""


@dataclass(frozen=True)
class Digits:
    """Digits: ``images`` ``(N, 28, 28)`` ``uint8``, ink light on dark; ``labels`` ``(N,)``, 0 to 9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class DigitData:
    """Digits to train with, to choose with, and to measure with, none in two of them."""

    name: str
    train: Digits
    validation: Digits
    test: Digits


def load_digits(sources: Sequence[str]) -> DigitData:
    """Load labelled digits.

    Args:
        sources: One or several of: ``mnist``, which Keras downloads once; a ``.npz`` file with ``x_train``,
            ``y_train``, ``x_test``, ``y_test`` as Keras keeps MNIST; a UNIPEN file of pen strokes, packed
            with gzip or not, all for training.

    Returns:
        The digits of all sources together; the last of each one's training digits are for validation.

    Raises:
        SourceError: A file is missing or holds something else.
        UsageError: MNIST cannot be downloaded, or no source has test digits.
    """
    train, validation, test = [], [], []
    for source in sources:
        x_train, y_train, x_test, y_test = _load(source)
        held = len(x_train) // VALIDATION_SHARE
        train.append(Digits(x_train[:-held], y_train[:-held]))
        validation.append(Digits(x_train[-held:], y_train[-held:]))
        test.append(Digits(x_test, y_test))
    data = DigitData(
        ", ".join("MNIST" if source == "mnist" else Path(source).name for source in sources),
        _together(train),
        _together(validation),
        _together(test),
    )
    if not len(data.test.labels):
        raise UsageError("none of the --data holds test digits; give MNIST or a file in its layout too")
    return data


def _together(parts: Sequence[Digits]) -> Digits:
    return Digits(
        np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts])
    )


def _load(source: str) -> list[NDArray[np.uint8]]:
    """Training images and labels, test images and labels of one source."""
    if source == "mnist":
        import keras

        try:
            (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        except Exception as error:
            raise UsageError("MNIST cannot be downloaded; give a local copy with --data mnist.npz") from error
        return [x_train, y_train, x_test, y_test]
    path = Path(source)
    try:
        if is_unipen(path):
            images, labels = load_unipen(path)
            return [images, labels, images[:0], labels[:0]]
    except OSError as error:
        raise SourceError("not_found", f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    return _load_npz(path)


def _load_npz(path: Path) -> list[NDArray[np.uint8]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = [file[key] for key in ("x_train", "y_train", "x_test", "y_test")]
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
