"""Directions: how much edge of each direction there is, and where, instead of pixels.

Directional features (Liu, Nakashima, Sako, Fujisawa 2003, "Handwritten digit recognition: benchmarking of
state-of-the-art techniques"): the gradient of the ink is shared out among eight directions, and each of these
maps is blurred and sampled. A stroke that lies a little elsewhere, or is a little thicker, changes them
little, while it changes many pixels; so networks of dense layers learn more from as many examples. The
filters are part of the network and stay as they are in training.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

DIRECTIONS = 8

INK = "ink"
"""Name of the layer that takes a picture as one map."""

MARGIN = "margin"
"""Name of the layer that adds paper around it."""

EDGES = "directions"
"""Name of the layer that parts edges by direction; its filters are of three by three pixels."""

BLUR = "blurred"
"""Name of the layer that blurs and samples them; its filters are products of two, along either side."""

SAMPLE = "sampled"
"""Name of the layer that takes fewer samples along the second side than along the first."""

_EDGE = 3.0
"""Factor that makes about 1 of a long straight edge between paper and full ink."""

_REACH = 4.0
"""Width of a blur by its standard deviation."""


class Sampling(NamedTuple):
    """How the maps are sampled along one side.

    Attributes:
        step: Pixels from one sample to the next.
        width: Pixels that the blur reaches over; its standard deviation is a quarter of that.
        margin: Pixels of paper that are added at both ends.
    """

    step: int
    width: int
    margin: int = 0


def add_directions(picture: Any, first: Sampling, second: Sampling) -> Any:
    """Lead pictures through the filters.

    Args:
        picture: ``(N, A, B)`` ink, 0 for paper to 1; A may be of any length.
        first: Sampling along A; its step divides that of ``second``.
        second: Sampling along B.

    Returns:
        ``(N, T, F)``: at each of T places along A, ``DIRECTIONS`` values of each place along B. T is
        ``(A + 2 margin - 2 - width) // step + 1``, and so for B.
    """
    _, length, breadth = picture.shape
    ink = keras.layers.Reshape((length or -1, breadth, 1), name=INK)(picture)
    if first.margin or second.margin:
        ink = keras.layers.ZeroPadding2D((first.margin, second.margin), name=MARGIN)(ink)
    edges = keras.layers.Conv2D(DIRECTIONS, 3, use_bias=False, activation="relu", trainable=False, name=EDGES)
    blur = keras.layers.DepthwiseConv2D(
        (first.width, second.width), first.step, use_bias=False, trainable=False, name=BLUR
    )
    maps = blur(edges(ink))
    edges.set_weights([_edge_filters()])
    blur.set_weights([_blur_filters(first.width, second.width)])
    if second.step > first.step:
        maps = keras.layers.MaxPooling2D(1, (1, second.step // first.step), name=SAMPLE)(maps)
    _, places, across, _ = maps.shape
    return keras.layers.Reshape((places or -1, across * DIRECTIONS), name="places")(maps)


def _edge_filters() -> NDArray[np.float32]:
    """Sobel's filters turned to each direction, ``(3, 3, 1, DIRECTIONS)``."""
    across = np.outer((1, 2, 1), (-1, 0, 1)) / 4
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    turned = np.cos(angles) * across[..., None] + np.sin(angles) * across.T[..., None]
    return turned[:, :, None].astype(np.float32)


def _blur_filters(first: int, second: int) -> NDArray[np.float32]:
    """The same blur for each direction, ``(first, second, DIRECTIONS, 1)``."""
    blur = _EDGE * np.outer(_gauss(first), _gauss(second))
    return np.repeat(blur[..., None, None], DIRECTIONS, axis=2).astype(np.float32)


def _gauss(width: int) -> NDArray[np.float64]:
    away = (np.arange(width) - (width - 1) / 2) * _REACH / width
    weights = np.exp(-away * away / 2)
    return weights / weights.sum()
