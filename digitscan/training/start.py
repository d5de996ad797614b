"""Going on from the weights of another network."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from digitscan.classifier.archive import refuse_code
from digitscan.classifier.card import MODEL_KERAS, TRANSCRIBER_KERAS, sha256_of
from digitscan.crops import CROP_SIZE
from digitscan.errors import ModelError
from digitscan.geometry import GEOMETRY
from digitscan.options import Normalise
from digitscan.training.directions import EDGES
from digitscan.training.network import build_network, load_network, probabilities
from digitscan.training.plan import NetworkPlan, Start
from digitscan.training.transcriber.network import build_transcriber

_PASSIVE = ("InputLayer", "Flatten", "Reshape", "Dropout", "ReLU", "Activation", "Softmax", "Concatenate")
"""Kinds of layer without weights, that say nothing which the others do not."""

_FILTERS = ("ZeroPadding2D", "DepthwiseConv2D")
"""Kinds of layer beside the one called ``EDGES`` that find the directions of strokes."""

_PROBES = 16
"""Random crops that show what a network computes."""

_NEAR = 1e-4
"""Difference of probabilities that the same network may have."""


def load_start(named: Path, *, with_transcriber: bool = True) -> Start:
    """Load a dense network, and the transcriber of the same model.

    Args:
        named: A model directory or a ``.keras`` file, which has no transcriber.
        with_transcriber: Whether that is learnt too; else it is left alone, whatever it is.

    Raises:
        ModelError: It cannot be read, holds code, or is no network that ``build_network`` or
            ``build_transcriber`` could build.
    """
    path = named / MODEL_KERAS if named.is_dir() else named
    network = _load(path)
    plan = _plan_of(network, path)
    beside = named / TRANSCRIBER_KERAS
    transcriber = _transcriber_weights(beside) if with_transcriber and beside.is_file() else None
    classes = int(network.output_shape[-1])
    start = Start(named, sha256_of(path), plan, classes, network.get_weights(), transcriber)
    if not _is_same(network, start):
        raise ModelError(f"{path}: is not Dense layers, rectified between them, of crops between 0 and 1")
    return start


def _load(path: Path) -> keras.Model:
    refuse_code(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Keras, about how the network was trained
        return load_network(path)


def _transcriber_weights(path: Path) -> list[NDArray[np.float32]]:
    weights: list[NDArray[np.float32]] = _load(path).get_weights()
    if [given.shape for given in weights] != [own.shape for own in build_transcriber().get_weights()]:
        raise ModelError(f"{path}: is no transcriber as it is built today")
    return weights


def _plan_of(network: keras.Model, path: Path) -> NetworkPlan:
    units: list[int] = []
    normalise, batch_norm = Normalise.SCALE, False
    for layer in network.layers:
        kind = type(layer).__name__
        if kind == "Dense":
            units.append(layer.units)
        elif kind == "BatchNormalization":
            batch_norm = True
        elif kind == "UnitNormalization" and layer.axis == 1 and not units:
            normalise = Normalise.L2
        elif kind == "Conv2D" and layer.name == EDGES and not units:
            normalise = Normalise.DIRECTIONS
        elif kind not in (*_PASSIVE, *_FILTERS):
            raise ModelError(f"{path}: layer {layer.name} is a {kind}; only dense networks can be trained")
    shapes = [tuple(taken.shape[1:]) for taken in network.inputs]
    geometry = shapes[1:] == [(len(GEOMETRY),)]
    is_crop = shapes[0] in ((CROP_SIZE, CROP_SIZE), (CROP_SIZE**2,))
    if not units or not is_crop or len(shapes) > 1 + geometry:
        raise ModelError(f"{path}: is no dense network that takes crops of {CROP_SIZE} x {CROP_SIZE}")
    return NetworkPlan(
        hidden=tuple(units[:-1]), normalise=normalise, batch_norm=batch_norm, geometry=geometry
    )


def _is_same(network: keras.Model, start: Start) -> bool:
    """Whether the network, built anew with its weights, gives what it gave."""
    built = build_network(start.network, start.classes)
    if [weights.shape for weights in built.get_weights()] != [weights.shape for weights in start.weights]:
        return False
    built.set_weights(start.weights)
    rng = np.random.default_rng(0)
    crops = rng.random((_PROBES, CROP_SIZE, CROP_SIZE), np.float32)
    geometry = rng.random((_PROBES, len(GEOMETRY)), np.float32)
    given = probabilities(network, crops.reshape(_PROBES, *network.inputs[0].shape[1:]), geometry)
    if np.abs(given.sum(axis=1) - 1).max() > _NEAR or given.min() < 0:
        given = np.asarray(keras.ops.softmax(given))
    return bool(np.abs(given - probabilities(built, crops, geometry)).max() <= _NEAR)
