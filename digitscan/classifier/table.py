"""A model's card as tables for people."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitscan.classifier.card import Layer, ModelCard

_PIPE_WIDTH = 1000
"""Columns where there is no terminal; lines end where their text does."""


def card_table(card: ModelCard, directory: Path, problems: Sequence[str], *, terminal: bool) -> str:
    """Describe a model: layers of its networks, then what else the card says, then whether its files agree.

    Args:
        card: The card.
        directory: Where it lies.
        problems: How the files differ from it, a line each.
        terminal: Whether colours are of use.

    Returns:
        The text, with a line end.
    """
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(card):
        facts.add_row(name, Text(value))
    verdict = Text("no", "red") if problems else Text("yes", "green")
    facts.add_row("files agree", verdict)
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, highlight=False)
    if not terminal:
        console.width = _PIPE_WIDTH
    console.print(Text(f"{card.name} ({directory})"), soft_wrap=True)
    parts = [_layer_table(card.layers, "Layer"), facts]
    if card.transcriber is not None:
        parts.insert(1, _layer_table(card.transcriber.layers, "Layer of the transcriber"))
    for part in parts:
        console.print()
        console.print(part)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _layer_table(layers: Sequence[Layer], title: str) -> Table:
    """List layers; a side of any length is called so."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(title, overflow="fold")
    table.add_column("Kind", overflow="fold")
    for name in ("Output", "Parameters"):
        table.add_column(name, justify="right", no_wrap=True)
    for layer in layers:
        shape = " x ".join("any" if side < 0 else str(side) for side in layer.output)
        table.add_row(Text(layer.name), Text(layer.kind), shape, f"{layer.parameters:,}")
    return table


def _facts(card: ModelCard) -> Iterator[tuple[str, str]]:
    yield "total parameters", f"{card.parameters:,}"
    if card.transcriber is not None:
        yield "of the transcriber", f"{card.transcriber.parameters:,}"
    yield "classes", " ".join(card.classes)
    for name, calibration in (("calibration", card.calibration), ("of cells", card.cell_calibration)):
        yield name, f"slope {calibration.slope:.4g}, offset {calibration.offset:.4g}"
    if card.recipe is None:
        yield "recipe", "unknown: not trained with digitscan"
    else:
        for name, value in card.recipe.model_dump().items():
            if value is not None:
                yield name.replace("_", " "), _shown(value)
    for name, value in card.figures.items():
        yield name.replace("_", " "), f"{value:g}"
    for name, value in card.sha256.items():
        yield f"sha256 {name}", value


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
