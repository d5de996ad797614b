"""The batches that training learns from, epoch after epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitscan.crops import CROP_SIZE
from digitscan.geometry import GEOMETRY
from digitscan.options import Augment
from digitscan.training.augment import augment
from digitscan.training.degrade import degrade
from digitscan.training.examples import Examples

_BLOCK = 4096
"""Examples that are made ready at once, or one batch if that is more: small batches one by one would take
longer to make than to learn from."""


_SIZE, _LEVEL, _BLUR = 0.2, 0.12, 0.1
"""Spreads of the logarithm of the usual height of a digit, of the line's place, and of each single measure of
geometry: they are estimates, and learnt by heart they would tell one example from all others."""

_UNKNOWN = 0.5
"""Share of candidates whose geometry is kept back."""

_CANDIDATES = 0.8
"""How far candidates of strings are varied, beside digits: they were drawn in many ways already."""


def _columns(*names: str) -> NDArray[np.intp]:
    return np.array([GEOMETRY.index(name) for name in names])


_SIZES = _columns("height", "width")
_LENGTHS = _columns(
    "above", "below", "gap_before", "gap_after", "gap_within", "cut_before", "cut_after", "cut_within"
)
(_AREA,), (_ABOVE,), (_BELOW,) = _columns("ink"), _columns("above"), _columns("below")


class Variation(NamedTuple):
    """How examples are varied anew in each epoch.

    Attributes:
        first: So many of the first examples are digits by themselves; the others are candidates of strings,
            which are never bent and not spoilt.
        how: Maps.
        degrade: Share of the digits that are spoilt as bad scans spoil them.
    """

    first: int
    how: Augment
    degrade: float = 0.0


def batches(
    examples: Examples, variation: Variation, *, batch_size: int, seed: int, first: int, epochs: int
) -> tf.data.Dataset:
    """Stream the batches of the epochs from ``first`` on, made in a thread of their own.

    The order of an epoch follows from the seed and the epoch, how an example is varied from its place in that
    order too; so the epochs that come are the same wherever the stream begins.

    Args:
        examples: What to learn from.
        variation: Which of them are varied, and how.
        batch_size: Examples a batch; the last one of an epoch holds what is left.
        seed: At least 0.
        first: Epoch to begin with, from 0.
        epochs: Epoch to end before.

    Returns:
        Crops ``(B, 28, 28)`` ``float32``, 0 for paper to 1 for ink, their geometry ``(B, len(GEOMETRY))``
        ``float32``, and labels ``(B,)`` ``uint8``.
    """
    block = batch_size * max(1, _BLOCK // batch_size)

    def blocks() -> Iterator[tuple[NDArray[Any], ...]]:
        for epoch in range(first, epochs):
            order = np.random.default_rng([seed, epoch]).permutation(len(examples.labels))
            for start in range(0, len(order), block):
                chosen = order[start : start + block]
                rng = np.random.default_rng([seed, epoch, start])
                crops = vary(examples.crops[chosen], chosen < variation.first, variation, rng)
                geometry = vary_geometry(examples.geometry[chosen], rng)
                yield from _split((scaled(crops), geometry, examples.labels[chosen]), batch_size)

    shapes = (
        tf.TensorSpec((None, None, CROP_SIZE, CROP_SIZE), tf.float32),
        tf.TensorSpec((None, None, len(GEOMETRY)), tf.float32),
        tf.TensorSpec((None, None), tf.uint8),
    )
    ahead = max(2, _BLOCK // batch_size)
    return (
        tf.data.Dataset.from_generator(blocks, output_signature=shapes).prefetch(2).unbatch().prefetch(ahead)
    )


def scaled(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Make bytes, 255 for ink, what a network takes: 0 for paper to 1 for ink."""
    return np.divide(crops, 255, dtype=np.float32)


def vary(
    crops: NDArray[np.uint8], digits: NDArray[np.bool_], variation: Variation, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Vary examples.

    Args:
        crops: ``(N, 28, 28)``, 255 for ink; they are changed.
        digits: ``(N,)`` which are digits by themselves.
        variation: How.
        rng: Source of randomness.

    Returns:
        The same crops, varied.
    """
    if variation.how is not Augment.NONE:
        crops[digits] = augment(crops[digits], variation.how, rng)
        crops[~digits] = augment(crops[~digits], Augment.AFFINE, rng, _CANDIDATES)
    if variation.degrade:
        crops[digits] = degrade(crops[digits], variation.degrade, rng)
    return crops


def vary_geometry(geometry: NDArray[np.float16], rng: np.random.Generator) -> NDArray[np.float32]:
    """Vary the geometry of candidates, as if their field's digits were of another size and on another line.

    Args:
        geometry: ``(N, len(GEOMETRY))``; that of digits by themselves, which is 0, stays.
        rng: Source of randomness.

    Returns:
        The same, varied.
    """
    varied = geometry.astype(np.float32)
    count = len(varied)
    size = rng.normal(0, _SIZE, (count, 1)).astype(np.float32)
    varied[:, _SIZES] -= size
    varied[:, _LENGTHS] *= np.exp(-size)
    varied[:, _AREA] *= np.exp(-2 * size[:, 0])
    level = rng.normal(0, _LEVEL, count)
    varied[:, _ABOVE] += level
    varied[:, _BELOW] -= level
    measured = np.concatenate([_SIZES, _LENGTHS, [_AREA]])
    varied[:, measured] += rng.normal(0, _BLUR, (count, len(measured)))
    kept = (geometry[:, :1] > 0) & (rng.random((count, 1)) >= _UNKNOWN)
    return np.where(kept, varied, np.float32(0))


def _split(block: tuple[NDArray[Any], ...], batch_size: int) -> Iterator[tuple[NDArray[Any], ...]]:
    """Cut a block into its whole batches, ``(K, B, ...)``, and the rest, ``(1, R, ...)``."""
    count = len(block[0])
    whole = count // batch_size * batch_size
    for start, stop, size in ((0, whole, batch_size), (whole, count, count - whole)):
        if stop > start:
            yield tuple(values[start:stop].reshape(-1, size, *values.shape[1:]) for values in block)
