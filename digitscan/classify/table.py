"""Results of ``classify`` as a table for people."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitscan.classify.records import DigitResult
from digitscan.writers.destination import Destination

_PIPE_WIDTH = 1000
"""Columns of a table that goes to no terminal; lines end where their text does."""


def write_table(results: Iterable[DigitResult], destination: Destination) -> None:
    """Write a table with a column for each probability, and what could not be read below it.

    The labels have a column where there are any.
    """
    results = list(results)
    labelled = any(result.label is not None for result in results)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Source", overflow="fold", min_width=6)
    for name in ("Page", *(["Label"] if labelled else []), "Digit", "Confidence", *"0123456789"):
        table.add_column(name, justify="right", no_wrap=True)
    errors = []
    for result in results:
        name = Text(_printable(result.source))
        if result.error is not None:
            where = f" (page {result.page})" if result.page else ""
            cause = f"{name.plain}{where}: {_printable(result.error.message)}"
            errors.append(Text.assemble(("error: ", "red"), cause))
            continue
        table.add_row(
            name,
            str(result.page),
            *([str(result.label)] if labelled else []),
            Text(str(result.digit), "bold"),
            f"{result.confidence:.1%}",
            *_shares(result),
        )
    page = io.StringIO()
    console = Console(file=page, force_terminal=destination.is_terminal, highlight=False)
    if not destination.is_terminal:
        console.width = _PIPE_WIDTH
    if table.row_count:
        console.print(table)
    for error in errors:
        console.print(error, soft_wrap=True)
    destination.write(page.getvalue())


def _shares(result: DigitResult) -> Iterator[Text]:
    """The ten probabilities in percent; those that round to nothing are a dot."""
    for digit, share in enumerate(result.probabilities):
        style = "bold" if digit == result.digit else ""
        yield Text(f"{share:.1%}" if share >= 0.0005 else "·", style or "dim")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
