"""``digitscan train``."""

from __future__ import annotations

import importlib.util
import os
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscan.cli.arguments import DATA_HELP
from digitscan.errors import UsageError
from digitscan.options import Augment, Loss, Normalise, Schedule

if TYPE_CHECKING:
    from digitscan.training.plan import NetworkPlan, Start

_DATA, _NETWORK, _TRAINING, _OUTPUT = "Data", "Network", "Training", "Output"
"""Groups of options."""


def train(
    *,
    data: Annotated[
        list[str],
        typer.Option(
            metavar="DATA",
            help=f"{DATA_HELP} Give it several times to learn from all.",
            rich_help_panel=_DATA,
        ),
    ] = ["mnist"],  # noqa: B006 (typer takes a list as the default of a list)
    augment: Annotated[
        Augment,
        typer.Option(
            help="How each epoch's digits are varied: affine maps, or elastic bending too.",
            rich_help_panel=_DATA,
        ),
    ] = Augment.NONE,
    degrade: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Share of each epoch's digits that is spoilt as bad pens, paper and scanners do.",
            rich_help_panel=_DATA,
        ),
    ] = 0.0,
    strings: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Synthetic strings of digits to learn from too: what the reader cuts out of them, which adds"
            " the classes noise and part, and with a second network, the transcriber, whole strings.",
            rich_help_panel=_DATA,
        ),
    ] = 0,
    preview: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG",
            help="Draw some digits as they are and as they are varied, before training.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    hidden: Annotated[
        str | None,
        typer.Option(
            metavar="UNITS",
            help="Units of each hidden layer, with commas; '' for softmax regression.",
            show_default="128,64, or those of --from",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    normalise: Annotated[
        Normalise | None,
        typer.Option(
            help="What is done to pixels: scale makes them 0 to 1, l2 gives each column of an image length 1"
            " too, directions shows the network how strokes run instead.",
            show_default="scale, or that of --from",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    batch_norm: Annotated[
        bool | None,
        typer.Option(
            "--batch-norm/--no-batch-norm",
            help="Batch normalisation in each hidden layer.",
            show_default="no, or that of --from",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    dropout: Annotated[
        float,
        typer.Option(
            metavar="P",
            help="Share of each hidden layer that rests in a step.",
            rich_help_panel=_NETWORK,
        ),
    ] = 0.0,
    loss: Annotated[
        Loss,
        typer.Option(
            help="What the cross entropy is computed from; the files give probabilities anyway.",
            rich_help_panel=_NETWORK,
        ),
    ] = Loss.PROBABILITIES,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="MODEL",
            help="Go on from the weights of a model directory or a .keras file.",
            rich_help_panel=_NETWORK,
        ),
    ] = None,
    epochs: Annotated[
        int, typer.Option(min=1, help="Times that each example is seen.", rich_help_panel=_TRAINING)
    ] = 5,
    batch_size: Annotated[int, typer.Option(min=1, help="Examples a step.", rich_help_panel=_TRAINING)] = 32,
    learning_rate: Annotated[
        float, typer.Option(metavar="RATE", help="Of Adam, at the first step.", rich_help_panel=_TRAINING)
    ] = 1e-3,
    schedule: Annotated[
        Schedule,
        typer.Option(
            help="Learning rate: constant, or falling to nothing along half a cosine.",
            rich_help_panel=_TRAINING,
        ),
    ] = Schedule.CONSTANT,
    weight_decay: Annotated[
        float,
        typer.Option(metavar="DECAY", help="Decay of the weights, with AdamW.", rich_help_panel=_TRAINING),
    ] = 0.0,
    patience: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Stop after N epochs without a better validation loss, and keep the best weights.",
            show_default="all epochs, the last weights",
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            min=0, help="The same seed gives the same weights on the same machine.", rich_help_panel=_TRAINING
        ),
    ] = 0,
    bfloat16: Annotated[
        bool,
        typer.Option(
            "--bfloat16",
            help="Compute the layers' products in bfloat16: faster on processors that can.",
            rich_help_panel=_TRAINING,
        ),
    ] = False,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="DIR", help="Model directory to write.", rich_help_panel=_OUTPUT
        ),
    ],
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on after the last epoch of a training that was ended before it was done; the other"
            " options must be the same.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
) -> None:
    """Train a dense digit classifier, and with --strings a transcriber, and write their model directory.

    Without options: MNIST, 784-128-64-10, Adam, five epochs of batches of 32.
    """
    units = None if hidden is None else _parse_hidden(hidden)
    if not 0 <= dropout < 1:  # nan is none of these
        raise UsageError(f"--dropout {dropout:g}: give a number from 0 to less than 1")
    if not 0 < learning_rate < inf:
        raise UsageError(f"--learning-rate {learning_rate:g}: give a positive number")
    if not 0 <= weight_decay < inf:
        raise UsageError(f"--weight-decay {weight_decay:g}: give 0 or a positive number")
    _check_installed()
    from digitscan.chatter import native_chatter_silenced
    from digitscan.cli.progress import TrainingProgress
    from digitscan.training.plan import OptimiserPlan, TrainingPlan

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow has to say later
    with native_chatter_silenced():
        from digitscan.training.start import load_start
        from digitscan.training.train import train as train_model

        started = None if start is None else load_start(start, with_transcriber=strings > 0)
    plan = TrainingPlan(
        output=output,
        data=tuple(data),
        network=_network(started, units, normalise, batch_norm, dropout, loss, strings > 0),
        start=started,
        optimiser=OptimiserPlan(learning_rate, schedule, weight_decay),
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
        seed=seed,
        augment=augment,
        degrade=degrade,
        strings=strings,
        preview=preview,
        bfloat16=bfloat16,
    )
    with TrainingProgress() as progress:
        card = train_model(plan, progress, resume=resume)
    typer.echo(f"{output}: {card.parameters:,} parameters")
    if card.transcriber is not None:
        typer.echo(f"transcriber: {card.transcriber.parameters:,} parameters")
    for name, value in card.figures.items():
        typer.echo(f"{name.replace('_', ' ')}: {value}")


def _network(
    start: Start | None,
    hidden: tuple[int, ...] | None,
    normalise: Normalise | None,
    batch_norm: bool | None,
    dropout: float,
    loss: Loss,
    geometry: bool,
) -> NetworkPlan:
    """What is not said is as in the network to start from."""
    from digitscan.training.plan import NetworkPlan

    model = NetworkPlan() if start is None else start.network
    return NetworkPlan(
        hidden=model.hidden if hidden is None else hidden,
        normalise=model.normalise if normalise is None else normalise,
        batch_norm=model.batch_norm if batch_norm is None else batch_norm,
        dropout=dropout,
        loss=loss,
        geometry=geometry,
    )


def _check_installed() -> None:
    for name, module in (("TensorFlow", "tensorflow"), ("TensorFlow", "keras"), ("matplotlib", "matplotlib")):
        if importlib.util.find_spec(module) is None:
            raise UsageError(f"training needs {name}; install it with: pip install 'digitscan[train]'")


def _parse_hidden(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise UsageError(f"--hidden {text!r}: give positive numbers with commas between them, as in 128,64")
    return tuple(int(part) for part in parts)
