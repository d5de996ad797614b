"""``digitscan model``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from digitscan.cli.arguments import ModelArgument, TableFormat, choose_table_format
from digitscan.cli.messages import say
from digitscan.errors import ExitCode


def model(
    model: ModelArgument = None,
    format: Annotated[
        TableFormat | None,
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
    with open_destination(None) as destination:
        if choose_table_format(format, None) is TableFormat.JSON:
            checked = {**card.model_dump(mode="json"), "agrees": not problems, "disagreements": problems}
            destination.write(json.dumps(checked, indent=2) + "\n")
        else:
            from digitscan.classifier.table import card_table

            destination.write(card_table(card, directory, problems, terminal=destination.is_terminal))
    for problem in problems:
        say(f"digitscan: {directory}: {problem}")
    if problems:
        raise typer.Exit(int(ExitCode.CONFIGURATION))
