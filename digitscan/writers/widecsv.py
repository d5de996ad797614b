"""Results as CSV, one row a page, with columns for each field of a form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from digitscan.errors import UsageError
from digitscan.results import PageResult
from digitscan.writers.csvrows import PAGE_COLUMNS, CsvRowsWriter


def wide_columns(names: Iterable[str]) -> list[str]:
    """Names the columns of the fields: one for what was read, and one for its confidence.

    Args:
        names: The fields, in the order of their columns.

    Raises:
        UsageError: Two columns would have the same name.

    Examples:
        >>> wide_columns(["amount", "date"])
        ['amount', 'amount_confidence', 'date', 'date_confidence']
    """
    columns: list[str] = []
    for name in names:
        for column in _columns_of(name):
            if column in (*PAGE_COLUMNS, *columns):
                raise UsageError(f"--wide: field {name!r}: there is a column {column!r} already")
            columns.append(column)
    return columns


class WideCsvWriter(CsvRowsWriter):
    """Writes a header and a row for each page; what is not on the page is left blank.

    Args:
        destination: Where they go.
        columns: The columns of the fields, as ``wide_columns`` names them.
    """

    def _cells(self, page: PageResult) -> Iterator[Sequence[object]]:
        read: dict[str, object] = {}
        for field in page.fields:
            read.update(zip(_columns_of(field.name), (field.value, field.confidence), strict=True))
        yield [read.get(column, "") for column in self._columns]


def _columns_of(name: str) -> tuple[str, str]:
    return name, f"{name}_confidence"
