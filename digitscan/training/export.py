"""The files of a network: Keras' format, and LiteRT's, in which it computes the same in less time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.training.directions import BLUR, DIRECTIONS, EDGES, INK, MARGIN, SAMPLE

AGREE = 1e-5
"""Difference of probabilities that both files of a network may have."""

AGREE_IN_BYTES = 0.1
"""The same where LiteRT's has its weights in bytes: some hundredths are usual, more is a mistake."""

_SHORTEST = 1e-12
"""Length that a column is taken to have at least; that of Keras' ``UnitNormalization``."""


def export(network: keras.Model, keras_file: Path, litert_file: Path, *, in_bytes: bool = False) -> None:
    """Write what ``build_network`` or ``build_transcriber`` built in Keras' format and for LiteRT.

    Args:
        network: The network.
        keras_file: Where Keras' format goes.
        litert_file: Where LiteRT's goes.
        in_bytes: Whether LiteRT takes the weights of each unit, and what they are multiplied with, in 256
            even steps: a third of the time, and probabilities that differ by some hundredths at the most.
    """
    network.save(keras_file)
    options = {"optimizations": [tf.lite.Optimize.DEFAULT]} if in_bytes else {}
    with native_chatter_silenced():
        _for_litert(network).export(litert_file, format="litert", verbose=False, **options)


def _for_litert(network: keras.Model) -> keras.Model:
    """The same network with other layers for those that LiteRT computes in another way, or slowly.

    The maps of directions are computed for two pixels at a time that are beside each other along the second
    side, an even number of them: eight maps fill half a register, and the two see mostly the same ink.
    Windows that slide have the normalisation behind them in their weights.
    """
    steps = [layer.strides[1] for layer in network.layers if layer.name == SAMPLE]
    margins = [layer.padding[1][0] for layer in network.layers if layer.name == MARGIN]
    # An odd margin is one pixel more in whole pairs, which the filters then pass over.
    passed = margins[0] % 2 if margins else 0
    windows = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv1D)]
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    normalised = {window.name: norm for window in windows for norm in norms if norm.input is window.output}
    folded = {norm.name for norm in normalised.values()}

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.UnitNormalization):
            return _LengthOne(layer.axis)
        if layer.name == INK:
            length, breadth, _ = layer.target_shape
            return keras.layers.Reshape((length, breadth // 2, 2))
        if layer.name == MARGIN:
            first, (second, _) = layer.padding
            return keras.layers.ZeroPadding2D((first, (second + passed) // 2))
        if layer.name == EDGES:
            return keras.layers.Conv2D(2 * DIRECTIONS, (3, 2 + passed), use_bias=False, activation="relu")
        if layer.name == BLUR:
            return _BlurInTurn(layer, steps[0] if steps else 1)
        if layer.name == SAMPLE:
            return keras.layers.Identity()
        if layer.name in normalised:
            return _Sliding(layer, normalised[layer.name])
        if layer.name in folded:
            return _Folded()
        return layer.__class__.from_config(layer.get_config())

    copy = keras.models.clone_model(network, clone_function=clone)
    for layer, copied in zip(network.layers, copy.layers, strict=True):
        if layer.name == EDGES:
            copied.set_weights([_for_pairs(layer.get_weights()[0], passed)])
        elif copied.weights:
            copied.set_weights(layer.get_weights())
    return copy


def _for_pairs(filters: NDArray[np.float32], passed: int) -> NDArray[np.float32]:
    """Filters for a pixel and the next, ``(3, pairs, 2, 2 maps)``, of those for a pixel, ``(3, 3, 1, maps)``.

    They begin so many pixels after the first, 0 or 1.
    """
    maps = filters.shape[3]
    pairs = np.zeros((3, 2 * (2 + passed), 2, maps), np.float32)
    for pixel in range(2):
        first = passed + pixel
        pairs[:, first : first + 3, pixel] = filters[:, :, 0]
    return pairs.reshape(3, 2 + passed, 2, 2 * maps)


class _LengthOne(keras.layers.Layer):  # type: ignore[misc]
    """``UnitNormalization`` by the definition of length.

    Keras multiplies by one through the square root of a column's squares, which for empty columns is infinite
    in TensorFlow, as its authors expect, and no number in LiteRT.
    """

    def __init__(self, axis: Any) -> None:
        super().__init__()
        self._axis = axis

    def call(self, given: Any) -> Any:
        length = keras.ops.sqrt(keras.ops.sum(keras.ops.square(given), axis=self._axis, keepdims=True))
        return given / keras.ops.maximum(length, _SHORTEST)


class _BlurInTurn(keras.layers.Layer):  # type: ignore[misc]
    """A blur of the maps of pairs along one side and then, pixel by pixel, along the other: few products.

    It is sampled on the way. Keras knows no other step along the first side than along the second.

    Args:
        blur: The blur of both sides at once, the product of two.
        steps: Every so manieth of its samples along the second side is taken.
    """

    def __init__(self, blur: keras.layers.DepthwiseConv2D, steps: int) -> None:
        super().__init__()
        weights = np.asarray(blur.get_weights()[0], np.float64)  # (first, second, maps, 1)
        self._first = np.tile(weights.sum(axis=1, keepdims=True), (1, 1, 2, 1)).astype(np.float32)
        second = weights.sum(axis=0, keepdims=True) / weights.sum(axis=(0, 1), keepdims=True)
        self._second = second.astype(np.float32)
        self._steps = blur.strides[0], blur.strides[1] * steps

    def call(self, given: Any) -> Any:
        first, second = self._steps
        along = tf.raw_ops.DepthwiseConv2dNative(
            input=given, filter=self._first, strides=[1, first, 1, 1], padding="VALID"
        )
        _, places, pairs, _ = along.shape
        size = (-1, places) if places else (tf.shape(along)[0], -1)
        return tf.raw_ops.DepthwiseConv2dNative(
            input=tf.reshape(along, (*size, 2 * pairs, DIRECTIONS)),
            filter=self._second,
            strides=[1, 1, second, 1],
            padding="VALID",
        )


class _Sliding(keras.layers.Layer):  # type: ignore[misc]
    """A window that slides along ``(N, L, F)``, and what normalises its units, in one step.

    It gives ``(N, T, 1, units)`` and takes such: between convolutions along one side LiteRT takes the other
    away and adds it again, and does all that is in between by itself.

    Args:
        window: The window, without bias.
        norm: What normalises its units.
    """

    def __init__(self, window: keras.layers.Conv1D, norm: keras.layers.BatchNormalization) -> None:
        super().__init__()
        factor, offset, mean, variance = (np.asarray(values, np.float64) for values in norm.get_weights())
        factor /= np.sqrt(variance + norm.epsilon)
        self._filters = (window.get_weights()[0] * factor)[:, None].astype(np.float32)
        self._bias = (offset - mean * factor).astype(np.float32)
        self._step, self._apart = window.strides[0], window.dilation_rate[0]

    def call(self, given: Any) -> Any:
        frames = tf.expand_dims(given, 2) if len(given.shape) == 3 else given
        units = tf.nn.conv2d(frames, self._filters, [self._step, 1], "VALID", dilations=[self._apart, 1])
        return tf.nn.bias_add(units, self._bias)


class _Folded(keras.layers.Layer):  # type: ignore[misc]
    """What is in the weights of the layer before."""

    def call(self, given: Any, mask: Any = None) -> Any:
        return given
