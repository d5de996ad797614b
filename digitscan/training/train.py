"""Training a model directory, from labelled digits to the card."""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from pathlib import Path

import keras
import numpy as np

from digitscan.classifier import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, Classifier, ModelCard
from digitscan.classifier.card import (
    DIGITS,
    NOISE,
    PART,
    TRANSCRIBER_KERAS,
    TRANSCRIBER_LITERT,
    Recipe,
    sha256_of,
)
from digitscan.data import DigitData, load_digits
from digitscan.errors import ModelError, OutputError
from digitscan.training.batches import Variation, scaled, vary
from digitscan.training.calibrate import calibrate
from digitscan.training.checkpoint import Checkpoint
from digitscan.training.classifying import ClassifierLesson
from digitscan.training.examples import Examples
from digitscan.training.export import AGREE, AGREE_IN_BYTES, export
from digitscan.training.figures import measure
from digitscan.training.fit import fit
from digitscan.training.history import write_history
from digitscan.training.material import gather_material
from digitscan.training.network import build_network, describe, probabilities, temper
from digitscan.training.pictures import draw_curves, draw_preview
from digitscan.training.plan import TrainingPlan
from digitscan.training.precision import products_in_bfloat16
from digitscan.training.reporter import Reporter
from digitscan.training.temperature import fit_temperature
from digitscan.training.transcriber.train import (
    TRANSCRIBER_FILES,
    check_transcriber,
    describe_transcriber,
    train_transcriber,
    write_transcriber,
)

HISTORY = "history.csv"
CURVES = "curves.png"


def train(plan: TrainingPlan, reporter: Reporter, *, resume: bool = False) -> ModelCard:
    """Train a dense classifier, with strings a transcriber too, and write their model directory.

    Args:
        plan: What to train.
        reporter: Told of progress.
        resume: Go on with a training of the same plan that was ended before it was complete.

    Returns:
        The card of the model, with the figures measured.

    Raises:
        SourceError: The data cannot be read.
        UsageError: There is nothing to resume, it was another plan, or the strings are too few.
        OutputError: The model directory cannot be written.
        ModelError: The weights to start from do not fit, the loss is no number any more, or LiteRT gives
            other probabilities than Keras.
    """
    _check_writable(plan.output)
    classes = (*DIGITS, NOISE, PART) if plan.strings else DIGITS
    _check_start(plan, len(classes))
    data = load_digits(plan.data)
    if plan.preview is not None:
        variation = Variation(len(data.train.labels), plan.augment, plan.degrade)
        draw_preview(plan.preview, data.train, variation, plan.seed)
    checkpoint = Checkpoint(plan.output)
    options = {"--data": f"{data.name} (digits {_digest(data):08x})", **plan.options()}
    if resume:
        checkpoint.resume(options)
    else:
        checkpoint.begin(options)
    material = gather_material(data, plan, checkpoint, reporter)
    keras.utils.set_random_seed(plan.seed)
    network = build_network(plan.network, len(classes))
    if plan.start is not None:
        network.set_weights(plan.start.weights)
    lesson = ClassifierLesson(
        network,
        material.train,
        material.validation,
        Variation(material.digits, plan.augment, plan.degrade),
        plan,
    )
    with products_in_bfloat16(plan.bfloat16):
        history = fit(lesson, checkpoint, reporter)
    figures: dict[str, float] = {}
    if plan.degrade:
        figures["temperature"] = _temper(network, material.validation, len(data.validation.labels), plan)
    transcriber = None
    if material.strips is not None:
        with products_in_bfloat16(plan.bfloat16):
            transcriber = train_transcriber(*material.strips, plan, checkpoint, reporter)
    card = ModelCard(
        name=plan.output.resolve().name,
        classes=classes,
        normalisation=plan.network.normalise.value,
        layers=describe(network),
        parameters=int(network.count_params()),
        transcriber=None if transcriber is None else describe_transcriber(transcriber),
        recipe=_recipe(plan, data, len(history)),
        figures={},
        sha256={},
    )
    with tempfile.TemporaryDirectory(prefix=".digitscan-", dir=plan.output.parent) as folder:
        made = Path(folder)
        in_bytes = transcriber is not None
        export(network, made / MODEL_KERAS, made / MODEL_LITERT, in_bytes=in_bytes)
        if transcriber is not None:
            write_transcriber(transcriber, made)
        card = card.model_copy(update={"sha256": _hashes(made)})
        _write_card(made, card)
        classifier = Classifier(made)
        check_agreement(network, classifier, material.validation, AGREE_IN_BYTES if in_bytes else AGREE)
        if transcriber is not None:
            check_transcriber(transcriber, made, card)
        card = card.model_copy(update={"figures": {**measure(classifier, data), **figures}})
        if plan.strings:
            card = calibrate(classifier, card, data, plan.strings, plan.seed, reporter)
        _write_card(made, card)
        write_history(made / HISTORY, history)
        draw_curves(made / CURVES, history)
        _move(made, plan.output)
    checkpoint.remove()
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


