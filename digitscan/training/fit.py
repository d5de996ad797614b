"""Finding the weights of a network."""

from __future__ import annotations

import time
from math import isfinite
from statistics import median
from typing import Any

import keras
import tensorflow as tf

from digitscan.errors import ModelError
from digitscan.options import Loss, Schedule
from digitscan.training.batches import Variation, batches, scaled
from digitscan.training.checkpoint import Arrays, Checkpoint, State
from digitscan.training.examples import Examples
from digitscan.training.history import Epoch, best_epoch, has_stalled
from digitscan.training.network import trained_part
from digitscan.training.plan import OptimiserPlan, TrainingPlan
from digitscan.training.reporter import Reporter, time_left

_EXAMPLES_A_CALL = 2048
"""Examples, or one batch if that is more, that TensorFlow learns from before it comes back to Python: steps
on small batches take no longer than such a return."""

_MEASURED_AT_ONCE = 4096
"""Validation examples that go through the network at a time."""


def fit(
    network: keras.Model,
    train: Examples,
    validation: Examples,
    variation: Variation,
    plan: TrainingPlan,
    checkpoint: Checkpoint,
    reporter: Reporter,
) -> list[Epoch]:
    """Train a network in place, from what the checkpoint holds if it holds anything.

    Args:
        network: What ``build_network`` built.
        train: Examples to learn from; at least one.
        validation: Examples that only measure; at least one.
        variation: Which of the examples to learn from are varied, and how.
        plan: How to train.
        checkpoint: Where the state after each epoch is kept.
        reporter: Told of progress.

    Returns:
        All epochs. The weights are those after the last one, or after the best with ``plan.patience``.

    Raises:
        ModelError: The loss is no number any more.
        OutputError: The checkpoint cannot be written.
        UsageError: The checkpoint is damaged.
    """
    steps = -(-len(train.labels) // plan.batch_size)
    learner = _Learner(network, plan.network.loss, make_optimiser(plan.optimiser, steps * plan.epochs))
    history: list[Epoch] = []
    best: Arrays = []
    state = checkpoint.load()
    if state is not None:
        learner.restore(state)
        history, best = state.history, state.best
    resumed = len(history)
    reporter.begin("Training", steps * plan.epochs)
    reporter.advance(steps * resumed)
    stream = iter(
        batches(
            train, variation, batch_size=plan.batch_size, seed=plan.seed, first=resumed, epochs=plan.epochs
        )
    )
    while len(history) < plan.epochs and not has_stalled(history, plan.patience):
        epoch = learner.epoch(len(history) + 1, stream, steps, plan.batch_size, validation, reporter)
        if not isfinite(epoch.loss) or not isfinite(epoch.val_loss):
            raise ModelError(f"the loss is no number after epoch {epoch.epoch}; lower the --learning-rate")
        history.append(epoch)
        if plan.patience is not None and best_epoch(history) is epoch:
            best = network.get_weights()
        checkpoint.save(State(learner.variables(), learner.optimiser_variables(), history, best))
        left = (plan.epochs - len(history)) * median(epoch.seconds for epoch in history[resumed:])
        ending = f"  {time_left(left)}" if len(history) < plan.epochs else ""
        reporter.say(f"epoch {epoch.epoch}/{plan.epochs}  {epoch}{ending}")
    if plan.patience is not None:
        network.set_weights(best)
        reporter.say(f"kept the weights of epoch {best_epoch(history).epoch}, the best one")
    return history


def make_optimiser(plan: OptimiserPlan, steps: int) -> keras.optimizers.Optimizer:
    """Make Adam, or AdamW where weights decay, for a training of so many steps."""
    rate: Any = plan.learning_rate
    if plan.schedule is Schedule.COSINE:
        rate = keras.optimizers.schedules.CosineDecay(plan.learning_rate, steps)
    if plan.weight_decay:
        return keras.optimizers.AdamW(rate, weight_decay=plan.weight_decay)
    return keras.optimizers.Adam(rate)


class _Learner:
    """A network and its optimiser; epochs of training.

    It does what ``keras.Model.fit`` does, but many steps a call: on small batches that halves the time.
    """

    def __init__(self, network: keras.Model, loss: Loss, optimiser: keras.optimizers.Optimizer) -> None:
        self._network = network
        self._part = trained_part(network, loss)
        self._optimiser = optimiser
        self._optimiser.build(self._part.trainable_variables)
        self._losses = keras.losses.SparseCategoricalCrossentropy(
            from_logits=loss is Loss.LOGITS, reduction=None
        )
        self._loss, self._accuracy = keras.metrics.Mean(), keras.metrics.SparseCategoricalAccuracy()
        self._learn = tf.function(self._learn_steps)
        self._measure = tf.function(self._measure_batch, reduce_retracing=True)

    def epoch(
        self,
        number: int,
        stream: Any,
        steps: int,
        batch_size: int,
        validation: Examples,
        reporter: Reporter,
    ) -> Epoch:
        """Learn from the next ``steps`` batches of the stream, then measure."""
        began = time.monotonic()
        rate = float(self._optimiser.learning_rate)
        at_once = max(1, _EXAMPLES_A_CALL // batch_size)
        for start in range(0, steps, at_once):
            count = min(at_once, steps - start)
            self._learn(stream, tf.constant(count))
            reporter.advance(count)
        loss, accuracy = self._read_metrics()
        for start in range(0, len(validation.labels), _MEASURED_AT_ONCE):
            part = slice(start, start + _MEASURED_AT_ONCE)
            crops, labels = scaled(validation.crops[part]), validation.labels[part]
            self._measure(tf.constant(crops), tf.constant(labels))
        val_loss, val_accuracy = self._read_metrics()
        return Epoch(number, loss, accuracy, val_loss, val_accuracy, rate, time.monotonic() - began)

    def variables(self) -> Arrays:
        return [variable.numpy() for variable in self._network.variables]

    def optimiser_variables(self) -> Arrays:
        return [variable.numpy() for variable in self._optimiser.variables]

    def restore(self, state: State) -> None:
        for variables, values in (
            (self._network.variables, state.network),
            (self._optimiser.variables, state.optimiser),
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _learn_steps(self, stream: Any, count: Any) -> None:
        weights = self._part.trainable_variables
        for _ in tf.range(count):
            crops, labels = next(stream)
            with tf.GradientTape() as tape:
                given = self._part(crops, training=True)
                losses = self._losses(labels, given)
                loss = tf.reduce_mean(losses)
            self._optimiser.apply(tape.gradient(loss, weights), weights)
            self._loss.update_state(losses)
            self._accuracy.update_state(labels, given)

    def _measure_batch(self, crops: Any, labels: Any) -> None:
        given = self._part(crops, training=False)
        self._loss.update_state(self._losses(labels, given))
        self._accuracy.update_state(labels, given)

    def _read_metrics(self) -> tuple[float, float]:
        """Mean loss and accuracy since this was last called."""
        values = float(self._loss.result()), float(self._accuracy.result())
        self._loss.reset_state()
        self._accuracy.reset_state()
        return values
