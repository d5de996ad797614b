"""The batches that the transcriber learns from, epoch after epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitscan.classifier.transcriber import STEP, pad_strips
from digitscan.ctc import BLANK
from digitscan.strips import HEIGHT
from digitscan.training.transcriber.strips import Strips, least_width
from digitscan.training.transcriber.vary import vary_strip

STRIPS = 64
"""Strips a batch."""

_JITTER = 0.15
"""Standard deviation of what is added to the logarithms of widths before strips are sorted by them: those of
a batch are about as wide as each other, but not always the same ones."""

_AHEAD = 8
"""Batches that are made ready before they are asked for."""

Truth = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Digits of each strip, ``(N, longest)`` with ``BLANK`` behind the last, and frames of each, ``(N,)``."""


def strip_batches(strips: Strips, *, seed: int, first: int, epochs: int) -> tf.data.Dataset:
    """Stream the batches of the epochs from ``first`` on, made in a thread of their own.

    What is in a batch follows from the seed and the epoch, how a strip is varied from its batch too; so the
    epochs that come are the same wherever the stream begins.

    Args:
        strips: What to learn from; at least one.
        seed: At least 0.
        first: Epoch to begin with, from 0.
        epochs: Epoch to end before.

    Returns:
        Batches as ``make_batch`` makes them; one of each epoch may have less than ``STRIPS`` strips.
    """
    pictures = strips.each()

    def made() -> Iterator[tuple[NDArray[np.float32], Truth]]:
        for epoch in range(first, epochs):
            rng = np.random.default_rng([seed, epoch])
            jitter = np.exp(rng.normal(0, _JITTER, len(pictures)))
            parts = similar_widths(strips.widths * jitter)
            for place, part in enumerate(rng.permutation(len(parts)).tolist()):
                chosen = parts[part]
                texts = strips.texts[chosen].tolist()
                rng_of_batch = np.random.default_rng([seed, epoch, place])
                yield make_batch(
                    [
                        vary_strip(pictures[i], least_width(text), rng_of_batch)
                        for i, text in zip(chosen, texts, strict=True)
                    ],
                    texts,
                )

    shapes = (
        tf.TensorSpec((None, None, HEIGHT), tf.float32),
        (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32)),
    )
    return tf.data.Dataset.from_generator(made, output_signature=shapes).prefetch(_AHEAD)


def similar_widths(widths: NDArray[np.floating] | NDArray[np.integer]) -> list[NDArray[np.intp]]:
    """Divide strips into batches of similar widths.

    Args:
        widths: ``(N,)``.

    Returns:
        Indices, narrow strips first, ``STRIPS`` at a time; the last may be less.
    """
    order = np.argsort(widths, kind="stable")
    return [order[start : start + STRIPS] for start in range(0, len(order), STRIPS)]


def make_batch(
    pictures: Sequence[NDArray[np.uint8]], texts: Sequence[str]
) -> tuple[NDArray[np.float32], Truth]:
    """Make what the network takes and what is true of it.

    Args:
        pictures: ``(HEIGHT, W)`` of each strip; at least one.
        texts: Their digits.

    Returns:
        What ``pad_strips`` makes of the pictures, their digits and frames.

    >>> pictures = [np.zeros((32, 40), np.uint8), np.zeros((32, 21), np.uint8)]
    >>> _, (digits, frames) = make_batch(pictures, ["07", ""])
    >>> digits.tolist(), frames.tolist()
    ([[0, 7], [10, 10]], [20, 11])
    """
    digits = np.full((len(texts), max(1, *map(len, texts))), BLANK, np.int32)
    for row, text in zip(digits, texts, strict=True):
        row[: len(text)] = [int(digit) for digit in text]
    frames = np.array([-(-picture.shape[1] // STEP) for picture in pictures], np.int32)
    return pad_strips(pictures), (digits, frames)
