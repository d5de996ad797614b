"""The record that all sources of labelled digits become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitscan.crops import CROP_SIZE
from digitscan.errors import SourceError

Part = Literal["train", "test"]
"""The two parts into which data sets are split."""


@dataclass(frozen=True)
class Digits:
    """Digits: ``images`` ``(N, 28, 28)`` ``uint8``, ink light on dark; ``labels`` ``(N,)``, 0 to 9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def make_digits(images: NDArray[Any], labels: NDArray[Any], name: str) -> Digits:
    """Check what a file holds.

    Args:
        images: Should be ``(N, 28, 28)`` ``uint8``.
        labels: Should be ``(N,)`` integers from 0 to 9.
        name: What messages call the source.

    Returns:
        The digits; the labels become ``uint8``.

    Raises:
        SourceError: ``unsupported_format``, when the arrays are of another type or shape, do not belong
            together, or hold other labels.

    Examples:
        >>> make_digits(np.zeros((2, 28, 28), np.uint8), np.array([3, 5]), "two.npz").labels
        array([3, 5], dtype=uint8)
    """
    if images.shape[1:] != (CROP_SIZE, CROP_SIZE) or images.dtype != np.uint8:
        raise SourceError("unsupported_format", f"{name}: images must be uint8 of shape (N, 28, 28)")
    if (
        labels.shape != images.shape[:1]
        or not np.issubdtype(labels.dtype, np.integer)
        or (len(labels) and not 0 <= labels.min() <= labels.max() <= 9)
    ):
        raise SourceError("unsupported_format", f"{name}: labels must be one digit 0 to 9 for each image")
    return Digits(images, labels.astype(np.uint8))


def join_digits(parts: Sequence[Digits]) -> Digits:
    """Put digits of several sources together, in order.

    Examples:
        >>> one = Digits(np.zeros((1, 28, 28), np.uint8), np.array([7], np.uint8))
        >>> join_digits([one, one]).labels
        array([7, 7], dtype=uint8)
    """
    return Digits(
        np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts])
    )
