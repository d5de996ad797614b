"""What a network is taught: all that ``fit`` has to know about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import keras
import tensorflow as tf


class Lesson(Protocol):
    """What a network is taught, and how one sees that it has learnt it.

    A batch is a pair of tensors, or of structures of them: what the network takes, and what is true of it.

    Attributes:
        name: What its state is kept under in a checkpoint.
        title: What it is called while it is under way.
        cure: What may help when the loss is no number any more, in words for the user.
        network: The network whose variables are kept.
        trained: The part of it that gives what the loss is computed from.
        optimiser: What changes its weights.
        epochs: Times that each example is seen, at the most.
        patience: Epochs without a better validation loss after which training stops, and the best weights are
            kept; None to train all epochs and keep the last.
        steps: Batches an epoch; at least one.
        steps_a_call: Batches that TensorFlow learns from before it comes back to Python.
    """

    name: str
    title: str
    cure: str
    network: keras.Model
    trained: keras.Model
    optimiser: keras.optimizers.Optimizer
    epochs: int
    patience: int | None
    steps: int
    steps_a_call: int

    def batches(self, first: int) -> tf.data.Dataset:
        """Stream the batches of all epochs from ``first`` on, counted from 0.

        Those of an epoch are the same wherever the stream begins.
        """

    def validation(self) -> Iterator[tuple[Any, Any]]:
        """Give batches that only measure; at least one."""

    def judge(self, truth: Any, given: Any) -> tuple[Any, Any]:
        """Compare what is true of a batch with what ``trained`` gives for it.

        Returns:
            ``(B,)`` losses in nats, and ``(B,)`` 1 for each example told right, 0 for others.
        """
