"""Results as a table for people."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from digitscan.filestate import FileState
from digitscan.results import ErrorRecord, PageResult, Status
from digitscan.writers.base import Writer
from digitscan.writers.destination import Destination

_STYLES: dict[Status, str] = {"ok": "green", "review": "yellow", "empty": "dim", "invalid": "red"}
_GAP = 2
"""Spaces between two columns: one is padding, one stands for the line that the box does not draw."""


class TableWriter(Writer):
    """Collects all rows and prints one table at the end, the errors below it."""

    def __init__(self, destination: Destination) -> None:
        super().__init__(destination)
        self._errors: list[Text] = []
        self._longest_text = 4
        self._table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        self._table.add_column("Source", overflow="fold", min_width=6)
        self._table.add_column("Page", justify="right", no_wrap=True, min_width=4)
        self._table.add_column("Field", overflow="fold", min_width=5)
        self._table.add_column("Text", no_wrap=True)
        self._table.add_column("Confidence", justify="right", no_wrap=True, min_width=10)
        self._table.add_column("Status", no_wrap=True, min_width=7)

    def begin_document(self, source: str, state: FileState | None = None) -> None:
        """Keeps the name for the rows; the state is nothing for people."""
        self._source = Text(_printable(source))
        self._page_errors: list[ErrorRecord] = []

    def write_page(self, page: PageResult) -> None:
        """Adds the rows of the page, or its error to those below the table."""
        number = str(page.page)
        if page.document_error is not None:
            self._page_errors.append(page.document_error)
            self._add_error(page.document_error)
        elif not page.fields:
            self._table.add_row(self._source, number, Text("no fields found", style="dim"))
        for field in page.fields:
            self._longest_text = max(self._longest_text, len(field.value))
            self._table.add_row(
                self._source,
                number,
                Text(_printable(field.name)),
                field.value,
                f"{field.confidence:.1%}",
                Text(field.status, style=_STYLES[field.status]),
            )

    def end_document(self, error: ErrorRecord | None) -> None:
        """Adds the error to those below the table, unless it is that of a page."""
        if error is not None and error not in self._page_errors:
            self._add_error(error)

    def _add_error(self, error: ErrorRecord) -> None:
        cause = f"{self._source.plain}: {_printable(error.message)}"
        self._errors.append(Text.assemble(("error: ", "red"), cause))

    def _finish(self) -> None:
        self._table.columns[3].min_width = self._longest_text
        terminal = self._destination.is_terminal
        page = io.StringIO()
        console = Console(file=page, force_terminal=terminal, highlight=False)
        # A pipe has no width. On a terminal names fold; a table that still is too wide is not cut either,
        # because a missing digit does not show.
        if terminal:
            console.width = max(console.width, sum((c.min_width or 0) + _GAP for c in self._table.columns))
        else:
            wide = console.options.update(max_width=1_000_000)
            console.width = Measurement.get(console, wide, self._table).maximum
        if self._table.row_count:
            console.print(self._table)
        for error in self._errors:
            console.print(error, soft_wrap=True)
        self._destination.write(page.getvalue())


def _printable(name: str) -> str:
    """Escapes line ends, control characters and undecodable bytes: they break the table or the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
