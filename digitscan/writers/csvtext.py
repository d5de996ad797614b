"""Results as CSV, one row a field."""

from __future__ import annotations

import csv

from digitscan.results import ErrorRecord, PageResult
from digitscan.writers.base import Writer, encodable
from digitscan.writers.destination import Destination

COLUMNS = ("source", "page", "field", "text", "confidence", "status", "x", "y", "width", "height")


class CsvWriter(Writer):
    """Writes a header and a row for each field; an error has no row.

    Args:
        destination: Where they go.
        plain: Whether a last column holds the digits without separators.
    """

    def __init__(self, destination: Destination, *, plain: bool) -> None:
        super().__init__(destination)
        self._plain = plain
        self._rows = csv.writer(_Lines(destination))

    def _begin(self) -> None:
        self._rows.writerow((*COLUMNS, "plain") if self._plain else COLUMNS)

    def begin_document(self, source: str) -> None:
        """Keeps the name for the rows."""
        self._source = encodable(source)

    def write_page(self, page: PageResult) -> None:
        """Writes the rows of the page's fields and hands them on."""
        for field in page.fields:
            row = self._source, page.page, field.name, field.value, field.confidence, field.status, *field.box
            self._rows.writerow((*row, field.plain) if self._plain else row)
        self._destination.flush()

    def end_document(self, error: ErrorRecord | None) -> None:
        """Does nothing: the rows of the pages are written, and CSV has no place for errors."""


class _Lines:
    r"""Ends rows with ``\n``.

    ``csv.writer`` can do that by itself, but in older Pythons it then leaves a ``\r`` inside a name without
    quotes, and no reader can make a row of that.
    """

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    def write(self, row: str) -> None:
        self._destination.write(row.removesuffix("\r\n") + "\n")
