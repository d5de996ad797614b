"""Refine the classifier of a model that reads strings on digits by themselves, with a teacher.

Usage: python models/refine.py MODEL KERAS --data MNIST --data PENDIGITS --data fonts --data FAMILIES -o DIR

KERAS is what teacher.py made. The network learns from the teacher's probabilities beside the labels (Hinton,
Vinyals, Dean 2015, "Distilling the knowledge in a neural network"): a digit that was bent and smeared keeps
its label even when it looks like another, and a teacher sees that. Of pieces of strings it forgets some of
what it knew, so its weights are a mean of those of before and of those learnt (Wortsman et al. 2022, "Robust
fine-tuning of zero-shot models"), and how likely candidates of strings are noise or parts is fitted anew. The
transcriber stays as it is; all is calibrated anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import tensorflow as tf
import typer

from digitscan.classifier import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, Classifier
from digitscan.classifier.card import Calibration, Recipe, load_card, sha256_of
from digitscan.data import DigitData, Digits, load_digits
from digitscan.errors import ModelError
from digitscan.options import Augment, Loss, Schedule
from digitscan.training.batches import Variation, batches, scaled
from digitscan.training.calibrate import STRINGS, calibrate
from digitscan.training.candidates import NOISE, PART
from digitscan.training.examples import Examples, digit_examples, draw_examples
from digitscan.training.export import AGREE_IN_BYTES, export
from digitscan.training.figures import measure
from digitscan.training.network import build_network, describe, load_network
from digitscan.training.plan import NetworkPlan, Start
from digitscan.training.precision import products_in_bfloat16
from digitscan.training.start import load_start
from digitscan.training.train import check_agreement

_TRUSTED = 0.8
"""Weight of the teacher's probabilities beside the label."""

_RATE, _WEIGHT_DECAY = 1e-3, 0.01
"""Of AdamW; the rate falls to nothing along half a cosine."""

_BATCH = 1024

_STRINGS = 2000
"""Strings whose candidates the balance of classes is fitted on, at the most."""

_TAKEN = np.array([0.75, 0.5])
"""Shares of the biases so fitted that are taken, for noise and for parts. With less, slashes are read as
ones; with more, digits of forms are taken for parts: drawn strings are more broken and touch more often."""

_DEGRADE = 0.35
"""Share of the digits that is spoilt."""


class _Lines:
    """Says what is under way."""

    def begin(self, what: str, total: int) -> None:
        print(f"{what}: {total}", flush=True)

    def advance(self, steps: int) -> None:
        pass

    def say(self, line: str) -> None:
        print(line, flush=True)


def refine(start: Start, teacher: keras.Model, digits: Digits, epochs: int, seed: int) -> keras.Model:
    """Let a network learn on from digits by themselves and what a teacher thinks of them.

    Args:
        start: The network, which takes geometry beside the crops; its first ten classes are the digits.
        teacher: From ``(N, 28, 28)`` crops to ``(N, 10)`` probabilities.
        digits: The digits.
        epochs: Times that each is seen, varied and spoilt anew.
        seed: The same seed gives the same digits in the same order.

    Returns:
        Another network of the same layers.
    """
    network = build_network(start.network, start.classes)
    network.set_weights(start.weights)
    learnt = digit_examples(digits)
    steps = -(-len(learnt.labels) // _BATCH)
    optimiser = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(_RATE, epochs * steps), weight_decay=_WEIGHT_DECAY
    )
    weights, losses = network.trainable_variables, keras.losses.CategoricalCrossentropy()

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def learn(crops: Any, geometry: Any, labels: Any) -> Any:
        thinks = tf.pad(teacher(crops, training=False), [[0, 0], [0, start.classes - 10]])
        truth = _TRUSTED * thinks + (1 - _TRUSTED) * tf.one_hot(labels, start.classes)
        with tf.GradientTape() as tape:
            loss = losses(truth, network([crops, geometry], training=True))
        optimiser.apply(tape.gradient(loss, weights), weights)
        return loss

    variation = Variation(len(learnt.labels), Augment.ELASTIC, _DEGRADE)
    stream = batches(learnt, variation, batch_size=_BATCH, seed=seed, first=0, epochs=epochs)
    total = 0.0
    with products_in_bfloat16(True):
        for step, batch in enumerate(stream, 1):
            total += float(learn(*batch))
            if step % steps == 0:
                print(f"epoch {step // steps}/{epochs}  loss {total / steps:.4f}", flush=True)
                total = 0.0
    return network


