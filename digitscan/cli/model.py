"""``digitscan model``."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digitscan.cli.messages import say
from digitscan.errors import ExitCode


class ModelFormat(StrEnum):
    """The formats that a model is described in."""

    TABLE = "table"
    JSON = "json"


def model(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL", help="Model directory, or a .keras file.", show_default="the bundled model"
        ),
    ] = None,
    format: Annotated[
        ModelFormat | None,
        typer.Option(help="Format of the description.", show_default="table on a terminal, json in a pipe"),
    ] = None,
) -> None:
    """Show a model's layers, parameters, recipe and figures, and check its files.

    Exit codes: 0 the files are those that the card describes, 2 wrong usage, 4 they are not, or the model is
    unusable.
    """
    from digitscan.classifier import model_directory
    from digitscan.classifier.card import load_card
    from digitscan.classifier.check import disagreements
    from digitscan.writers.destination import open_destination

    directory = model_directory(model)
    card = load_card(directory)
    problems = list(disagreements(directory, card))
    terminal = sys.stdout is not None and sys.stdout.isatty()
    if format is None:
        format = ModelFormat.TABLE if terminal else ModelFormat.JSON
    with open_destination(None) as destination:
        if format is ModelFormat.JSON:
            checked = {**card.model_dump(mode="json"), "agrees": not problems, "disagreements": problems}
            destination.write(json.dumps(checked, indent=2) + "\n")
        else:
            from digitscan.classifier.table import card_table

            destination.write(card_table(card, directory, problems, terminal=terminal))
    for problem in problems:
        say(f"digitscan: {directory}: {problem}")
    if problems:
        raise typer.Exit(int(ExitCode.CONFIGURATION))
