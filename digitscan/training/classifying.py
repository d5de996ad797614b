"""What the classifier is taught: the classes of crops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from digitscan.options import Loss, Schedule
from digitscan.training.batches import Variation, batches, scaled
from digitscan.training.examples import Examples
from digitscan.training.network import sees_geometry, trained_part
from digitscan.training.plan import OptimiserPlan, TrainingPlan

_EXAMPLES_A_CALL = 2048
"""Examples, or one batch if that is more, that TensorFlow learns from before it comes back to Python: steps
on small batches take no longer than such a return."""

_MEASURED_AT_ONCE = 4096
"""Validation examples that go through the network at a time."""


class ClassifierLesson:
    """The lesson of a dense classifier.

    Args:
        network: What ``build_network`` built.
        train: Examples to learn from; at least one.
        validation: Examples that only measure; at least one.
        variation: Which of the examples to learn from are varied, and how.
        plan: How to train.
    """

    name = "classifier"
    title = "Training"
    cure = "lower the --learning-rate"

    def __init__(
        self,
        network: keras.Model,
        train: Examples,
        validation: Examples,
        variation: Variation,
        plan: TrainingPlan,
    ) -> None:
        self._train, self._validation = train, validation
        self._variation, self._plan = variation, plan
        self.network = network
        self.trained = trained_part(network, plan.network.loss)
        self.epochs, self.patience = plan.epochs, plan.patience
        self.steps = -(-len(train.labels) // plan.batch_size)
        self.steps_a_call = max(1, _EXAMPLES_A_CALL // plan.batch_size)
        self.optimiser = make_optimiser(plan.optimiser, self.steps * plan.epochs)
        self._losses = keras.losses.SparseCategoricalCrossentropy(
            from_logits=plan.network.loss is Loss.LOGITS, reduction=None
        )

    def batches(self, first: int) -> tf.data.Dataset:
        """Stream what the network takes, and labels."""
        plan = self._plan
        stream = batches(
            self._train,
            self._variation,
            batch_size=plan.batch_size,
            seed=plan.seed,
            first=first,
            epochs=plan.epochs,
        )
        return stream.map(lambda crops, geometry, labels: (self._taken(crops, geometry), labels))

    def validation(self) -> Iterator[tuple[Any, Any]]:
        """Give what the network takes, and labels, some thousands at a time."""
        crops, geometry, labels = self._validation
        for start in range(0, len(labels), _MEASURED_AT_ONCE):
            part = slice(start, start + _MEASURED_AT_ONCE)
            taken = self._taken(tf.constant(scaled(crops[part])), tf.constant(geometry[part], tf.float32))
            yield taken, tf.constant(labels[part])

    def judge(self, truth: Any, given: Any) -> tuple[Any, Any]:
        """Cross entropies, and where the likeliest class is the right one."""
        return self._losses(truth, given), keras.metrics.sparse_categorical_accuracy(truth, given)

    def _taken(self, crops: Any, geometry: Any) -> Any:
        return (crops, geometry) if sees_geometry(self.network) else crops


def make_optimiser(plan: OptimiserPlan, steps: int) -> keras.optimizers.Optimizer:
    """Make Adam, or AdamW where weights decay, for a training of so many steps."""
    rate: Any = plan.learning_rate
    if plan.schedule is Schedule.COSINE:
        rate = keras.optimizers.schedules.CosineDecay(plan.learning_rate, steps)
    if plan.weight_decay:
        return keras.optimizers.AdamW(rate, weight_decay=plan.weight_decay)
    return keras.optimizers.Adam(rate)
