"""Train the dense networks of well-known tutorials with ``digitscan train`` and compare with what they claim.

Usage: python benchmarks/recipes.py [--data mnist.npz] [--seeds 5]

Each recipe is trained once for every seed, on 55,000 of MNIST's training digits, the other 5,000 being kept
for validation, and measured on the 10,000 test digits. The tutorials give the accuracy of a single run on all
60,000, and the second one trains by gradient descent with momentum where ``digitscan train`` takes Adam.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from measuring import add_data, make_parser, positive, run, run_python
from rich.console import Console
from rich.progress import track
from rich.table import Table

from digitscan.classifier import ModelCard
from digitscan.classifier.card import load_card


class Recipe(NamedTuple):
    """A network as ``digitscan train`` takes it, and what is claimed of it."""

    name: str
    claimed: str
    options: tuple[str, ...]


RECIPES = (
    Recipe(
        "128-64, probabilities, 5 epochs of batches of 32",
        "98.01 %",
        ("--hidden", "128,64", "--epochs", "5", "--batch-size", "32"),
    ),
    Recipe(
        "128-64, logits, 15 epochs of batches of 64",
        "97.51 %",
        ("--hidden", "128,64", "--loss", "logits", "--epochs", "15", "--batch-size", "64"),
    ),
    Recipe(
        "128-128, columns of unit length, 3 epochs of batches of 32",
        "97.39 %",
        ("--hidden", "128,128", "--normalise", "l2", "--epochs", "3", "--batch-size", "32"),
    ),
    Recipe(
        "128-64, logits, 5 epochs of batches of 32",
        "about 97 %",
        ("--hidden", "128,64", "--loss", "logits", "--epochs", "5", "--batch-size", "32"),
    ),
)


def train(options: Sequence[str], data: str, seed: int) -> ModelCard:
    """Train one network with the command itself, in a process of its own.

    Raises:
        UsageError: The command failed; the message is its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model")
        run_python(
            ("-m", "digitscan", "train", "-o", str(model), "--data", data, "--seed", str(seed), *options)
        )
        return load_card(model)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = make_parser(__doc__)
    add_data(parser)
    parser.add_argument("--seeds", type=positive, default=5, help="how many seeds, from 0 on")
    arguments = parser.parse_args()
    table = Table("network", "parameters", "claimed", "mean", "least", "most")
    errors = Console(stderr=True)
    for recipe in RECIPES:
        seeds = track(range(arguments.seeds), recipe.name, console=errors, transient=True)
        cards = [train(recipe.options, arguments.data, seed) for seed in seeds]
        found = [card.figures["test_accuracy"] for card in cards]
        table.add_row(
            recipe.name,
            f"{cards[0].parameters:,}",
            recipe.claimed,
            *(f"{figure:.2%}" for figure in (mean(found), min(found), max(found))),
        )
    Console().print(table)


if __name__ == "__main__":
    run(main)
