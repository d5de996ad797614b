"""The dense network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault(
    "TF_CPP_MIN_LOG_LEVEL", "3"
)  # before TensorFlow is imported: its start-up chatter helps nobody

import keras
import numpy as np
from numpy.typing import NDArray

from digitscan.classifier.card import Layer
from digitscan.crops import CROP_SIZE
from digitscan.errors import ModelError
from digitscan.geometry import GEOMETRY, unknown_geometry
from digitscan.options import Loss, Normalise
from digitscan.training.directions import Sampling, add_directions
from digitscan.training.plan import NetworkPlan

_LOGITS = "logits"

_SAMPLED = Sampling(3, 6, margin=2)
"""How the directions of strokes are sampled in a crop, along either side."""


def build_network(plan: NetworkPlan, classes: int) -> keras.Model:
    """Build a dense network of rectified layers with a softmax at its end.

    With nothing but ``hidden`` in the plan it is layer by layer, first weights included, what
    ``Sequential([Flatten(), Dense(n, activation="relu"), ..., Dense(classes, activation="softmax")])`` is.
    A candidate's geometry stands behind the pixels of its crop.

    Args:
        plan: The network.
        classes: Units of the last layer.

    Returns:
        A network from ``(N, 28, 28)`` crops, 0 for paper to 1 for ink, and with ``plan.geometry``
        ``(N, len(GEOMETRY))`` beside them, to ``(N, classes)`` probabilities.
    """
    crop = keras.Input((CROP_SIZE, CROP_SIZE), name="crop")
    seen: Any = crop
    if plan.normalise is Normalise.L2:
        seen = keras.layers.UnitNormalization(axis=1, name="l2")(crop)
    elif plan.normalise is Normalise.DIRECTIONS:
        seen = add_directions(crop, _SAMPLED, _SAMPLED)
    seen = keras.layers.Flatten()(seen)
    taken = [crop]
    if plan.geometry:
        taken.append(keras.Input((len(GEOMETRY),), name="geometry"))
        seen = keras.layers.Concatenate()([seen, taken[1]])
    layers: list[Any] = []
    for units in plan.hidden:
        if plan.batch_norm:
            layers += [keras.layers.Dense(units, use_bias=False), keras.layers.BatchNormalization()]
            layers += [keras.layers.ReLU()]
        else:
            layers += [keras.layers.Dense(units, activation="relu")]
        if plan.dropout:
            layers += [keras.layers.Dropout(plan.dropout)]
    if plan.loss is Loss.LOGITS:
        layers += [keras.layers.Dense(classes, name=_LOGITS), keras.layers.Softmax(name="probabilities")]
    else:
        layers += [keras.layers.Dense(classes, activation="softmax", name="probabilities")]
    for layer in layers:
        seen = layer(seen)
    return keras.Model(taken if plan.geometry else crop, seen)


def trained_part(network: keras.Model, loss: Loss) -> keras.Model:
    """The network up to what its loss is computed from; the weights are the same."""
    if loss is Loss.LOGITS:
        taken = network.inputs if sees_geometry(network) else network.inputs[0]
        return keras.Model(taken, network.get_layer(_LOGITS).output)
    return network


def temper(network: keras.Model, temperature: float) -> None:
    """Divide the logits of what ``build_network`` built by a temperature, in its last weights."""
    last = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)][-1]
    last.set_weights([weights / temperature for weights in last.get_weights()])


def load_network(path: Path) -> keras.Model:
    """Load a ``.keras`` file, which ``refuse_code`` has passed.

    Raises:
        ModelError: Keras cannot load it, or it holds no network; one line says why.
    """
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises anything for a file that it cannot make sense of
        raise ModelError(f"{path}: Keras cannot load it: {first_line(error)}") from error
    if not isinstance(network, keras.Model):
        raise ModelError(f"{path}: holds a {type(network).__name__}, not a network")
    return network


def first_line(error: Exception) -> str:
    """The first line of an error's message, or its kind."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


def sees_geometry(network: keras.Model) -> bool:
    """Whether a network takes a candidate's geometry beside its crop."""
    return not isinstance(network, keras.Sequential) and len(network.inputs) > 1


def probabilities(
    network: keras.Model, crops: NDArray[np.float32], geometry: NDArray[np.floating] | None = None
) -> NDArray[np.float32]:
    """Probabilities of a few crops.

    Args:
        network: From crops, or crops and geometry, to probabilities.
        crops: ``(N, ...)`` of the shape that it takes, between 0 and 1.
        geometry: ``(N, len(GEOMETRY))``, for a network that takes it; None when the crops are digits by
            themselves.

    Returns:
        ``(N, classes)``.
    """
    taken: Any = crops
    if sees_geometry(network):
        known = unknown_geometry(len(crops)) if geometry is None else geometry
        taken = [crops, known.astype(np.float32)]
    given: NDArray[np.float32] = network(taken, training=False).numpy()
    return given


def describe(network: keras.Model) -> tuple[Layer, ...]:
    """List the layers of a network for its card; a side of any length is -1."""
    return tuple(
        Layer(
            name=layer.name,
            kind=type(layer).__name__,
            output=tuple(-1 if size is None else int(size) for size in layer.output.shape[1:]),
            parameters=int(layer.count_params()),
        )
        for layer in network.layers
        if not isinstance(layer, keras.layers.InputLayer)
    )
