"""The files of a network: Keras' format, and LiteRT's, in which it computes the same in less time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from digitscan.chatter import native_chatter_silenced
from digitscan.training.directions import BLUR, SAMPLE

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
    """The same network with other layers for those that LiteRT computes in another way, or slowly."""
    steps = [layer.strides[1] for layer in network.layers if layer.name == SAMPLE]

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.UnitNormalization):
            return _LengthOne(layer.axis)
        if layer.name == BLUR:
            return _BlurInTurn(layer, steps[0] if steps else 1)
        if layer.name == SAMPLE:
            return keras.layers.Identity()
        return layer.__class__.from_config(layer.get_config())

    copy = keras.models.clone_model(network, clone_function=clone)
    for layer, copied in zip(network.layers, copy.layers, strict=True):
        if copied.weights:
            copied.set_weights(layer.get_weights())
    return copy


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
    """A blur along one side and then along the other, sampled on the way: a quarter of the products.

    Keras knows no other step along the first side than along the second.

    Args:
        blur: The blur of both sides at once, the product of two.
        steps: Every so manieth of its samples along the second side is taken.
    """

    def __init__(self, blur: keras.layers.DepthwiseConv2D, steps: int) -> None:
        super().__init__()
        weights = np.asarray(blur.get_weights()[0], np.float64)  # (first, second, maps, 1)
        self._first = weights.sum(axis=1, keepdims=True).astype(np.float32)
        second = weights.sum(axis=0, keepdims=True) / weights.sum(axis=(0, 1), keepdims=True)
        self._second = second.astype(np.float32)
        self._steps = blur.strides[0], blur.strides[1] * steps

    def call(self, given: Any) -> Any:
        first, second = self._steps
        along = tf.raw_ops.DepthwiseConv2dNative(
            input=given, filter=self._first, strides=[1, first, 1, 1], padding="VALID"
        )
        return tf.raw_ops.DepthwiseConv2dNative(
            input=along, filter=self._second, strides=[1, 1, second, 1], padding="VALID"
        )
