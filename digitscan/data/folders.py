"""Digits as pictures in folders named after their class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.classify.seeing import see_digit
from digitscan.data.digits import Digits, Part, make_digits
from digitscan.errors import SourceError
from digitscan.sources import Source, open_pages

CLASSES = tuple("0123456789")

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
"""Files with other suffixes, such as lists and licences, are passed over."""


def has_class_folders(folder: Path) -> bool:
    """Whether a folder holds a folder named after a digit, itself or in its folder ``train`` or ``test``."""
    return any((folder / part / name).is_dir() for part in ("", "train", "test") for name in CLASSES)


def load_class_folders(folder: Path, part: Part) -> Digits | None:
    """Load one part of the digits.

    Args:
        folder: Holds ``0`` to ``9``, or ``train`` and ``test`` that hold these; in each any number of
            images of one digit each, any size, ink dark on light paper or light on dark.
        part: ``train`` or ``test``.

    Returns:
        The images as ``normalise`` makes them, in an order that mixes the classes and is always the same;
        None for the test part of a folder that is not split.

    Raises:
        SourceError: An image cannot be read or has no ink, or there is none.
    """
    if (folder / "train").is_dir() or (folder / "test").is_dir():
        folder = folder / part
    elif part == "test":
        return None
    images, labels = [], []
    for label, name in enumerate(CLASSES):
        for path in sorted((folder / name).glob("*")):
            if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
                images.append(_read_digit(path))
                labels.append(label)
    if not images:
        raise SourceError("not_found", f"{folder}: has no images in folders named 0 to 9")
    # Whoever takes the first or the last of them should meet all classes.
    order = np.random.default_rng(0).permutation(len(labels))
    return make_digits(np.stack(images)[order], np.array(labels)[order], str(folder))


def normalise(grey: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Make an image of one digit like those of MNIST.

    Args:
        grey: ``(H, W)`` picture of one digit.

    Returns:
        ``(28, 28)``, 0 for paper to 255 for ink: the likeliest crop that ``classify`` would make. An image in
        that form already, light on dark or dark on light, stays as it is. None without any ink.

    Examples:
        >>> page = np.full((90, 60), 255, np.uint8)
        >>> page[10:70, 20:29] = 0
        >>> digit = normalise(page)
        >>> np.flatnonzero(digit.any(axis=1))[[0, -1]], np.flatnonzero(digit.any(axis=0))
        (array([ 4, 23]), array([13, 14, 15]))
    """
    ways = see_digit(grey)
    if not ways:
        return None
    return np.round(max(ways, key=lambda way: way.prior).crop * 255).astype(np.uint8)


def _read_digit(path: Path) -> NDArray[np.uint8]:
    try:
        page = next(iter(open_pages(Source(str(path), path))))
    except SourceError as error:
        raise SourceError(error.code, f"{path}: {error.message}") from error
    digit = normalise(page.image)
    if digit is None:
        raise SourceError("unsupported_format", f"{path}: shows no digit: there is no ink")
    return digit
