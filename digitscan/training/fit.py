"""Finding the weights of a network."""

from __future__ import annotations

import time
from math import isfinite
from statistics import median
from typing import Any

import keras
import tensorflow as tf

from digitscan.errors import ModelError
from digitscan.training.checkpoint import Arrays, Checkpoint, State
from digitscan.training.history import Epoch, best_epoch, has_stalled
from digitscan.training.lesson import Lesson
from digitscan.training.reporter import Reporter, time_left


def fit(lesson: Lesson, checkpoint: Checkpoint, reporter: Reporter) -> list[Epoch]:
    """Train a network in place, from what the checkpoint holds of it if it holds anything.

    Args:
        lesson: The network and what it is taught.
        checkpoint: Where the state after each epoch is kept.
        reporter: Told of progress.

    Returns:
        All epochs. The weights are those after the last one, or after the best with ``lesson.patience``.

    Raises:
        ModelError: The loss is no number any more.
        OutputError: The checkpoint cannot be written.
        UsageError: The checkpoint is damaged.
    """
    learner = _Learner(lesson)
    history: list[Epoch] = []
    best: Arrays = []
    state = checkpoint.load(lesson.name)
    if state is not None:
        learner.restore(state)
        history, best = state.history, state.best
    resumed = len(history)
    reporter.begin(lesson.title, lesson.steps * lesson.epochs)
    reporter.advance(lesson.steps * resumed)
    stream = iter(lesson.batches(resumed))
    while len(history) < lesson.epochs and not has_stalled(history, lesson.patience):
        epoch = learner.epoch(len(history) + 1, stream, reporter)
        if not isfinite(epoch.loss) or not isfinite(epoch.val_loss):
            raise ModelError(f"the loss is no number after epoch {epoch.epoch}; {lesson.cure}")
        history.append(epoch)
        if lesson.patience is not None and best_epoch(history) is epoch:
            best = lesson.network.get_weights()
        state = State(learner.variables(), learner.optimiser_variables(), history, best)
        checkpoint.save(lesson.name, state)
        left = (lesson.epochs - len(history)) * median(epoch.seconds for epoch in history[resumed:])
        ending = f"  {time_left(left)}" if len(history) < lesson.epochs else ""
        reporter.say(f"epoch {epoch.epoch}/{lesson.epochs}  {epoch}{ending}")
    if lesson.patience is not None:
        lesson.network.set_weights(best)
        reporter.say(f"kept the weights of epoch {best_epoch(history).epoch}, the best one")
    return history


class _Learner:
    """Epochs of a lesson.

    It does what ``keras.Model.fit`` does, but many steps a call: on small batches that halves the time.
    """

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._trained, self._optimiser = lesson.trained, lesson.optimiser
        self._optimiser.build(self._trained.trainable_variables)
        self._loss, self._accuracy = keras.metrics.Mean(), keras.metrics.Mean()
        self._learn = tf.function(self._learn_steps)
        self._measure = tf.function(self._measure_batch, reduce_retracing=True)

    def epoch(self, number: int, stream: Any, reporter: Reporter) -> Epoch:
        """Learn from the next batches of the stream, as many as an epoch has, then measure."""
        began = time.monotonic()
        rate = float(self._optimiser.learning_rate)
        steps, at_once = self._lesson.steps, self._lesson.steps_a_call
        for start in range(0, steps, at_once):
            count = min(at_once, steps - start)
            self._learn(stream, tf.constant(count))
            reporter.advance(count)
        loss, accuracy = self._read_metrics()
        for taken, truth in self._lesson.validation():
            self._measure(taken, truth)
        val_loss, val_accuracy = self._read_metrics()
        return Epoch(number, loss, accuracy, val_loss, val_accuracy, rate, time.monotonic() - began)

    def variables(self) -> Arrays:
        return [variable.numpy() for variable in self._lesson.network.variables]

    def optimiser_variables(self) -> Arrays:
        return [variable.numpy() for variable in self._optimiser.variables]

    def restore(self, state: State) -> None:
        for variables, values in (
            (self._lesson.network.variables, state.network),
            (self._optimiser.variables, state.optimiser),
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _learn_steps(self, stream: Any, count: Any) -> None:
        weights = self._trained.trainable_variables
        for _ in tf.range(count):
            taken, truth = next(stream)
            with tf.GradientTape() as tape:
                losses, hits = self._lesson.judge(truth, self._trained(taken, training=True))
                loss = tf.reduce_mean(losses)
            self._optimiser.apply(tape.gradient(loss, weights), weights)
            self._count(losses, hits)

    def _measure_batch(self, taken: Any, truth: Any) -> None:
        self._count(*self._lesson.judge(truth, self._trained(taken, training=False)))

    def _count(self, losses: Any, hits: Any) -> None:
        self._loss.update_state(losses)
        self._accuracy.update_state(hits)

    def _read_metrics(self) -> tuple[float, float]:
        """Mean loss and accuracy since this was last called."""
        values = float(self._loss.result()), float(self._accuracy.result())
        self._loss.reset_state()
        self._accuracy.reset_state()
        return values
