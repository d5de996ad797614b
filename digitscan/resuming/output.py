"""The output of a run in files that grow: opened anew, or behind what an earlier run left."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from digitscan.filestate import FileState
from digitscan.options import OutputFormat
from digitscan.results import DOUBTFUL, ErrorRecord, PageResult, RunRecord
from digitscan.resuming.going import Going
from digitscan.resuming.index import Index
from digitscan.resuming.inputs import Arriving, Inputs, Listed
from digitscan.resuming.storage import ResultsFile, RowsFiles, Storage
from digitscan.writers import Writer
from digitscan.writers.destination import Destination
from digitscan.writers.formats import make_writer


class RecordingWriter(Writer):
    """Writes documents as another writer does, and keeps each as soon as it is whole.

    Args:
        writer: The other writer.
        storage: Where that one writes.
        inputs: What is told where the records are.
    """

    def __init__(self, writer: Writer, storage: Storage, inputs: Inputs) -> None:
        super().__init__(storage.destination)
        self._writer = writer
        self._storage = storage
        self._inputs = inputs

    def begin_document(self, source: str, state: FileState | None = None) -> None:
        """Starts the document of ``source``."""
        self._source, self._state, self._doubtful = source, state, 0
        self._writer.begin_document(source, state)

    def write_page(self, page: PageResult) -> None:
        """Writes the next page of the document."""
        self._doubtful += sum(field.status in DOUBTFUL for field in page.fields)
        self._writer.write_page(page)

    def end_document(self, error: ErrorRecord | None) -> None:
        """Ends the document, and makes it part of what stays whatever happens."""
        self._writer.end_document(error)
        self._inputs.note(self._storage.keep(self._source, self._state, error, self._doubtful))


@contextmanager
def open_growing(
    format: OutputFormat,
    output: Path,
    run: RunRecord,
    going: Going,
    *,
    plain: bool = False,
    wide: Sequence[str] | None = None,
) -> Iterator[tuple[Writer, Inputs]]:
    """Open a file that grows from now on.

    What was written stays whole: however the block ends, a document that was not ended is cut off. When it
    ends without an exception the records stand in the order of the inputs.

    Args:
        format: CSV or JSON lines.
        output: The file. A CSV has its journal beside it.
        run: The record of the run.
        going: How what is there is gone on with.
        plain: As in ``open_writer``.
        wide: As in ``open_writer``.

    Yields:
        The writer, and the inputs, which tell what is to be read.

    Raises:
        UsageError: What is there cannot be resumed by this run.
        OutputError: The output cannot be written; also from the methods of the writer.
    """
    # A symbolic link stays, and the file it names grows.
    target = Path(os.path.realpath(output))
    if format is OutputFormat.JSONL:
        storage: Storage = ResultsFile(target, str(output), run)
    else:
        text = io.StringIO()
        with make_writer(format, Destination(text, str(output)), plain, wide):
            pass
        storage = RowsFiles(target, str(output), run, text.getvalue())
    left = storage.read() if going.resume else None
    kind: type[Inputs] = Arriving if going.arriving else Listed
    inputs = kind(left.index if left else Index(), retry_failed=going.retry_failed)
    if left:
        storage.go_on(left)
    else:
        storage.begin()
    try:
        yield RecordingWriter(make_writer(format, storage.destination, plain, wide), storage, inputs), inputs
        storage.sync()
        in_order = storage.is_in_order(inputs.spans())
    finally:
        storage.close()
    if not in_order:
        storage.compact(inputs.spans())
