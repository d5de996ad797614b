"""The lines of a file of records: what each tells of its document, beside the results."""

from __future__ import annotations

import json
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitscan.filestate import FileState
from digitscan.results import DOUBTFUL, ErrorRecord, Record, Status
from digitscan.writers.base import encodable


class _Part(BaseModel):
    """Base of what is read of a line of results: of its many keys, these."""

    model_config = ConfigDict(extra="ignore")


class _Field(_Part):
    status: Status


class _Page(_Part):
    fields: tuple[_Field, ...]


_Line = TypeVar("_Line", bound=BaseModel)


class ResultsLine(_Part):
    """What matters here of a line of ``jsonl``."""

    source: str
    size: int | None = None
    modified: int | None = None
    error: ErrorRecord | None
    pages: tuple[_Page, ...]

    @property
    def doubtful(self) -> int:
        """Fields that a person should look at."""
        return sum(field.status in DOUBTFUL for page in self.pages for field in page.fields)


class JournalLine(Record):
    """A line of the journal beside a CSV: a document, and where its rows are.

    ``size`` and ``modified`` are those of its file, as in ``jsonl``; ``doubtful`` is how many of its fields a
    person should look at. ``start`` and ``end`` are places in the CSV in bytes, ``crc32`` is that of what
    lies between.
    """

    source: str
    size: Annotated[int, Field(ge=0)] | None
    modified: int | None
    error: ErrorRecord | None
    doubtful: Annotated[int, Field(ge=0)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    crc32: Annotated[int, Field(ge=0, lt=2**32)]

    def text(self) -> str:
        """Write the line."""
        return json.dumps(self.model_dump(), ensure_ascii=False, separators=(",", ":")) + "\n"


def journal_line(
    source: str,
    state: FileState | None,
    error: ErrorRecord | None,
    *,
    doubtful: int,
    rows: tuple[int, int],
    crc32: int,
) -> JournalLine:
    """Make the line of a document."""
    return JournalLine(
        source=encodable(source),
        size=state.size if state else None,
        modified=state.modified if state else None,
        error=error and error.model_copy(update={"message": encodable(error.message)}),
        doubtful=doubtful,
        start=rows[0],
        end=rows[1],
        crc32=crc32,
    )


def parse_line(kind: type[_Line], line: bytes) -> _Line | None:
    """Read a line; gives None for one that is none, as after a power failure."""
    try:
        return kind.model_validate_json(line)
    except ValidationError:
        return None


def state_of(line: ResultsLine | JournalLine) -> FileState | None:
    """Give the state of the file that a line tells."""
    return None if line.size is None or line.modified is None else FileState(line.size, line.modified)
