"""The transcriber's loss and accuracy, beside computations of their own."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from digitscan.ctc import BLANK, string_probabilities
from digitscan.training.transcriber.batches import make_batch
from digitscan.training.transcriber.loss import read_right, string_losses

TEXTS = ["7", "", "407", "1122", "00000000", "9"]
FRAMES = [12, 5, 20, 9, 16, 3]


def truth(texts: list[str], frames: list[int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return make_batch([np.zeros((32, 2 * count), np.uint8) for count in frames], texts)[1]


def losses_of(given: NDArray[np.float32], texts: list[str], frames: list[int]) -> NDArray[np.float32]:
    losses: NDArray[np.float32] = string_losses(tf.constant(given), *map(tf.constant, truth(texts, frames)))
    return np.asarray(losses)


@pytest.fixture(scope="module")
def given() -> NDArray[np.float32]:
    shares = np.random.default_rng(0).dirichlet(np.full(11, 0.4), (len(TEXTS), max(FRAMES)))
    return np.log(np.maximum(shares, 1e-9)).astype(np.float32)


def test_losses_are_those_of_all_paths(given: NDArray[np.float32]) -> None:
    losses = losses_of(given, TEXTS, FRAMES)
    for loss, own, text, count in zip(losses, given, TEXTS, FRAMES, strict=True):
        assert loss == pytest.approx(-string_probabilities(own[:count], [text])[0], rel=1e-4)


def test_a_batch_without_any_digit(given: NDArray[np.float32]) -> None:
    losses = losses_of(given[:2], ["", ""], [4, 7])
    assert losses.tolist() == pytest.approx(
        [-given[0, :4, BLANK].sum(), -given[1, :7, BLANK].sum()], rel=1e-4
    )


@pytest.mark.parametrize("text", ["", "35"])
def test_gradients_lead_to_the_text(text: str) -> None:
    logits = tf.Variable(np.random.default_rng(1).normal(size=(1, 12, 11)).astype(np.float32))
    digits, frames = map(tf.constant, truth([text], [10]))
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = string_losses(tf.nn.log_softmax(logits), digits, frames)
        change = tape.gradient(loss, logits)
        logits.assign_sub(3 * change)
    assert np.abs(change[0, 10:]).max() == 0  # what lies behind the strip teaches nothing
    found = tf.nn.log_softmax(logits)[0, :10].numpy()
    assert np.exp(string_probabilities(found, [text])[0]) > 0.9


def path(names: str) -> NDArray[np.float32]:
    """Frames whose likeliest names are these; ``-`` for the blank."""
    frames = np.full((len(names), 11), -5.0, np.float32)
    frames[np.arange(len(names)), [BLANK if name == "-" else int(name) for name in names]] = -0.1
    return frames


@pytest.mark.parametrize(
    ("names", "count", "text", "right"),
    [
        ("--44-00--7", 10, "407", True),
        ("4407------", 10, "407", True),
        ("--44-00--7", 9, "407", False),  # the 7 is not of the strip
        ("--44-00--7", 9, "40", True),
        ("1-1-------", 10, "11", True),
        ("111-------", 10, "11", False),
        ("----------", 10, "", True),
        ("-----0----", 10, "", False),
        ("----------", 10, "0", False),
        ("1234567890", 10, "1234567890", True),
        ("1234567890", 10, "123456789", False),
        ("123456789-", 10, "1234567890", False),
    ],
)
def test_reads_right(names: str, count: int, text: str, right: bool) -> None:
    given = tf.constant(np.stack([path(names), path("88--------")]))
    digits, frames = map(tf.constant, truth([text, "8"], [count, 2]))
    assert read_right(given, digits, frames).numpy().tolist() == [right, True]
