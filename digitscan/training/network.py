"""The dense network, its training and its files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault(
    "TF_CPP_MIN_LOG_LEVEL", "3"
)  # before TensorFlow is imported: its start-up chatter helps nobody

import keras
import numpy as np

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier.card import Layer
from digitscan.crops import CROP_SIZE
from digitscan.options import Augment
from digitscan.training.augment import augment
from digitscan.training.examples import Examples

LEARNING_RATE = 1e-3
"""Of Adam (Kingma, Ba 2015) at the start; it falls to nothing along a half cosine (Loshchilov, Hutter
2017)."""

DROPOUT = 0.1
"""Share of each hidden layer that rests in a training step (Srivastava et al. 2014)."""


class Variation(NamedTuple):
    """How many of the first examples are varied anew in each epoch, and how."""

    first: int
    how: Augment


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of examples in a new order each epoch, varied and made floats only when they are needed."""

    def __init__(self, examples: Examples, batch_size: int, seed: int | None, variation: Variation) -> None:
        super().__init__(workers=1, max_queue_size=16)
        self._examples, self._batch_size, self._variation = examples, batch_size, variation
        self._seed, self._epoch = seed, 0
        self._rng = None if seed is None else np.random.default_rng(seed)
        self._order = np.arange(len(examples.labels))
        self._shuffle()

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        crops = self._examples.crops[chosen]
        if self._variation.how is not Augment.NONE:
            varied = chosen < self._variation.first
            # A batch's own stream, so that the seed alone says how it is varied, whichever thread makes it.
            rng = np.random.default_rng([self._seed or 0, self._epoch, index])
            crops[varied] = augment(crops[varied], self._variation.how, rng)
        return crops.astype(np.float32) / 255, self._examples.labels[chosen]

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        if self._rng is not None:
            self._rng.shuffle(self._order)


class _Report(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self, batch: Callable[[], None], epoch: Callable[[int, dict[str, float]], None]) -> None:
        super().__init__()
        self._batch, self._epoch = batch, epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._batch()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch(epoch + 1, logs or {})


def build_network(hidden: Sequence[int], classes: int) -> keras.Model:
    """Build a dense network of rectified layers with a softmax at its end.

    Args:
        hidden: Units of each hidden layer; may be empty.
        classes: Units of the last layer.

    Returns:
        A network from ``(N, 28, 28)`` crops to ``(N, classes)`` probabilities.
    """
    layers: list[Any] = [keras.Input((CROP_SIZE, CROP_SIZE), name="crop"), keras.layers.Flatten()]
    for units in hidden:
        layers += [keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal")]
        layers += [keras.layers.Dropout(DROPOUT)]
    return keras.Sequential(
        [*layers, keras.layers.Dense(classes, activation="softmax", name="probabilities")]
    )


def fit(
    network: keras.Model,
    train: Examples,
    validation: Examples,
    *,
    variation: Variation,
    epochs: int,
    batch_size: int,
    seed: int,
    on_batch: Callable[[], None],
    on_epoch: Callable[[int, dict[str, float]], None],
) -> None:
    """Train a network in place.

    Args:
        network: What ``build_network`` built.
        train: Examples to learn from.
        validation: Examples that only measure.
        variation: Which of the examples to learn from are varied, and how.
        epochs: Times that each example is seen.
        batch_size: Examples a step.
        seed: Of the order of the examples.
        on_batch: Called after each step.
        on_epoch: Called after each epoch with its number, from 1, and ``accuracy``, ``loss``,
            ``val_accuracy``, ``val_loss``.
    """
    batches = _Batches(train, batch_size, seed, variation)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, len(batches) * epochs)
    network.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(
        batches,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        validation_data=_Batches(validation, 4096, None, Variation(0, Augment.NONE)),
        callbacks=[_Report(on_batch, on_epoch)],
    )


def probabilities(network: keras.Model, crops: Any) -> Any:
    """Return ``(N, classes)`` probabilities of ``(N, 28, 28)`` crops between 0 and 1."""
    return network.predict(crops, batch_size=4096, verbose=0)


def describe(network: keras.Model) -> tuple[Layer, ...]:
    """List the layers of a network for its card."""
    return tuple(
        Layer(
            name=layer.name,
            kind=type(layer).__name__,
            output=tuple(int(size) for size in layer.output.shape[1:]),
            parameters=int(layer.count_params()),
        )
        for layer in network.layers
    )


def export(network: keras.Model, keras_file: Path, litert_file: Path) -> None:
    """Write a network, without the state of its training, in Keras' format and for LiteRT."""
    bare = keras.Sequential.from_config(network.get_config())
    bare.set_weights(network.get_weights())
    bare.save(keras_file)
    with native_chatter_silenced():
        network.export(litert_file, format="litert", verbose=False)
