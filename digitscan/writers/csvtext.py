"""Results as CSV, one row a field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digitscan.results import PageResult
from digitscan.writers.csvrows import CsvRowsWriter
from digitscan.writers.destination import Destination

_COLUMNS = ("field", "text", "confidence", "status", "x", "y", "width", "height")


class CsvWriter(CsvRowsWriter):
    """Writes a header and a row for each field.

    Args:
        destination: Where they go.
        plain: Whether a last column holds the digits without separators.
    """

    def __init__(self, destination: Destination, *, plain: bool) -> None:
        super().__init__(destination, (*_COLUMNS, "plain") if plain else _COLUMNS)
        self._plain = plain

    def _cells(self, page: PageResult) -> Iterator[Sequence[object]]:
        for field in page.fields:
            cells = field.name, field.value, field.confidence, field.status, *field.box
            yield (*cells, field.plain) if self._plain else cells
