"""Which format is written, and the writer of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from digitscan.errors import UsageError
from digitscan.options import OutputFormat
from digitscan.writers.base import Writer
from digitscan.writers.csvtext import CsvWriter
from digitscan.writers.destination import Destination, open_destination
from digitscan.writers.jsontext import JsonLinesWriter, JsonWriter
from digitscan.writers.widecsv import WideCsvWriter

_SUFFIXES = {
    ".csv": OutputFormat.CSV,
    ".json": OutputFormat.JSON,
    ".jsonl": OutputFormat.JSONL,
    ".txt": OutputFormat.TABLE,
}


def choose_format(asked: OutputFormat | None, output: Path | None, *, terminal: bool) -> OutputFormat:
    """Picks the format that was asked for, else that of the output's suffix, else one that suits the reader.

    Args:
        asked: The value of ``--format``.
        output: The value of ``--output``; ``None`` is standard output.
        terminal: Whether standard output is a terminal.

    Raises:
        UsageError: If only the suffix could tell, and it does not.

    Examples:
        >>> choose_format(None, Path("amounts.csv"), terminal=False).value
        'csv'
        >>> choose_format(None, None, terminal=False).value
        'json'
    """
    if asked is not None:
        return asked
    if output is None:
        return OutputFormat.TABLE if terminal else OutputFormat.JSON
    try:
        return _SUFFIXES[output.suffix.lower()]
    except KeyError:
        problem = f"the suffix {output.suffix} is unknown" if output.suffix else "it has no suffix"
        raise UsageError(
            f"no format for {output}: {problem}; use {', '.join(_SUFFIXES)} or name a --format"
        ) from None


@contextmanager
def open_writer(
    format: OutputFormat, output: Path | None, *, plain: bool = False, wide: Sequence[str] | None = None
) -> Iterator[Writer]:
    """Opens a writer of ``format`` on ``output``, or on standard output for ``None``.

    A file appears, or replaces the old one, when the block ends without an exception. With ``plain``, CSV has
    a column for the digits without separators; JSON shows them wherever a field has them. With ``wide``, CSV
    has a row a page and these columns for its fields, named by ``wide_columns``, and no column ``plain``.

    Raises:
        OutputError: If the output cannot be written; also from the methods of the writer.
        BrokenPipeError: If the reader of a pipe has gone; also from the methods of the writer.
    """
    with open_destination(output) as destination, make_writer(format, destination, plain, wide) as writer:
        yield writer


def make_writer(
    format: OutputFormat, destination: Destination, plain: bool, wide: Sequence[str] | None
) -> Writer:
    """Makes the writer that ``open_writer`` opens."""
    match format:
        case OutputFormat.TABLE:
            # Imported here because rich is slow to load and no other format needs it.
            from digitscan.writers.table import TableWriter

            return TableWriter(destination)
        case OutputFormat.CSV:
            if wide is not None:
                return WideCsvWriter(destination, wide)
            return CsvWriter(destination, plain=plain)
        case OutputFormat.JSON:
            return JsonWriter(destination)
        case OutputFormat.JSONL:
            return JsonLinesWriter(destination)
