"""``digitscan train``."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Annotated

import typer

from digitscan.errors import UsageError
from digitscan.options import Augment


def train(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Model directory to write.")],
    data: Annotated[
        list[str],
        typer.Option(
            metavar="DATA",
            help="Labelled digits: mnist (downloaded once), a .npz file in Keras' layout of MNIST, a folder"
            " of IDX files, a folder with a folder of images for each digit, or a UNIPEN file of pen strokes."
            " Give it several times to learn from all.",
        ),
    ] = ["mnist"],  # noqa: B006 (typer takes a list as the default of a list)
    hidden: Annotated[
        str, typer.Option(metavar="UNITS", help="Units of each hidden layer, with commas.")
    ] = "128,64",
    epochs: Annotated[int, typer.Option(min=1, help="Times that each example is seen.")] = 5,
    batch_size: Annotated[int, typer.Option(min=1, help="Examples a step.")] = 128,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same examples and first weights.")] = 0,
    augment: Annotated[
        Augment, typer.Option(help="How each epoch's digits are varied: affine maps, or elastic bending too.")
    ] = Augment.NONE,
    strings: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Synthetic strings of digits to learn from too, pieces and separators among them.",
        ),
    ] = 0,
) -> None:
    """Train a dense digit classifier and write its model directory."""
    units = _parse_hidden(hidden)
    if importlib.util.find_spec("tensorflow") is None or importlib.util.find_spec("keras") is None:
        raise UsageError("training needs TensorFlow; install it with: pip install 'digitscan[train]'")
    from digitscan.chatter import native_chatter_silenced
    from digitscan.cli.progress import TrainingProgress

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow has to say later
    with native_chatter_silenced():
        from digitscan.training.train import TrainingPlan
        from digitscan.training.train import train as train_model

    plan = TrainingPlan(output, tuple(data), units, epochs, batch_size, seed, augment, strings)
    with TrainingProgress() as progress:
        card = train_model(plan, progress)
    typer.echo(f"{output}: {card.parameters:,} parameters")
    for name, value in card.figures.items():
        typer.echo(f"{name.replace('_', ' ')}: {value}")


def _parse_hidden(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise UsageError(f"--hidden {text!r}: give positive numbers with commas between them, as in 128,64")
    return tuple(int(part) for part in parts)
