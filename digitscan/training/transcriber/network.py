"""The transcriber's network.

A time-delay network (Waibel, Hanazawa, Hinton, Shikano, Lang 1989, "Phoneme recognition using time-delay
neural networks"): dense layers that slide along the strip, each looking at some neighbouring columns or
frames. It is trained as connectionist temporal classification (Graves, Fernandez, Gomez, Schmidhuber 2006):
at each frame it names a digit or the blank, and nobody says where a digit is.
"""

from __future__ import annotations

from typing import NamedTuple

import keras

from digitscan.classifier.transcriber import STEP
from digitscan.ctc import BLANK
from digitscan.strips import HEIGHT
from digitscan.training.directions import Sampling, add_directions

_DROPOUT = 0.1
"""Share of each layer that rests in a training step."""


class _Window(NamedTuple):
    """A dense layer that slides: its units, the frames it looks at, and from one of them to the next."""

    units: int
    frames: int
    apart: int = 1


_ALONG, _ACROSS = Sampling(STEP, 6), Sampling(4, 8, margin=3)
"""How the directions of strokes are sampled along a strip and across it."""

_WINDOWS = (_Window(256, 9), _Window(256, 5), _Window(320, 5, apart=2), _Window(256, 1))
"""Together a frame looks at 48 columns, more than a wide digit: ``PAD`` columns of paper at both ends make a
frame of each ``STEP`` columns. No window looks beyond what is given to it, so a frame depends on the strip's
pixels and paper alone, never on how wide the others of its batch are."""


def build_transcriber() -> keras.Model:
    """Build the network.

    Returns:
        A network from ``(N, W + 2 PAD, HEIGHT)`` strips, columns from left to right, 0 for paper to 1 for
        ink, to ``(N, W / STEP, 11)`` log probabilities of the ten digits and the blank; W is any multiple of
        ``STEP``.
    """
    strip = keras.Input((None, HEIGHT), name="strip")
    given = add_directions(strip, _ALONG, _ACROSS)
    for number, window in enumerate(_WINDOWS, 1):
        for layer in (
            keras.layers.Conv1D(
                window.units,
                window.frames,
                dilation_rate=window.apart,
                use_bias=False,
                name=f"window_{number}",
            ),
            keras.layers.BatchNormalization(name=f"normalised_{number}"),
            keras.layers.ReLU(name=f"rectified_{number}"),
            keras.layers.Dropout(_DROPOUT, name=f"rest_{number}"),
        ):
            given = layer(given)
    logits = keras.layers.Dense(BLANK + 1, name="logits")(given)
    named = keras.layers.Activation("log_softmax", name="log_probabilities")(logits)
    return keras.Model(strip, named, name="transcriber")
