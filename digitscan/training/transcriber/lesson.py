"""What the transcriber is taught: the texts of strips."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from digitscan.training.transcriber.batches import STRIPS, make_batch, similar_widths, strip_batches
from digitscan.training.transcriber.loss import read_right, string_losses
from digitscan.training.transcriber.strips import Strips

# The recipe, beside the batches of STRIPS strips and the variants of ``vary_strip``.

_RATE = 2e-3
"""Learning rate of AdamW (Loshchilov, Hutter 2019) after the warm-up,"""

_FURTHER = 0.25
"""and the share of it with which a network learns on that has learnt before."""

_FIRST, _LAST = 0.05, 0.005
"""Shares of the rate that the warm-up begins with, and that it has fallen to by the end on half a cosine."""

_WARM_UP = 200
"""Steps of the warm-up, or a tenth of all if that is less."""

_WEIGHT_DECAY = 0.01

_LONGEST = 5.0
"""Length that the gradient of a layer's weights has at the most."""

_STEPS_A_CALL = 4
"""A step takes far longer than coming back to Python; a user who waits sees that it goes on."""


class TranscriberLesson:
    """The lesson of a transcriber.

    Args:
        network: What ``build_transcriber`` built.
        train: Strips to learn from; at least one.
        validation: Strips that only measure; at least one.
        epochs: Times that each strip is seen.
        seed: Same seed, same batches.
        begun: Whether the network has learnt before.
    """

    name = "transcriber"
    title = "Training the transcriber"
    cure = "try another --seed"
    patience: int | None = None
    steps_a_call = _STEPS_A_CALL

    def __init__(
        self,
        network: keras.Model,
        train: Strips,
        validation: Strips,
        *,
        epochs: int,
        seed: int,
        begun: bool = False,
    ) -> None:
        self._train, self._validation, self._seed = train, validation, seed
        self.network = self.trained = network
        self.epochs = epochs
        self.steps = -(-len(train.widths) // STRIPS)
        self.optimiser = _make_optimiser(_FURTHER * _RATE if begun else _RATE, self.steps * epochs)

    def batches(self, first: int) -> tf.data.Dataset:
        """Stream strips, and their digits and frames."""
        return strip_batches(self._train, seed=self._seed, first=first, epochs=self.epochs)

    def validation(self) -> Iterator[tuple[Any, Any]]:
        """Give strips as they are, and their digits and frames."""
        pictures = self._validation.each()
        for chosen in similar_widths(self._validation.widths):
            taken, truth = make_batch([pictures[i] for i in chosen], self._validation.texts[chosen].tolist())
            yield tf.constant(taken), tuple(map(tf.constant, truth))

    def judge(self, truth: Any, given: Any) -> tuple[Any, Any]:
        """Minus the log probabilities of the texts, means of the looks, and the shares that read them."""
        digits, frames = truth
        looks = tf.unstack(given, axis=2)
        losses = [string_losses(look, digits, frames) for look in looks]
        right = [tf.cast(read_right(look, digits, frames), given.dtype) for look in looks]
        return tf.add_n(losses) / len(looks), tf.add_n(right) / len(looks)


def _make_optimiser(highest: float, steps: int) -> keras.optimizers.Optimizer:
    """Make the optimiser of a training of so many steps, the learning rate being ``highest`` at most."""
    warm_up = min(_WARM_UP, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        _FIRST * highest, steps - warm_up, alpha=_LAST, warmup_target=highest, warmup_steps=warm_up
    )
    return keras.optimizers.AdamW(rate, weight_decay=_WEIGHT_DECAY, clipnorm=_LONGEST)
