"""Training a model directory, from labelled digits to the card."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keras
import numpy as np

from digitscan.classifier import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, Classifier, ModelCard
from digitscan.classifier.card import DIGITS, NOISE, PART, Recipe, sha256_of
from digitscan.data import Digits, load_digits
from digitscan.errors import ModelError, OutputError
from digitscan.evaluation import CalibrationError, ConfusionMatrix, CrossEntropy, digit_probabilities
from digitscan.options import Augment, Layout
from digitscan.reader import Reader
from digitscan.training.calibrate import fit_calibration, read_strings
from digitscan.training.examples import Examples, draw_examples
from digitscan.training.network import Variation, build_network, describe, export, fit, probabilities

CALIBRATION_STRINGS = 3000
"""Strings of validation digits that the calibration is fitted on; no more than were learnt from."""

_DIGIT_SHARE = 0.25
"""Digits by themselves among the examples, at least, as a share of the candidates of strings."""

_AGREE = 1e-5
"""Difference of probabilities that both files of a network may have."""


@dataclass(frozen=True)
class TrainingPlan:
    """What to train.

    Attributes:
        output: The model directory to write.
        data: Where the digits are, as ``load_digits`` takes it.
        hidden: Units of each hidden layer.
        epochs: Times that each example is seen.
        batch_size: Examples a step.
        seed: Same seed, same examples in the same order from the same weights.
        augment: How the digits are varied anew in each epoch.
        strings: Synthetic strings whose candidates are learnt too, with the classes noise and part; 0 for
            digits alone.
    """

    output: Path
    data: tuple[str, ...] = ("mnist",)
    hidden: tuple[int, ...] = (128, 64)
    epochs: int = 5
    batch_size: int = 128
    seed: int = 0
    augment: Augment = Augment.NONE
    strings: int = 0


class Reporter(Protocol):
    """Where training tells how far it is."""

    def begin(self, what: str, total: int) -> None:
        """A part of the work of ``total`` steps begins."""

    def advance(self, steps: int) -> None:
        """Some steps of it are done."""

    def say(self, line: str) -> None:
        """A line to keep."""


def train(plan: TrainingPlan, reporter: Reporter) -> ModelCard:
    """Train a dense classifier and write its model directory.

    Args:
        plan: What to train.
        reporter: Told of progress.

    Returns:
        The card of the model, with the figures measured.

    Raises:
        SourceError: The data cannot be read.
        OutputError: The model directory cannot be written.
        ModelError: LiteRT gives other probabilities than Keras.
    """
    _check_writable(plan.output)
    keras.utils.set_random_seed(plan.seed)
    data = load_digits(plan.data)
    train_set = Examples(data.train.images, data.train.labels)
    validation = Examples(data.validation.images, data.validation.labels)
    classes, digits = DIGITS, len(train_set.labels)
    if plan.strings:
        classes = (*DIGITS, NOISE, PART)
        held_out = -(-plan.strings // 20)
        reporter.begin("Drawing strings", plan.strings + held_out)
        drawn = draw_examples(data.train, plan.strings, plan.seed, reporter.advance)
        train_set = _repeated(
            train_set, max(1, round(_DIGIT_SHARE * len(drawn.labels) / len(train_set.labels)))
        )
        digits = len(train_set.labels)
        train_set = _with(train_set, drawn)
        drawn = draw_examples(data.validation, held_out, plan.seed + 1, reporter.advance)
        validation = _with(validation, drawn)
    network = build_network(plan.hidden, len(classes))
    steps = -(-len(train_set.labels) // plan.batch_size)

    def on_epoch(epoch: int, logs: dict[str, float]) -> None:
        reporter.say(
            f"epoch {epoch}/{plan.epochs}  accuracy {logs['accuracy']:.4f}  loss {logs['loss']:.4f}"
            f"  validation accuracy {logs['val_accuracy']:.4f}  validation loss {logs['val_loss']:.4f}"
        )

    reporter.begin("Training", steps * plan.epochs)
    fit(
        network,
        train_set,
        validation,
        variation=Variation(digits, plan.augment),
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        seed=plan.seed,
        on_batch=lambda: reporter.advance(1),
        on_epoch=on_epoch,
    )
    accuracy, loss = _measure(network, data.test)
    card = ModelCard(
        name=plan.output.resolve().name,
        classes=classes,
        layers=describe(network),
        parameters=int(network.count_params()),
        recipe=Recipe(
            data=data.name,
            hidden=plan.hidden,
            epochs=plan.epochs,
            batch_size=plan.batch_size,
            seed=plan.seed,
            augment=plan.augment,
            strings=plan.strings,
        ),
        figures={"test_accuracy": accuracy, "test_loss": loss},
        sha256={},
    )
    with tempfile.TemporaryDirectory(prefix=".digitscan-", dir=plan.output.parent) as folder:
        made = Path(folder)
        export(network, made / MODEL_KERAS, made / MODEL_LITERT)
        card = card.model_copy(
            update={"sha256": {name: sha256_of(made / name) for name in (MODEL_KERAS, MODEL_LITERT)}}
        )
        _write_card(made, card)
        _check_agreement(network, Classifier(made), data.test)
        if plan.strings:
            card = _calibrate(made, card, data.validation, plan, reporter)
            _write_card(made, card)
        try:
            plan.output.mkdir(exist_ok=True)
            for name in (MODEL_KERAS, MODEL_LITERT, MODEL_CARD):
                shutil.move(made / name, plan.output / name)
        except OSError as error:
            raise OutputError(f"{plan.output}: cannot write the model: {error.strerror}") from error
    return card


def _check_writable(output: Path) -> None:
    """Find out before hours of training, not after."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if output.exists() and not output.is_dir():
            raise OutputError(f"{output}: is a file; a model is a directory")
        if not os.access(output if output.exists() else output.parent, os.W_OK):
            raise OutputError(f"{output}: no permission to write there")
    except OSError as error:
        raise OutputError(f"{output}: cannot write the model: {error.strerror}") from error


