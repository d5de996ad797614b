"""Reading what an earlier run left, up to where it is whole."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from digitscan.errors import UsageError
from digitscan.results import RunRecord
from digitscan.resuming.index import Entry, Index
from digitscan.resuming.recorded import JournalLine, ResultsLine, parse_line, state_of
from digitscan.resuming.runrecord import differences, recorded_run

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Left:
    """What an earlier run left.

    Attributes:
        index: The documents whose records are whole.
        records: Bytes of the file of records that are to stay.
        rows: Bytes of the CSV that are to stay; 0 where there is none.
    """

    index: Index
    records: int
    rows: int = 0


def read_results(path: Path, head: bytes, run: RunRecord, name: str) -> Left | None:
    """Read a ``jsonl`` file.

    Args:
        path: The file.
        head: Its first line, were it of this run.
        run: The record of this run.
        name: How messages call it.

    Returns:
        What is in it; None where a run was ended before it wrote more than a part of the first line.

    Raises:
        UsageError: It is of another run, or of none.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        place = _check_run(file, head, run, name)
        if place is None:
            return None
        index = Index()
        for line in _whole_lines(file):
            start, place = place, place + len(line)
            found = parse_line(ResultsLine, line)
            if found is not None:
                failed = found.error is not None
                index.add(found.source, Entry(state_of(found), start, place, failed, found.doubtful > 0))
    return Left(index, place)


def read_journal(
    path: Path, rows: Path, head: bytes, columns: bytes, run: RunRecord, name: str
) -> Left | None:
    """Read a CSV's journal, and check the CSV against it.

    A line whose rows are not those of the CSV counts for nothing: one of the two was written and the other
    was not.

    Args:
        path: The journal.
        rows: The CSV.
        head: The first line of the journal, were it of this run.
        columns: The first line of the CSV.
        run: The record of this run.
        name: How messages call the CSV.

    Returns:
        What is in it; None where a run was ended before it wrote more than a part of the first lines.

    Raises:
        UsageError: It is of another run, or of none.
        OSError: One of the two cannot be read.
    """
    with rows.open("rb") as table:
        first = table.read(len(columns))
        if not path.exists():
            if columns.startswith(first) and not table.read(1):
                return None
            raise UsageError(f"cannot resume {name}: its journal {path.name} is not there")
        with path.open("rb") as file:
            place = _check_run(file, head, run, name)
            if place is None:
                return None
            if first != columns:
                if columns.startswith(first):
                    return None
                raise UsageError(f"cannot resume {name}: its columns are others than those of this run")
            index, end = Index(), len(columns)
            for line in _whole_lines(file):
                start, place = place, place + len(line)
                found = parse_line(JournalLine, line)
                if found is not None and end <= found.start and _checksum(table, found) == found.crc32:
                    end = found.end
                    failed = found.error is not None
                    index.add(found.source, Entry(state_of(found), start, place, failed, found.doubtful > 0))
    return Left(index, place, end)


def _check_run(file: BinaryIO, head: bytes, run: RunRecord, name: str) -> int | None:
    """Read the first line; gives its length, or None if it is torn and nothing follows it."""
    line = file.readline(max(len(head), _CHUNK))
    if line == head:
        return len(line)
    if head.startswith(line):
        return None
    old = recorded_run(line)
    if old is None:
        raise UsageError(f"cannot resume {name}: it does not begin with the record of a run")
    different = list(differences(old, run))
    if different:
        raise UsageError(f"cannot resume {name}: {'; '.join(different)}")
    return len(line)


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines up to the last line end."""
    for line in file:
        if not line.endswith(b"\n"):
            return
        yield line


def _checksum(rows: BinaryIO, line: JournalLine) -> int | None:
    """Compute the CRC-32 of a document's rows; None where the CSV ends before."""
    rows.seek(line.start)
    left, checksum = line.end - line.start, 0
    while left > 0:
        chunk = rows.read(min(left, _CHUNK))
        if not chunk:
            return None
        left -= len(chunk)
        checksum = zlib.crc32(chunk, checksum)
    return checksum
