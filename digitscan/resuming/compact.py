"""Putting the records of an output in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from digitscan.resuming.inputs import Span
from digitscan.resuming.recorded import JournalLine
from digitscan.writers.destination import errors_name, replaced_file

_CHUNK = 1 << 20


def in_order(head: int, spans: Iterator[Span], end: int) -> bool:
    """Whether records lie one behind the other, from the end of the first line to that of the file."""
    place = head
    for start, stop in spans:
        if start != place:
            return False
        place = stop
    return place == end


def compact_results(path: Path, head: int, spans: Iterator[Span], name: str) -> None:
    """Write a file of results anew with these records, in this order, and replace the old one.

    Args:
        path: The file.
        head: Bytes of its first line.
        spans: Where the records are.
        name: How messages call it.

    Raises:
        OutputError: It cannot be written; then the old one is there.
    """
    with errors_name(name), replaced_file(path, name) as new, path.open("rb") as old:
        for start, end in _joined(chain([(0, head)], spans)):
            _copy(old, start, end, new)


def compact_rows(path: Path, journal: Path, heads: tuple[int, int], spans: Iterator[Span], name: str) -> None:
    """Write a CSV and its journal anew with the documents of these lines of the journal, in this order.

    The one is replaced after the other. A process that is killed between leaves two that do not fit each
    other, which the checksums tell.

    Args:
        path: The CSV.
        journal: The journal.
        heads: Bytes of the first line of each.
        spans: Where the lines of the journal are.
        name: How messages call the CSV.

    Raises:
        OutputError: They cannot be written.
    """
    with (
        errors_name(name),
        replaced_file(path, name) as rows,
        replaced_file(journal, name) as lines,
        path.open("rb") as old_rows,
        journal.open("rb") as old_lines,
    ):
        _copy(old_rows, 0, heads[0], rows)
        _copy(old_lines, 0, heads[1], lines)
        place = heads[0]
        for start, end in spans:
            old_lines.seek(start)
            line = JournalLine.model_validate_json(old_lines.read(end - start))
            _copy(old_rows, line.start, line.end, rows)
            moved = line.model_copy(update={"start": place, "end": place + line.end - line.start})
            lines.write(moved.text().encode())
            place = moved.end


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Make one of spans that lie one behind the other."""
    first, last = next(spans)
    for start, end in spans:
        if start == last:
            last = end
        else:
            yield first, last
            first, last = start, end
    yield first, last


def _copy(old: BinaryIO, start: int, end: int, new: BinaryIO) -> None:
    old.seek(start)
    while start < end:
        chunk = old.read(min(end - start, _CHUNK))
        if not chunk:
            raise OSError(os.strerror(5))
        new.write(chunk)
        start += len(chunk)