def _repeated(examples: Examples, times: int) -> Examples:
    return Examples(np.tile(examples.crops, (times, 1, 1)), np.tile(examples.labels, times))


def _with(digits: Examples, drawn: Examples) -> Examples:
    return Examples(
        np.concatenate([digits.crops, drawn.crops]), np.concatenate([digits.labels, drawn.labels])
    )


def _measure(network: keras.Model, digits: Digits) -> tuple[float, float]:
    """Accuracy and cross entropy over the ten digits, whatever other classes the network has."""
    given = digit_probabilities(probabilities(network, digits.images.astype(np.float32) / 255))
    confusion, loss = ConfusionMatrix(), CrossEntropy()
    confusion.update(digits.labels, given.argmax(axis=1))
    loss.update(digits.labels, given)
    return round(confusion.accuracy, 5), round(loss.summary(), 5)


def _check_agreement(network: keras.Model, classifier: Classifier, digits: Digits) -> None:
    crops = (digits.images[:1000] / 255).astype(np.float32)
    difference = float(np.abs(probabilities(network, crops) - classifier.classify(crops)).max())
    if difference > _AGREE:
        raise ModelError(f"LiteRT gives other probabilities than Keras: they differ by {difference:.2g}")


def _calibrate(
    directory: Path, card: ModelCard, digits: Digits, plan: TrainingPlan, reporter: Reporter
) -> ModelCard:
    """Fit the calibration on one half of newly drawn strings, measure it on the other."""
    half = max(1, min(CALIBRATION_STRINGS, plan.strings) // 2)
    reporter.begin("Calibrating", 2 * half)
    reader = Reader(Classifier(directory), layout=Layout.FIELD)
    given, right = read_strings(reader, digits, 2 * half, plan.seed + 2, reporter.advance)
    calibration = fit_calibration(given[:half], right[:half])
    confidences = np.array([calibration.apply(probability) for probability in given[half:]])
    error = CalibrationError()
    error.update(confidences, right[half:])
    figures = {
        **card.figures,
        "strings_exact": round(float(right.mean()), 4),
        "strings_calibration_error": round(error.summary().error, 4),
    }
    return card.model_copy(update={"calibration": calibration, "figures": figures})


def _write_card(directory: Path, card: ModelCard) -> None:
    (directory / MODEL_CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
