"""The files that an output grows in: JSON lines, or a CSV and the journal beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from digitscan.filestate import FileState
from digitscan.results import ErrorRecord, RunRecord
from digitscan.resuming.compact import compact_results, compact_rows, in_order
from digitscan.resuming.growing import GrowingFile, grow
from digitscan.resuming.inputs import Span
from digitscan.resuming.old import Left, read_journal, read_results
from digitscan.resuming.recorded import journal_line
from digitscan.resuming.runrecord import run_line
from digitscan.writers.destination import Destination, errors_name, replaced_file


class Storage(ABC):
    """The files of an output, open where they end.

    Args:
        path: The file of the results.
        name: How messages call it.
        run: The record of the run.

    Attributes:
        destination: Where the writer of the results writes.
    """

    destination: Destination

    def __init__(self, path: Path, name: str, run: RunRecord) -> None:
        self._path = path
        self._name = name
        self._run = run
        self._head = run_line(run).encode()
        self._files: list[GrowingFile] = []

    @abstractmethod
    def read(self) -> Left | None:
        """Read what an earlier run left; None where that is nothing.

        Raises:
            UsageError: It is of another run, or of none.
            OutputError: It cannot be read.
        """

    @abstractmethod
    def begin(self) -> None:
        """Replace what is there by the first lines, and open it.

        Raises:
            OutputError: It cannot be written.
        """

    @abstractmethod
    def go_on(self, left: Left) -> None:
        """Open what is there behind what is to stay.

        Raises:
            OutputError: It cannot be opened.
        """

    @abstractmethod
    def keep(self, source: str, state: FileState | None, error: ErrorRecord | None, doubtful: int) -> Span:
        """Make the document that was written part of what is whole.

        Returns:
            Where its record is.

        Raises:
            OutputError: It cannot be written, or the file is gone.
        """

    @abstractmethod
    def compact(self, spans: Iterator[Span]) -> None:
        """Write these records alone, in this order, and replace the files, which must be closed.

        Raises:
            OutputError: They cannot be written; what was there stays.
        """

    @property
    def _records(self) -> GrowingFile:
        """The file that the records are in."""
        return self._files[-1]

    def is_in_order(self, spans: Iterator[Span]) -> bool:
        """Whether these are all records, in the order of the file."""
        return in_order(len(self._head), spans, self._records.whole)

    def close(self) -> None:
        """Cut off what is not whole, and close the files."""
        for file in self._files:
            with suppress(OSError):  # there is no more that could be done
                file.cut()
            file.close()

    def sync(self) -> None:
        """Wait until the disk has all.

        Raises:
            OutputError: It cannot be written.
        """
        for file in self._files:
            with errors_name(self._name):
                file.sync()

    def _check_place(self) -> None:
        for file in self._files:
            file.check_place(self._name)


class ResultsFile(Storage):
    """JSON lines: the run, and a line for each document."""

    def read(self) -> Left | None:
        """Read what an earlier run left."""
        if not self._path.exists():
            return None
        with errors_name(self._name):
            return read_results(self._path, self._head, self._run, self._name)

    def begin(self) -> None:
        """Replace what is there by the first line, and open it."""
        _create(self._path, self._head, self._name)
        self._open(len(self._head))

    def go_on(self, left: Left) -> None:
        """Open what is there behind what is to stay."""
        self._open(left.records)

    def keep(self, source: str, state: FileState | None, error: ErrorRecord | None, doubtful: int) -> Span:
        """Make the document that was written part of what is whole."""
        self.destination.flush()
        self._check_place()
        start = self._records.whole
        self._records.mark()
        return start, self._records.whole

    def compact(self, spans: Iterator[Span]) -> None:
        """Write these records alone, in this order, and replace the file."""
        compact_results(self._path, len(self._head), spans, self._name)

    def _open(self, size: int) -> None:
        self._files = [grow(self._path, size, self._name)]
        self.destination = Destination(self._records, self._name)


class RowsFiles(Storage):
    """A CSV, and the journal that tells of each document which of the rows are its own.

    Args:
        path: The CSV.
        name: How messages call it.
        run: The record of the run.
        columns: The first line of the CSV.
    """

    def __init__(self, path: Path, name: str, run: RunRecord, columns: str) -> None:
        super().__init__(path, name, run)
        self._columns = columns.encode()
        self._journal = path.with_name(f"{path.name}.journal")
        self._journal_name = f"{name}.journal"

    def read(self) -> Left | None:
        """Read what an earlier run left."""
        if not self._path.exists():
            return None
        with errors_name(self._name):
            return read_journal(self._journal, self._path, self._head, self._columns, self._run, self._name)

    def begin(self) -> None:
        """Replace what is there by the first lines, and open it."""
        _create(self._path, self._columns, self._name)
        _create(self._journal, self._head, self._journal_name)
        self._open(len(self._columns), len(self._head))

    def go_on(self, left: Left) -> None:
        """Open what is there behind what is to stay."""
        self._open(left.rows, left.records)

    def keep(self, source: str, state: FileState | None, error: ErrorRecord | None, doubtful: int) -> Span:
        """Make the document that was written part of what is whole."""
        self.destination.flush()
        rows, records = self._files
        line = journal_line(
            source, state, error, doubtful=doubtful, rows=(rows.whole, rows.end), crc32=rows.checksum
        )
        with errors_name(self._journal_name):
            records.write(line.text())
            records.flush()
        self._check_place()
        start = records.whole
        rows.mark()
        records.mark()
        return start, records.whole

    def compact(self, spans: Iterator[Span]) -> None:
        """Write these records and their rows alone, in this order, and replace the files."""
        heads = len(self._columns), len(self._head)
        compact_rows(self._path, self._journal, heads, spans, self._name)

    def _open(self, rows: int, records: int) -> None:
        self._files = [grow(self._path, rows, self._name)]
        self._files.append(grow(self._journal, records, self._journal_name))
        self.destination = Destination(self._files[0], self._name)


def _create(path: Path, head: bytes, name: str) -> None:
    with replaced_file(path, name) as file, errors_name(name):
        file.write(head)
