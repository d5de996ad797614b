"""Time the classifier against Keras on the same network, and ``digitscan train`` against a script by hand.

Usage: python benchmarks/classifier_speed.py --data mnist.npz [--model DIR] [--repeats N]

The first table: 256 crops through LiteRT as ``digitscan read`` calls it, with one thread, and through the
same network in Keras, called as ``network(crops)`` and as ``network.predict(crops)``, with as many threads as
TensorFlow takes. The second: whole processes, from start to exit, that train 128-64 for five epochs of
batches of 32 and write the model: ``digitscan train``, and the shortest Keras script that does. The sides
take turns, so that what else the machine does slows all of them; medians count.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from measuring import add_model, make_parser, positive, run, run_python, time_in_turns
from rich.console import Console
from rich.table import Table

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier import MODEL_KERAS, Classifier, model_directory
from digitscan.data import load_test
from digitscan.geometry import unknown_geometry

CROPS = 256
WARM_UP = 5
"""Calls before the first that counts."""

TRAININGS = 3
"""Processes of each side."""

BY_HAND = """
import sys
import keras
import numpy as np

with np.load(sys.argv[1]) as file:
    x_train, y_train, x_test, y_test = (file[name] for name in ("x_train", "y_train", "x_test", "y_test"))
network = keras.Sequential(
    [
        keras.Input((28, 28)),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
network.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
network.fit(x_train / 255, y_train, epochs=5, batch_size=32, validation_split=1 / 12, verbose=2)
print(network.evaluate(x_test / 255, y_test, verbose=0))
network.save(sys.argv[2])
"""
"""Trains on a ``.npz`` file in Keras' layout of MNIST, keeps the same digits for validation as ``digitscan
train``, and writes a ``.keras`` file."""


def time_classifying(directory: Path, data: str, repeats: int) -> dict[str, float]:
    """Time LiteRT and Keras on the same crops; seconds by name, LiteRT first."""
    with native_chatter_silenced():
        import keras

        network = keras.models.load_model(directory / MODEL_KERAS)
    classifier = Classifier(directory)
    crops = (load_test([data]).images[:CROPS] / 255).astype(np.float32)
    taken = [crops, unknown_geometry(len(crops))] if len(network.inputs) > 1 else crops
    sides: dict[str, Callable[[], object]] = {
        "LiteRT": lambda: classifier.classify(crops),
        "network(crops)": lambda: np.asarray(network(taken)),
        "network.predict(crops)": lambda: network.predict(taken, verbose=0),
    }
    time_in_turns(sides, WARM_UP)
    return time_in_turns(sides, repeats)


def time_training(data: str) -> dict[str, float]:
    """Time whole processes that train the same network; seconds by name, the script by hand first.

    Raises:
        UsageError: One of them failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        recipe = ("--hidden", "128,64", "--epochs", "5", "--batch-size", "32")
        model = str(Path(folder, "model"))
        by_hand = ("-c", BY_HAND, data, f"{model}.keras")
        command = ("-m", "digitscan", "train", "--data", data, "-o", model, *recipe)
        sides = {
            "Keras script by hand": lambda: run_python(by_hand),
            "digitscan train": lambda: run_python(command),
        }
        return time_in_turns(sides, TRAININGS)


def draw_table(first: str, seconds: Mapping[str, float], unit: str, factor: float) -> Table:
    """Draw a table of times, each with its ratio to the first."""
    table = Table(first, unit, "times the first")
    least = next(iter(seconds.values()))
    for name, taken in seconds.items():
        table.add_row(name, f"{taken * factor:.2f}", f"{taken / least:.2f}")
    return table


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = make_parser(__doc__)
    parser.add_argument("--data", required=True, help="mnist.npz")
    add_model(parser)
    parser.add_argument("--repeats", type=positive, default=100, help="calls of each way to classify")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    classifying = time_classifying(model_directory(arguments.model), arguments.data, arguments.repeats)
    console = Console()
    console.print(draw_table(f"{CROPS} crops", classifying, "milliseconds", 1000))
    console.print(draw_table("128-64, 5 epochs", time_training(arguments.data), "seconds", 1))


if __name__ == "__main__":
    run(main)
