"""Train the teacher of the bundled model, which tells single digits apart.

Usage: python models/teacher.py MODEL --data MNIST --data PENDIGITS --data fonts --data FAMILIES -o KERAS

It is a convolutional network, too slow to read with, and the dense network of a model directory: what it
gives is the geometric mean of both. They see digits in different ways and go wrong on others. The
convolutional one has batch normalisation, and strides in place of pooling (Springenberg, Dosovitskiy, Brox,
Riedmiller 2015, "Striving for simplicity: the all convolutional net"). refine.py lets a dense network learn
from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import keras
import numpy as np
import typer

from digitscan.classifier import MODEL_KERAS
from digitscan.crops import CROP_SIZE
from digitscan.data import Digits, load_digits
from digitscan.geometry import GEOMETRY
from digitscan.options import Augment
from digitscan.training.batches import Variation, batches, scaled
from digitscan.training.examples import digit_examples
from digitscan.training.network import load_network
from digitscan.training.precision import products_in_bfloat16


class _Layer(NamedTuple):
    """A convolution: its filters, their side, and the step from one place to the next."""

    filters: int
    side: int
    step: int = 1


_STAGES = (
    (_Layer(32, 3), _Layer(32, 3), _Layer(32, 5, step=2)),
    (_Layer(64, 3), _Layer(64, 3), _Layer(64, 5, step=2)),
    (_Layer(128, 4),),
)
"""After each stage some of what it gives rests in a training step."""

_DROPOUT = 0.3

_BATCH = 256

_RATE, _WARM_UP, _WEIGHT_DECAY = 3e-3, 300, 0.01
"""Learning rate of AdamW after a warm-up of so many steps; it falls to nothing along half a cosine."""

_LEAST = 1e-30
"""Least probability whose logarithm is taken."""

_DEGRADE = 0.35
"""Share of the digits that is spoilt."""


def build_convolutional() -> keras.Model:
    """Build a network from ``(N, 28, 28)`` crops, 0 for paper to 1 for ink, to ``(N, 10)`` probabilities."""
    crop = keras.Input((CROP_SIZE, CROP_SIZE), name="crop")
    seen: Any = keras.layers.Reshape((CROP_SIZE, CROP_SIZE, 1))(crop)
    for stage in _STAGES:
        for layer in stage:
            padding = "same" if layer.step > 1 else "valid"
            seen = keras.layers.Conv2D(
                layer.filters, layer.side, strides=layer.step, padding=padding, use_bias=False
            )(seen)
            seen = keras.layers.ReLU()(keras.layers.BatchNormalization()(seen))
        seen = keras.layers.Dropout(_DROPOUT)(seen)
    given = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(seen))
    return keras.Model(crop, given, name="convolutional")


def build_mean(convolutional: keras.Model, dense: keras.Model) -> keras.Model:
    """Build the teacher.

    Args:
        convolutional: As ``build_convolutional`` builds it.
        dense: From crops, and the geometry of candidates, to probabilities of the digits and other classes.

    Returns:
        A network from crops to the geometric mean of what both think of the digits, of sum 1.
    """
    crop = keras.Input((CROP_SIZE, CROP_SIZE), name="crop")
    unknown = keras.layers.Dense(len(GEOMETRY), use_bias=False, kernel_initializer="zeros", name="unknown")
    dense = keras.Model(dense.inputs, dense.outputs[0], name="dense_network")
    of_dense = dense([crop, unknown(keras.layers.Flatten()(crop))])[:, :10]
    logs = [keras.ops.log(keras.ops.maximum(given, _LEAST)) for given in (convolutional(crop), of_dense)]
    return keras.Model(crop, keras.layers.Softmax()((logs[0] + logs[1]) / 2))


def main(
    model: Annotated[Path, typer.Argument(help="Model directory whose dense network is the other half.")],
    data: Annotated[list[str], typer.Option(help="As for digitscan train.")],
    output: Annotated[Path, typer.Option("-o", help="File to write, .keras.")],
    epochs: Annotated[int, typer.Option(min=1)] = 12,
    seed: Annotated[int, typer.Option(min=0)] = 5,
) -> None:
    """Train the teacher; print the validation accuracy of its convolutional half and of the whole."""
    dense = load_network(model / MODEL_KERAS)
    loaded = load_digits(data)
    learnt = digit_examples(loaded.train)
    keras.utils.set_random_seed(seed)
    network = build_convolutional()
    steps = epochs * -(-len(learnt.labels) // _BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - _WARM_UP), warmup_target=_RATE, warmup_steps=_WARM_UP
    )
    network.compile(
        keras.optimizers.AdamW(rate, weight_decay=_WEIGHT_DECAY), loss="sparse_categorical_crossentropy"
    )
    variation = Variation(len(learnt.labels), Augment.ELASTIC, _DEGRADE)
    stream = batches(learnt, variation, batch_size=_BATCH, seed=seed, first=0, epochs=epochs)
    with products_in_bfloat16(True):
        network.fit(stream.map(lambda crops, geometry, labels: (crops, labels)), verbose=2)
    mean = build_mean(network, dense)
    mean.save(output)
    for name, one in (("convolutional", network), ("mean", mean)):
        print(f"{name}: validation accuracy {_accuracy(one, loaded.validation):.5f}")


def _accuracy(network: keras.Model, digits: Digits) -> float:
    given = network.predict(scaled(digits.images), batch_size=1000, verbose=0)
    return float(np.mean(given.argmax(axis=1) == digits.labels))


if __name__ == "__main__":
    typer.run(main)