def _check_start(plan: TrainingPlan, classes: int) -> None:
    """Make sure that the weights to start from are those of the network asked for."""
    start = plan.start
    if start is None:
        return
    for what, found, asked in (
        ("--hidden", start.network.hidden, plan.network.hidden),
        ("--normalise", start.network.normalise, plan.network.normalise),
        ("--batch-norm", start.network.batch_norm, plan.network.batch_norm),
        ("classes", start.classes, classes),
        ("geometry", start.network.geometry, plan.network.geometry),
    ):
        if found != asked:
            hint = "; --strings makes it 12, without it are 10" if what == "classes" else ""
            raise ModelError(
                f"{start.named}: does not fit: {what} is {_word(found)}, not {_word(asked)}{hint}"
            )


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def _digest(data: DigitData) -> int:
    """A number that changes with the digits, so that a resumed training gets the same."""
    digest = 0
    for part in (data.train, data.validation):
        for array in (part.images, part.labels):
            digest = zlib.crc32(np.ascontiguousarray(array).data, digest)
    return digest


def _recipe(plan: TrainingPlan, data: DigitData, epochs_run: int) -> Recipe:
    network, optimiser = plan.network, plan.optimiser
    return Recipe(
        data=data.name,
        start=None if plan.start is None else plan.start.sha256,
        hidden=network.hidden,
        batch_norm=network.batch_norm,
        dropout=network.dropout,
        loss=network.loss,
        epochs=plan.epochs,
        epochs_run=epochs_run,
        patience=plan.patience,
        batch_size=plan.batch_size,
        learning_rate=optimiser.learning_rate,
        schedule=optimiser.schedule,
        weight_decay=optimiser.weight_decay,
        seed=plan.seed,
        augment=plan.augment,
        degrade=plan.degrade,
        strings=plan.strings,
        bfloat16=plan.bfloat16,
    )


def _temper(network: keras.Model, validation: Examples, digits: int, plan: TrainingPlan) -> float:
    """Make the network as sure as it is right on varied and spoilt validation examples."""
    rng = np.random.default_rng([plan.seed, plan.epochs])
    which = np.arange(len(validation.labels)) < digits
    crops = vary(validation.crops.copy(), which, Variation(digits, plan.augment, plan.degrade), rng)
    parts = [np.s_[start : start + 4096] for start in range(0, len(crops), 4096)]
    given = [probabilities(network, scaled(crops[part]), validation.geometry[part]) for part in parts]
    temperature = fit_temperature(np.concatenate(given), validation.labels)
    temper(network, temperature)
    return round(temperature, 3)


def check_agreement(network: keras.Model, classifier: Classifier, validation: Examples, apart: float) -> None:
    """Make sure that LiteRT gives about what Keras gives.

    Args:
        network: The network.
        classifier: Of the model directory that it was written to.
        validation: Examples to try it on; at least one.
        apart: How far probabilities may differ.

    Raises:
        ModelError: They differ by more, or are no numbers.
    """
    some = np.linspace(0, len(validation.labels) - 1, 1000, dtype=int)
    crops, geometry = scaled(validation.crops[some]), validation.geometry[some].astype(np.float32)
    keras_gives = probabilities(network, crops, geometry)
    difference = float(np.abs(keras_gives - classifier.classify(crops, geometry)).max())
    if not difference <= apart:  # nor if it is no number
        raise ModelError(f"LiteRT gives other probabilities than Keras: they differ by {difference:.2g}")


def _write_card(directory: Path, card: ModelCard) -> None:
    (directory / MODEL_CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _hashes(directory: Path) -> dict[str, str]:
    """SHA-256 of each network's files."""
    names = (MODEL_KERAS, MODEL_LITERT, TRANSCRIBER_KERAS, TRANSCRIBER_LITERT)
    return {name: sha256_of(directory / name) for name in names if (directory / name).exists()}


def _move(made: Path, output: Path) -> None:
    """Put a complete model in its place, the card last; nothing of an older one stays."""
    try:
        output.mkdir(exist_ok=True)
        for name in (MODEL_KERAS, MODEL_LITERT, HISTORY, CURVES, *TRANSCRIBER_FILES, MODEL_CARD):
            if (made / name).exists():
                shutil.move(made / name, output / name)
            else:
                (output / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{output}: cannot write the model: {error.strerror}") from error