def balance(network: keras.Model, candidates: Examples) -> None:
    """Fit how likely noise and parts are anew, in the biases of the last layer.

    That leaves what the network thinks of one digit beside another. It is ``_TAKEN`` of the way to the biases
    of maximum likelihood, as where classes have become more or less frequent (Saerens, Latinne, Decaestecker
    2002, "Adjusting the outputs of a classifier to new a priori probabilities").

    Args:
        network: From crops and geometry to probabilities of the digits, noise and parts; it is changed.
        candidates: Of strings.
    """
    taken = [scaled(candidates.crops), candidates.geometry.astype(np.float32)]
    given = network.predict(taken, batch_size=_BATCH, verbose=0).astype(np.float64)
    labels = candidates.labels[:, None] == [NOISE, PART]
    biases = np.zeros(2)
    for _ in range(30):  # Newton's method
        moved = given * np.exp(np.append(np.zeros(10), biases))
        others = (moved / moved.sum(axis=1, keepdims=True))[:, 10:]
        curvature = np.diag(others.sum(axis=0)) - others.T @ others + 1e-6 * np.eye(2)
        biases -= np.clip(np.linalg.solve(curvature, (others - labels).sum(axis=0)), -1, 1)
    last = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)][-1]
    weights, own = last.get_weights()
    last.set_weights([weights, own + np.append(np.zeros(10), _TAKEN * biases)])


def main(
    model: Annotated[Path, typer.Argument(help="Model directory to refine.")],
    teacher: Annotated[Path, typer.Argument(help="The teacher, .keras.")],
    data: Annotated[list[str], typer.Option(help="As for digitscan train.")],
    output: Annotated[Path, typer.Option("-o", help="Model directory to write.")],
    epochs: Annotated[int, typer.Option(min=1)] = 5,
    share: Annotated[float, typer.Option(min=0, max=1, help="Of what is learnt in the weights.")] = 0.5,
    seed: Annotated[int, typer.Option(min=0)] = 6,
    strings: Annotated[int, typer.Option(min=1, help="To draw, at the most, for each purpose.")] = STRINGS,
) -> None:
    """Refine a model on digits by themselves."""
    card = load_card(model)
    start = load_start(model, with_transcriber=False)
    if card.transcriber is None or not start.network.geometry:
        raise ModelError(f"{model}: does not read strings")
    loaded = load_digits(data)
    keras.utils.set_random_seed(seed)
    refined = refine(start, load_network(teacher), loaded.train, epochs, seed)
    pairs = zip(start.weights, refined.get_weights(), strict=True)
    refined.set_weights([(1 - share) * before + share * after for before, after in pairs])
    lines, drawn = _Lines(), min(_STRINGS, strings)
    lines.begin("Drawing strings", drawn)
    balance(refined, draw_examples(loaded.validation_script, drawn, seed + 1, lines.advance).candidates)
    shutil.copytree(model, output, dirs_exist_ok=True)
    export(refined, output / MODEL_KERAS, output / MODEL_LITERT, in_bytes=True)
    card = card.model_copy(
        update={
            "name": output.resolve().name,
            "layers": describe(refined),
            "calibration": Calibration(),
            "cell_calibration": Calibration(),
            "recipe": _recipe(start.network, loaded, epochs, seed).model_copy(
                update={"start": start.sha256, "teacher": sha256_of(teacher), "share": share}
            ),
            "sha256": {name: sha256_of(output / name) for name in card.sha256},
        }
    )
    _write(card.model_dump_json(indent=2), output)
    classifier = Classifier(output)
    check_agreement(refined, classifier, digit_examples(loaded.validation), AGREE_IN_BYTES)
    card = card.model_copy(update={"figures": measure(classifier, loaded)})
    card = calibrate(classifier, card, loaded, strings, seed, lines)
    _write(card.model_dump_json(indent=2), output)
    for name, value in card.figures.items():
        print(f"{name.replace('_', ' ')}: {value}")


def _recipe(network: NetworkPlan, data: DigitData, epochs: int, seed: int) -> Recipe:
    return Recipe(
        data=data.name,
        hidden=network.hidden,
        batch_norm=network.batch_norm,
        dropout=0.0,
        loss=Loss.PROBABILITIES,
        epochs=epochs,
        epochs_run=epochs,
        batch_size=_BATCH,
        learning_rate=_RATE,
        schedule=Schedule.COSINE,
        weight_decay=_WEIGHT_DECAY,
        seed=seed,
        augment=Augment.ELASTIC,
        degrade=_DEGRADE,
        strings=0,
        bfloat16=True,
    )


def _write(card: str, output: Path) -> None:
    (output / MODEL_CARD).write_text(card + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
