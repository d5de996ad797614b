"""Training a transcriber, and its files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from digitscan.classifier.card import TRANSCRIBER_KERAS, TRANSCRIBER_LITERT, ModelCard, TranscriberCard
from digitscan.classifier.transcriber import Transcriber, pad_strips
from digitscan.errors import ModelError
from digitscan.training.checkpoint import Checkpoint
from digitscan.training.export import AGREE_IN_BYTES, export
from digitscan.training.fit import fit
from digitscan.training.history import Epoch, write_history
from digitscan.training.network import describe
from digitscan.training.plan import TrainingPlan
from digitscan.training.reporter import Reporter
from digitscan.training.transcriber.lesson import TranscriberLesson
from digitscan.training.transcriber.network import build_transcriber
from digitscan.training.transcriber.strips import Strips

TRANSCRIBER_HISTORY = "transcriber.csv"
TRANSCRIBER_FILES = (TRANSCRIBER_KERAS, TRANSCRIBER_LITERT, TRANSCRIBER_HISTORY)

TIMES = 2
"""Times that each string is seen in what is an epoch for the classifier, which gets some twenty candidates of
each."""


class TrainedTranscriber(NamedTuple):
    """A transcriber, what its epochs came to, and the strips that it did not learn from."""

    network: keras.Model
    history: list[Epoch]
    validation: Strips


def train_transcriber(
    train: Strips, validation: Strips, plan: TrainingPlan, checkpoint: Checkpoint, reporter: Reporter
) -> TrainedTranscriber:
    """Train a transcriber, from the weights of the model to start from if it has one.

    What the checkpoint holds of it goes before.

    Args:
        train: Strips to learn from; at least one.
        validation: Strips that only measure; at least one.
        plan: Its seed, its epochs, of which there are ``TIMES`` as many, and what it starts from; all else is
            fixed.
        checkpoint: Where the state after each epoch is kept.
        reporter: Told of progress.

    Raises:
        ModelError: The loss is no number any more.
        OutputError: The checkpoint cannot be written.
        UsageError: The checkpoint is damaged.
    """
    keras.utils.set_random_seed(plan.seed)  # whatever was trained before, or was resumed
    network = build_transcriber()
    learnt = plan.start.transcriber if plan.start is not None else None
    if learnt is not None:
        network.set_weights(learnt)
    lesson = TranscriberLesson(
        network, train, validation, epochs=TIMES * plan.epochs, seed=plan.seed, begun=learnt is not None
    )
    return TrainedTranscriber(network, fit(lesson, checkpoint, reporter), validation)


def describe_transcriber(trained: TrainedTranscriber) -> TranscriberCard:
    """Say what is on the card of a model directory."""
    network = trained.network
    return TranscriberCard(layers=describe(network), parameters=int(network.count_params()))


def write_transcriber(trained: TrainedTranscriber, directory: Path) -> None:
    """Write ``TRANSCRIBER_FILES``."""
    export(trained.network, directory / TRANSCRIBER_KERAS, directory / TRANSCRIBER_LITERT, in_bytes=True)
    write_history(directory / TRANSCRIBER_HISTORY, trained.history)


def check_transcriber(trained: TrainedTranscriber, directory: Path, card: ModelCard) -> None:
    """Make sure that LiteRT gives about what Keras gives, for the narrowest and the widest of the strips.

    Args:
        trained: The transcriber.
        directory: Where it was written.
        card: The card there.

    Raises:
        ModelError: It does not.
    """
    transcriber = Transcriber(directory, card)
    pictures, widths = trained.validation.each(), trained.validation.widths
    for index in (widths.argmin(), widths.argmax()):
        expected = trained.network(pad_strips([pictures[index]]), training=False).numpy()[0].swapaxes(0, 1)
        (given,) = transcriber.transcribe([pictures[index]])
        difference = float(np.abs(np.exp(given) - np.exp(expected)).max())
        if not difference <= AGREE_IN_BYTES:  # nor if it is no number
            raise ModelError(
                f"LiteRT gives other probabilities than Keras for {TRANSCRIBER_KERAS}: they differ by"
                f" {difference:.2g}"
            )
