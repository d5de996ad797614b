"""What both kinds of CSV share: a header, and rows that begin with their page."""

from __future__ import annotations

import csv
from abc import abstractmethod
from collections.abc import Iterator, Sequence

from digitscan.filestate import FileState
from digitscan.results import ErrorRecord, PageResult
from digitscan.writers.base import Writer, encodable
from digitscan.writers.destination import Destination

PAGE_COLUMNS = ("source", "page")
"""The first columns."""


class CsvRowsWriter(Writer):
    """Writes a header and the rows of each page; an error has no row.

    Args:
        destination: Where they go.
        columns: The columns behind those of the page.
    """

    def __init__(self, destination: Destination, columns: Sequence[str]) -> None:
        super().__init__(destination)
        self._columns = columns
        self._rows = csv.writer(_Lines(destination))

    def _begin(self) -> None:
        self._rows.writerow((*PAGE_COLUMNS, *self._columns))

    def begin_document(self, source: str, state: FileState | None = None) -> None:
        """Keeps the name for the rows; CSV has no place for the state."""
        self._source = encodable(source)

    def write_page(self, page: PageResult) -> None:
        """Writes the rows of the page and hands them on."""
        for cells in self._cells(page):
            self._rows.writerow((self._source, page.page, *cells))
        self._destination.flush()

    def end_document(self, error: ErrorRecord | None) -> None:
        """Does nothing: the rows of the pages are written, and CSV has no place for errors."""

    @abstractmethod
    def _cells(self, page: PageResult) -> Iterator[Sequence[object]]:
        """Gives what stands in the columns, for each row of the page."""


class _Lines:
    r"""Ends rows with ``\n``.

    ``csv.writer`` can do that by itself, but in older Pythons it then leaves a ``\r`` inside a name without
    quotes, and no reader can make a row of that.
    """

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    def write(self, row: str) -> None:
        self._destination.write(row.removesuffix("\r\n") + "\n")
