"""Strips of drawn strings, and which of them the transcriber can learn from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier.transcriber import STEP
from digitscan.strips import HEIGHT

_WIDEST = 300
"""Wider strips are not learnt from: a few would make their batches long, and teach nothing else."""


class Strips(NamedTuple):
    """Strips and their texts, N of them.

    Attributes:
        pictures: ``(HEIGHT, sum of widths)`` ``uint8``, 255 for ink, side by side.
        widths: ``(N,)`` ``int64``, in pixels.
        texts: ``(N,)`` the digits of each; ``""`` where there is none.
    """

    pictures: NDArray[np.uint8]
    widths: NDArray[np.int64]
    texts: NDArray[np.str_]

    def each(self) -> list[NDArray[np.uint8]]:
        """Give the pictures one by one, ``(HEIGHT, width)``."""
        return np.split(self.pictures, np.cumsum(self.widths), axis=1)[:-1]


def gather_strips(pictures: Sequence[NDArray[np.uint8]], texts: Sequence[str]) -> Strips:
    """Put strips together.

    Args:
        pictures: ``(HEIGHT, W)`` of each.
        texts: Their digits.

    >>> strips = gather_strips([np.zeros((32, 20), np.uint8), np.ones((32, 30), np.uint8)], ["", "407"])
    >>> strips.pictures.shape, [(picture.shape[1], int(picture.max())) for picture in strips.each()]
    ((32, 50), [(20, 0), (30, 1)])
    """
    widths = np.array([picture.shape[1] for picture in pictures], np.int64)
    beside = np.concatenate([np.zeros((HEIGHT, 0), np.uint8), *pictures], axis=1)
    return Strips(beside, widths, np.array(texts, np.str_))


def join_strips(parts: Sequence[Strips]) -> Strips:
    """Put sets of strips together; at least one set."""
    return Strips(
        np.concatenate([part.pictures for part in parts], axis=1),
        np.concatenate([part.widths for part in parts]),
        np.concatenate([part.texts for part in parts]),
    )


def least_width(text: str) -> int:
    """Width in pixels that a strip must have for its text.

    Connectionist temporal classification needs a frame for each digit, and one for the blank between two
    equal ones.

    >>> least_width("123"), least_width("1223"), least_width("")
    (6, 10, 0)
    """
    return STEP * (len(text) + sum(one == other for one, other in pairwise(text)))


def is_learnable(picture: NDArray[np.uint8], text: str) -> bool:
    """Whether the transcriber can learn from a strip: it is neither too wide nor too narrow for its text."""
    return least_width(text) <= picture.shape[1] <= _WIDEST
