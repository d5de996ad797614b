"""The directions of strokes, against what is known of a few shapes and against another computation."""

from __future__ import annotations

import cv2
import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.training.directions import DIRECTIONS, Sampling, add_directions

Array = NDArray[np.float32]


def look(picture: Array, first: Sampling, second: Sampling) -> Array:
    """Values by place along both sides and direction."""
    taken = keras.Input(picture.shape)
    given = keras.Model(taken, add_directions(taken, first, second))(picture[None]).numpy()[0]
    return np.asarray(given.reshape(len(given), -1, DIRECTIONS))


def edge(angle: float) -> Array:
    """Ink on one side of a straight edge through the middle, darker at this angle from the second side."""
    rows, columns = np.mgrid[:64, :64] - 31.5
    across = np.cos(np.deg2rad(angle)) * columns + np.sin(np.deg2rad(angle)) * rows
    return np.asarray(np.clip(across + 0.5, 0, 1), np.float32)


@pytest.mark.parametrize("direction", range(DIRECTIONS))
def test_an_edge_shows_in_its_direction(direction: int) -> None:
    values = look(edge(360 / DIRECTIONS * direction), Sampling(4, 8), Sampling(4, 8))
    middle = values[len(values) // 2 - 1 : len(values) // 2 + 1].max(axis=(0, 1))
    assert middle.argmax() == direction
    assert middle.max() == pytest.approx(1, abs=0.4)
    behind = [(direction + turn) % DIRECTIONS for turn in (3, 4, 5)]
    assert np.all(middle[behind] < 1e-6)


def test_even_ink_and_paper_show_nothing() -> None:
    for level in (0.0, 0.4, 1.0):
        values = look(np.full((32, 32), level, np.float32), Sampling(3, 6), Sampling(3, 6))
        assert np.abs(values).max() < 1e-6


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Sampling(3, 6, 2), Sampling(3, 6, 2)),
        (Sampling(2, 6), Sampling(4, 8, 3)),
        (Sampling(2, 5), Sampling(2, 8)),
    ],
)
def test_values_are_blurred_gradients(first: Sampling, second: Sampling) -> None:
    """By OpenCV's derivatives, and a blur summed up by hand."""
    picture = np.random.default_rng(0).random((40, 32), np.float32)
    values = look(picture, first, second)
    padded = np.pad(picture, ((first.margin,) * 2, (second.margin,) * 2)).astype(np.float64)
    across = cv2.Sobel(padded, cv2.CV_64F, 1, 0, ksize=3)[1:-1, 1:-1] / 4
    down = cv2.Sobel(padded, cv2.CV_64F, 0, 1, ksize=3)[1:-1, 1:-1] / 4
    weights = [
        np.exp(-(((np.arange(side.width) - (side.width - 1) / 2) / (side.width / 4)) ** 2) / 2)
        for side in (first, second)
    ]
    blur = 3 * np.outer(weights[0] / weights[0].sum(), weights[1] / weights[1].sum())
    for direction in range(DIRECTIONS):
        angle = 2 * np.pi * direction / DIRECTIONS
        part = np.maximum(0, np.cos(angle) * across + np.sin(angle) * down)
        places = np.lib.stride_tricks.sliding_window_view(part, (first.width, second.width))
        expected = (places * blur).sum(axis=(2, 3))[:: first.step, :: second.step]
        np.testing.assert_allclose(values[..., direction], expected, atol=1e-4)


def test_filters_are_not_trained() -> None:
    taken = keras.Input((None, 32))
    network = keras.Model(taken, add_directions(taken, Sampling(2, 6), Sampling(4, 8, 3)))
    assert not network.trainable_weights and network.output_shape == (None, None, 8 * DIRECTIONS)
