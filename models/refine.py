"""Refine the classifier of a model that reads strings on digits by themselves, with a teacher.

Usage: python models/refine.py MODEL KERAS --data MNIST --data PENDIGITS --data fonts --data FAMILIES -o DIR

KERAS is what teacher.py made. The network learns from the teacher's probabilities beside the labels (Hinton,
Vinyals, Dean 2015, "Distilling the knowledge in a neural network"): a digit that was bent and smeared keeps
its label even when it looks like another, and a teacher sees that. Of candidates of strings it learns what it
thinks of them already, lest it forget (Li, Hoiem 2018, "Learning without forgetting"), and its weights are
those of before and those learnt, in the mean (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
models"). The transcriber stays as it is; all is calibrated anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import keras
import tensorflow as tf
import typer

from digitscan.classifier import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, Classifier
from digitscan.classifier.card import Calibration, Recipe, load_card, sha256_of
from digitscan.data import DigitData, load_digits
from digitscan.errors import ModelError
from digitscan.options import Augment, Loss, Schedule
from digitscan.training.batches import Variation, batches
from digitscan.training.calibrate import STRINGS, calibrate
from digitscan.training.examples import Examples, digit_examples, draw_examples, join_examples
from digitscan.training.export import export
from digitscan.training.figures import measure
from digitscan.training.network import build_network, describe, load_network
from digitscan.training.plan import NetworkPlan, Start
from digitscan.training.precision import products_in_bfloat16
from digitscan.training.start import load_start

_TRUSTED = 0.8
"""Weight of the teacher's probabilities beside the label."""

_RATE, _WEIGHT_DECAY = 1e-3, 0.01
"""Of AdamW; the rate falls to nothing along half a cosine."""

_BATCH = 1024

_STRINGS = 5000
"""Strings whose candidates are not to be forgotten."""

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


def refine(
    start: Start, teacher: keras.Model, digits: Examples, candidates: Examples, epochs: int, seed: int
) -> keras.Model:
    """Let a network learn on from digits by themselves and what a teacher thinks of them.

    Args:
        start: The network, which takes geometry beside the crops; its first ten classes are the digits.
        teacher: From ``(N, 28, 28)`` crops to ``(N, 10)`` probabilities.
        digits: Digits by themselves.
        candidates: Of strings.
        epochs: Times that each is seen, varied anew, the digits also spoilt.
        seed: The same seed gives the same digits in the same order.

    Returns:
        Another network of the same layers.
    """
    network, before = (build_network(start.network, start.classes) for _ in range(2))
    network.set_weights(start.weights)
    before.set_weights(start.weights)
    learnt = join_examples([digits, candidates])
    steps = -(-len(learnt.labels) // _BATCH)
    optimiser = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(_RATE, epochs * steps), weight_decay=_WEIGHT_DECAY
    )
    weights, losses = network.trainable_variables, keras.losses.CategoricalCrossentropy()

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def learn(crops: Any, geometry: Any, labels: Any) -> Any:
        thinks = tf.pad(teacher(crops, training=False), [[0, 0], [0, start.classes - 10]])
        taught = _TRUSTED * thinks + (1 - _TRUSTED) * tf.one_hot(labels, start.classes)
        alone = (labels < 10) & tf.reduce_all(tf.equal(geometry, 0), axis=1)
        truth = tf.where(alone[:, None], taught, before([crops, geometry], training=False))
        with tf.GradientTape() as tape:
            loss = losses(truth, network([crops, geometry], training=True))
        optimiser.apply(tape.gradient(loss, weights), weights)
        return loss

    variation = Variation(len(digits.labels), Augment.ELASTIC, _DEGRADE)
    stream = batches(learnt, variation, batch_size=_BATCH, seed=seed, first=0, epochs=epochs)
    total = 0.0
    with products_in_bfloat16(True):
        for step, batch in enumerate(stream, 1):
            total += float(learn(*batch))
            if step % steps == 0:
                print(f"epoch {step // steps}/{epochs}  loss {total / steps:.4f}", flush=True)
                total = 0.0
    return network


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
    kept, lines = min(_STRINGS, strings), _Lines()
    lines.begin("Drawing strings", kept)
    candidates = draw_examples(loaded.script, kept, seed, lines.advance).candidates
    keras.utils.set_random_seed(seed)
    digits = digit_examples(loaded.train)
    refined = refine(start, load_network(teacher), digits, candidates, epochs, seed)
    pairs = zip(start.weights, refined.get_weights(), strict=True)
    refined.set_weights([(1 - share) * before + share * after for before, after in pairs])
    shutil.copytree(model, output, dirs_exist_ok=True)
    export(refined, output / MODEL_KERAS, output / MODEL_LITERT, in_bytes=True)
    card = card.model_copy(
        update={
            "name": output.resolve().name,
            "layers": describe(refined),
            "calibration": Calibration(),
            "cell_calibration": Calibration(),
            "recipe": _recipe(start.network, loaded, epochs, kept, seed).model_copy(
                update={"start": start.sha256, "teacher": sha256_of(teacher), "share": share}
            ),
            "sha256": {name: sha256_of(output / name) for name in card.sha256},
        }
    )
    _write(card.model_dump_json(indent=2), output)
    classifier = Classifier(output)
    card = card.model_copy(update={"figures": measure(classifier, loaded)})
    card = calibrate(classifier, card, loaded, strings, seed, lines)
    _write(card.model_dump_json(indent=2), output)
    for name, value in card.figures.items():
        print(f"{name.replace('_', ' ')}: {value}")


def _recipe(network: NetworkPlan, data: DigitData, epochs: int, strings: int, seed: int) -> Recipe:
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
        strings=strings,
        bfloat16=True,
    )


def _write(card: str, output: Path) -> None:
    (output / MODEL_CARD).write_text(card + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
