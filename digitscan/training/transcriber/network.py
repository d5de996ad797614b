"""The transcriber's network.

A time-delay network (Waibel, Hanazawa, Hinton, Shikano, Lang 1989, "Phoneme recognition using time-delay
neural networks"): dense layers that slide along the strip, each looking at some neighbouring columns or
frames. It is trained as connectionist temporal classification (Graves, Fernandez, Gomez, Schmidhuber 2006):
at each frame it names a digit or the blank, and nobody says where a digit is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras

from digitscan.classifier.transcriber import STEP
from digitscan.ctc import BLANK
from digitscan.strips import HEIGHT

_DROPOUT = 0.1
"""Share of each layer that rests in a training step."""


class _Window(NamedTuple):
    """A dense layer that slides: its units, the places it looks at, from one to the next, and its steps."""

    units: int
    places: int
    apart: int = 1
    step: int = 1


_WINDOWS = (_Window(256, 16, step=STEP), _Window(256, 5), _Window(320, 5, apart=2), _Window(256, 1))
"""Together a frame looks at 40 columns, more than a wide digit: ``PAD`` columns of paper at both ends make a
frame of each ``STEP`` columns. No window looks beyond what is given to it, so a frame depends on the strip's
pixels and paper alone, never on how wide the others of its batch are."""


def build_transcriber() -> keras.Model:
    """Build the network.

    Returns:
        A network from ``(N, W + 2 PAD, HEIGHT)`` strips, columns from left to right, 0 for paper to 1 for
        ink, to ``(N, W / STEP, 11)`` log probabilities of the ten digits and the blank; W is any multiple of
        ``STEP``.
    """
    layers: list[Any] = [keras.Input((None, HEIGHT), name="strip")]
    for number, window in enumerate(_WINDOWS, 1):
        layers += [
            keras.layers.Conv1D(
                window.units,
                window.places,
                strides=window.step,
                dilation_rate=window.apart,
                use_bias=False,
                name=f"window_{number}",
            ),
            keras.layers.BatchNormalization(name=f"normalised_{number}"),
            keras.layers.ReLU(name=f"rectified_{number}"),
            keras.layers.Dropout(_DROPOUT, name=f"rest_{number}"),
        ]
    layers += [
        keras.layers.Dense(BLANK + 1, name="logits"),
        keras.layers.Activation("log_softmax", name="log_probabilities"),
    ]
    return keras.Sequential(layers, name="transcriber")
