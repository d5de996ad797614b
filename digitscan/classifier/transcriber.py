"""Running the transcriber of a model directory: the network that reads a field as a whole.

Dense layers slide along a strip, a time-delay network (Waibel, Hanazawa, Hinton, Shikano, Lang 1989, "Phoneme
recognition using time-delay neural networks"), and name at each frame a digit or the blank, trained as
connectionist temporal classification (Graves et al. 2006). They do so twice, apart from each other: by the
directions of strokes and by pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier.card import TRANSCRIBER_LITERT, ModelCard
from digitscan.classifier.litert import LiteRtNetwork, named_shapes
from digitscan.ctc import BLANK
from digitscan.errors import ModelError
from digitscan.strips import HEIGHT

STEP = 2
"""Columns of a strip from one frame to the next."""

PAD = 23
"""Columns of paper at both ends of a strip, as many as make one frame of each ``STEP`` columns: the first and
the last frame see 24 columns of the strip and as much paper."""

LOOKS = 2
"""Ways in which the network looks at a strip, each of which names a digit or the blank at each frame."""

_BATCH = 32
"""Strips that go through the network at a time, to bound the memory of a crowded page."""

_EVEN = 1.4
"""The widest strip of a batch is at most this many times as wide as the narrowest."""


class Transcriber:
    """The transcriber of a model directory, loaded once.

    Args:
        directory: The model directory.
        card: Its card.
        threads: Threads that LiteRT uses.

    Raises:
        ModelError: The network is missing or not what the card describes; one line says why.
    """

    def __init__(self, directory: Path, card: ModelCard, *, threads: int = 1) -> None:
        self._network = LiteRtNetwork(directory, TRANSCRIBER_LITERT, card, threads)
        inputs, output = self._network.inputs, self._network.output
        if inputs != {"strip": (-1, HEIGHT)} or output[-2:] != (LOOKS, BLANK + 1):
            raise ModelError(
                f"{directory / TRANSCRIBER_LITERT}: takes {named_shapes(inputs)} and gives {output};"
                " that is no transcriber"
            )

    def transcribe(self, pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """Log probabilities of the digits and the blank, frame by frame.

        Args:
            pictures: ``(HEIGHT, W)`` of strips.

        Returns:
            For each strip ``(LOOKS, W / STEP, 11)``, W rounded up to whole steps; the last column is the
            ``BLANK``'s.
        """
        frames: list[NDArray[np.float32]] = [np.zeros((LOOKS, 0, BLANK + 1), np.float32)] * len(pictures)
        for chosen in _batches([picture.shape[1] for picture in pictures]):
            given = self._network.run(strip=pad_strips([pictures[i] for i in chosen]))
            for i, rows in zip(chosen, given, strict=True):
                frames[i] = rows[: -(-pictures[i].shape[1] // STEP)].swapaxes(0, 1)
        return frames


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Put strips of about the same width together: all of a batch become as wide as the widest."""
    batches: list[list[int]] = []
    for i in sorted(range(len(widths)), key=widths.__getitem__):
        if batches and len(batches[-1]) < _BATCH and widths[i] <= _EVEN * widths[batches[-1][0]]:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches


def pad_strips(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Make one batch of strips of several widths.

    Args:
        pictures: ``(HEIGHT, W)`` each, 255 for ink; at least one.

    Returns:
        ``(N, W + 2 PAD, HEIGHT)``, 0 for paper to 1 for ink, W the greatest width rounded up to whole steps.

    >>> pad_strips([np.zeros((32, 19), np.uint8), np.full((32, 16), 255, np.uint8)]).shape
    (2, 66, 32)
    """
    width = -(-max(picture.shape[1] for picture in pictures) // STEP) * STEP
    batch = np.zeros((len(pictures), width + 2 * PAD, HEIGHT), np.float32)
    for strip, picture in zip(batch, pictures, strict=True):
        strip[PAD : PAD + picture.shape[1]] = picture.T
    batch /= 255
    return batch
