"""The transcriber's network.

Two time-delay networks side by side (Waibel, Hanazawa, Hinton, Shikano, Lang 1989, "Phoneme recognition using
time-delay neural networks"): dense layers that slide along the strip, each looking at some neighbouring
columns or frames. One looks at the directions of strokes, the other at pixels. Both are trained as
connectionist temporal classification (Graves, Fernandez, Gomez, Schmidhuber 2006): at each frame they name a
digit or the blank, and nobody says where a digit is. They share nothing, so they go wrong on other strings
(Hansen, Salamon 1990, "Neural network ensembles").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras

from digitscan.classifier.transcriber import STEP
from digitscan.ctc import BLANK
from digitscan.strips import HEIGHT
from digitscan.training.directions import Sampling, add_directions

_DROPOUT = 0.1
"""Share of each layer that rests in a training step."""


class _Window(NamedTuple):
    """A dense layer that slides: its units, the places it looks at, from one to the next, and its steps."""

    units: int
    places: int
    apart: int = 1
    step: int = 1


_ALONG, _ACROSS = Sampling(STEP, 6), Sampling(4, 8, margin=3)
"""How the directions of strokes are sampled along a strip and across it."""

_OF_DIRECTIONS, _OF_PIXELS = _Window(256, 9), _Window(256, 24, step=STEP)
"""First layers, of directions, which are sampled already, and of columns of pixels."""

_WINDOWS = (_Window(256, 5), _Window(320, 5, apart=2), _Window(256, 1))
"""The layers behind the first. A frame looks at 48 columns, more than a wide digit: ``PAD`` columns of paper
at both ends make a frame of each ``STEP`` columns. No window looks beyond what is given to it, so a frame
depends on the strip's pixels and paper alone, never on how wide the others of its batch are."""


def build_transcriber() -> keras.Model:
    """Build the network.

    Returns:
        A network from ``(N, W + 2 PAD, HEIGHT)`` strips, columns from left to right, 0 for paper to 1 for
        ink, to ``(N, W / STEP, LOOKS, 11)`` log probabilities of the ten digits and the blank, by directions
        and by pixels; W is any multiple of ``STEP``.
    """
    strip = keras.Input((None, HEIGHT), name="strip")
    directions = add_directions(strip, _ALONG, _ACROSS)
    looks = [
        _read(directions, (_OF_DIRECTIONS, *_WINDOWS), "by_directions"),
        _read(strip, (_OF_PIXELS, *_WINDOWS), "by_pixels"),
    ]
    return keras.Model(strip, keras.layers.Concatenate(axis=2, name="looks")(looks), name="transcriber")


def _read(given: Any, windows: Sequence[_Window], name: str) -> Any:
    """Lead ``(N, L, F)`` through windows to ``(N, T, 1, 11)`` log probabilities."""
    for number, window in enumerate(windows, 1):
        for layer in (
            keras.layers.Conv1D(
                window.units,
                window.places,
                strides=window.step,
                dilation_rate=window.apart,
                use_bias=False,
                name=f"{name}_window_{number}",
            ),
            keras.layers.BatchNormalization(name=f"{name}_normalised_{number}"),
            keras.layers.ReLU(name=f"{name}_rectified_{number}"),
            keras.layers.Dropout(_DROPOUT, name=f"{name}_rest_{number}"),
        ):
            given = layer(given)
    logits = keras.layers.Dense(BLANK + 1, name=f"{name}_logits")(given)
    named = keras.layers.Activation("log_softmax", name=f"{name}_log_probabilities")(logits)
    return keras.layers.Reshape((-1, 1, BLANK + 1), name=name)(named)
