"""Making a model directory of a classifier that somebody else trained with Keras."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported, which is loud

import keras
import numpy as np
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier.card import (
    DIGITS,
    MODEL_CARD,
    MODEL_KERAS,
    MODEL_LITERT,
    NOISE,
    PART,
    ModelCard,
    sha256_of,
)
from digitscan.classifier.network import Classifier
from digitscan.crops import CROP_SIZE
from digitscan.errors import ModelError
from digitscan.geometry import GEOMETRY
from digitscan.training.network import (
    describe,
    first_line,
    load_network,
    probabilities,
    sees_geometry,
)

_INPUTS = ((CROP_SIZE, CROP_SIZE), (CROP_SIZE, CROP_SIZE, 1), (CROP_SIZE * CROP_SIZE,))
"""Shapes of one example that a network may take."""

_WITH_GEOMETRY = {"crop": (CROP_SIZE, CROP_SIZE), "geometry": (len(GEOMETRY),)}
"""Inputs of a network of our own that takes a candidate's geometry too, by their names."""

_CLASSES = {10: DIGITS, 11: (*DIGITS, NOISE), 12: (*DIGITS, NOISE, PART)}
"""Classes by the units of the last layer."""

_PROBES = 16
"""Random crops that show what the network's outputs are."""

_AGREE = 1e-4
"""Difference of probabilities that Keras and LiteRT may have, convolutions among their layers."""


def adopt(path: Path, directory: Path) -> None:
    """Make a model directory of a ``.keras`` file.

    The network takes crops between 0 and 1; one that begins by scaling bytes gets them as bytes. One whose
    outputs are no probabilities is taken to give logits, and gets a softmax for LiteRT.

    Args:
        path: The file; what must not be loaded has been refused before.
        directory: An empty folder, filled with the three files.

    Raises:
        ModelError: It is no classifier of 28 x 28 digits that LiteRT can run; one line says why.
        OSError: The folder cannot be written.
    """
    with warnings.catch_warnings(), native_chatter_silenced():
        warnings.simplefilter("ignore")  # of Keras, about how the network was trained
        network = load_network(path)
        classes = _classes(network, path)
        whole = _from_crops(network)
        crops = np.random.default_rng(0).random((_PROBES, CROP_SIZE, CROP_SIZE), np.float32)
        crops[0] = 0
        given = _probe(whole, crops, path)
        if np.abs(given.sum(axis=1) - 1).max() > 1e-3 or given.min() < 0:
            whole = keras.Model(whole.input, keras.layers.Softmax(name="softmax")(whole.output))
            given = _probe(whole, crops, path)
        try:
            whole.export(directory / MODEL_LITERT, format="litert", verbose=False)
        except Exception as error:  # whatever the converter comes upon
            raise ModelError(f"{path}: cannot be converted for LiteRT: {first_line(error)}") from error
    shutil.copyfile(path, directory / MODEL_KERAS)
    card = ModelCard(
        name=path.parent.resolve().name if path.name == MODEL_KERAS else path.stem,
        classes=classes,
        layers=describe(network),
        parameters=int(network.count_params()),
        recipe=None,
        figures={},
        sha256={name: sha256_of(directory / name) for name in (MODEL_KERAS, MODEL_LITERT)},
    )
    (directory / MODEL_CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _check_agreement(directory, crops, given, path)


def _classes(network: keras.Model, path: Path) -> tuple[str, ...]:
    """Check the network's shapes; give its classes."""
    try:
        taken, given = _shape(network.input_shape), _shape(network.output_shape)
        inputs = {taken.name: tuple(taken.shape[1:]) for taken in network.inputs}
    except (AttributeError, ValueError) as error:
        raise ModelError(f"{path}: the network does not say what it takes and gives") from error
    if taken not in _INPUTS and inputs != _WITH_GEOMETRY:
        raise ModelError(
            f"{path}: takes {taken or 'several inputs'} an example;"
            " a digit classifier takes (28, 28), (28, 28, 1) or (784,)"
        )
    if given is None or len(given) != 1 or given[0] not in _CLASSES:
        raise ModelError(
            f"{path}: gives {given or 'several outputs'} an example; a digit classifier gives (10,) or (11,)"
        )
    return _CLASSES[given[0]]


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    """The shape of one example, None for several inputs or outputs."""
    if not isinstance(shape, tuple) or any(isinstance(size, tuple) for size in shape):
        return None
    return shape[1:]


def _from_crops(network: keras.Model) -> keras.Model:
    """The network from crops ``(N, 28, 28)`` between 0 and 1, whatever it takes itself."""
    if sees_geometry(network):
        return network
    crops = keras.Input((CROP_SIZE, CROP_SIZE), name="crop")
    taken = crops
    scaling = (layer for layer in network.layers if isinstance(layer, keras.layers.Rescaling))
    if any(np.max(np.abs(layer.scale)) < 0.1 for layer in scaling):
        taken = keras.layers.Rescaling(255.0, name="bytes")(taken)
    if network.input_shape[1:] != (CROP_SIZE, CROP_SIZE):
        taken = keras.layers.Reshape(network.input_shape[1:], name="shape")(taken)
    return keras.Model(crops, network(taken))


def _probe(network: keras.Model, crops: NDArray[np.float32], path: Path) -> NDArray[np.float32]:
    given = np.asarray(probabilities(network, crops), np.float32)
    if not np.isfinite(given).all():
        raise ModelError(f"{path}: gives numbers that are not finite")
    return given


def _check_agreement(
    directory: Path, crops: NDArray[np.float32], given: NDArray[np.float32], path: Path
) -> None:
    """Run the directory as reading does, with batches of two sizes."""
    try:
        classifier = Classifier(directory)
        found = np.concatenate([classifier.classify(crops[:1]), classifier.classify(crops[1:])])
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"{path}: has layers that LiteRT cannot run") from error
    difference = float(np.abs(found - given).max())
    if not difference <= _AGREE:  # nor if it is no number
        raise ModelError(f"{path}: LiteRT gives other probabilities than Keras, up to {difference:.2g} apart")
