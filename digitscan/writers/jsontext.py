"""Results as one JSON object, or as one JSON object a line."""

from __future__ import annotations

import json

from digitscan.filestate import FileState
from digitscan.results import SCHEMA, ErrorRecord, PageResult
from digitscan.writers.base import Writer, encodable


class _DocumentWriter(Writer):
    """Writes documents page by page; the subclasses say what stands around them and where lines end."""

    _indents = ("", "", "")
    """What stands before a page, before a field, and before the end of a document."""

    _separator = ""

    def write_page(self, page: PageResult) -> None:
        """Writes the page and hands it on: a reader of the pipe sees it before the next one is ready."""
        before_page, before_field, _ = self._indents
        head = page.model_dump_json(exclude={"fields"}, exclude_none=True).removesuffix("}")
        fields = ",".join(before_field + field.model_dump_json(exclude_none=True) for field in page.fields)
        text = f'{self._separator}{before_page}{head},"fields":[{fields}]}}'
        self._destination.write(text)
        self._separator = ","
        self._destination.flush()

    def _write_head(self, source: str, state: FileState | None) -> None:
        name = json.dumps(encodable(source), ensure_ascii=False)
        read = f'"size":{state.size},"modified":{state.modified},' if state else ""
        self._destination.write(f'"source":{name},{read}"pages":[')
        self._separator = ""

    def _write_foot(self, error: ErrorRecord | None) -> None:
        cause = "null"
        if error is not None:
            # The message may name a file, and pydantic refuses to write a name that is not UTF-8.
            cause = error.model_copy(update={"message": encodable(error.message)}).model_dump_json()
        self._destination.write(f'{self._indents[2]}],"error":{cause}}}')


class JsonWriter(_DocumentWriter):
    """Writes one object with all documents, a line for each field."""

    _indents = ("\n  ", "\n    ", "\n ")
    _before_document = "\n "

    def _begin(self) -> None:
        self._destination.write(f'{{"schema":"{SCHEMA}","documents":[')

    def begin_document(self, source: str, state: FileState | None = None) -> None:
        """Starts the next element of ``documents``."""
        self._destination.write(self._before_document + "{")
        self._write_head(source, state)
        self._before_document = ",\n "

    def end_document(self, error: ErrorRecord | None) -> None:
        """Ends the element."""
        self._write_foot(error)

    def _finish(self) -> None:
        self._destination.write("\n]}\n")


class JsonLinesWriter(_DocumentWriter):
    """Writes one object for each document, on one line."""

    def begin_document(self, source: str, state: FileState | None = None) -> None:
        """Starts a line."""
        self._destination.write(f'{{"schema":"{SCHEMA}",')
        self._write_head(source, state)

    def end_document(self, error: ErrorRecord | None) -> None:
        """Ends the line."""
        self._write_foot(error)
        self._destination.write("\n")
        self._destination.flush()
