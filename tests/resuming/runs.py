"""Runs without a reader: what a file holds says what is read in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from digitscan.options import Layout, OutputFormat
from digitscan.results import ErrorRecord, FieldResult, PageResult, RunRecord
from digitscan.resuming.going import Going
from digitscan.resuming.output import open_growing
from digitscan.sources import Source
from digitscan.tally import Skipped
from digitscan.writers import Writer, wide_columns

RUN = RunRecord(
    digitscan="1.0",
    model={"model.tflite": "0" * 64},
    template=None,
    layout=Layout.AUTO,
    review_below=0.9,
    keep_separators=False,
    dpi=300,
    max_megapixels=200.0,
)
WIDE = wide_columns(["amount", "date"])

Kind = tuple[OutputFormat, list[str] | None]
KINDS: dict[str, Kind] = {
    "jsonl": (OutputFormat.JSONL, None),
    "csv": (OutputFormat.CSV, None),
    "wide": (OutputFormat.CSV, WIDE),
}


class Interrupted(BaseException):
    """As Ctrl-C is, but no other's."""


def put(path: Path, content: str, modified: int = 1_000) -> Path:
    """Make a file: each digit is a page with that many fields, an ``!`` an error."""
    path.write_text(content)
    os.utime(path, ns=(modified, modified))
    return path


def pages_of(content: str) -> list[PageResult]:
    return [
        PageResult(
            page=number,
            width=9,
            height=9,
            fields=tuple(
                FieldResult(
                    name=name, text="0" * len(content), confidence=0.5, status="review", box=(1, 2, 3, 4)
                )
                for name in ("amount", "date")[: int(fields)]
            ),
        )
        for number, fields in enumerate(content.replace("!", ""), start=1)
    ]


def write_document(writer: Writer, source: Source) -> None:
    writer.begin_document(source.name, source.state)
    content = source.path.read_text() if source.path is not None and source.path.exists() else "!"
    for page in pages_of(content):
        writer.write_page(page)
    broken = ErrorRecord(code="damaged", message=f"{source.name} é\n is damaged")
    writer.end_document(broken if "!" in content else None)


def go(
    output: Path,
    kind: str,
    inputs: Sequence[Path | str],
    *,
    resume: bool = False,
    retry_failed: bool = False,
    run: RunRecord = RUN,
    stop_after: int | None = None,
    arriving: bool = False,
) -> tuple[list[str], Skipped]:
    """Write a run; gives the names of the sources that were read, and what was skipped.

    Args:
        output: Its file.
        kind: Which of ``KINDS``.
        inputs: The files.
        resume: As the option.
        retry_failed: As the option.
        run: Its record.
        stop_after: Documents after which it is interrupted, in the middle of the next one.
        arriving: Whether the inputs go on arriving.
    """
    format, wide = KINDS[kind]
    read: list[str] = []
    going = Going(resume=resume, retry_failed=retry_failed, arriving=arriving)
    with open_growing(format, output, run, going, wide=wide) as (writer, inputs_of_run):
        for source in inputs_of_run.unread([Source(str(path), Path(path)) for path in inputs]):
            assert source is not None
            if len(read) == stop_after:
                writer.begin_document(source.name, source.state)
                writer.write_page(pages_of("2")[0])
                raise Interrupted
            write_document(writer, source)
            read.append(source.name)
    return read, inputs_of_run.skipped


def files_of(output: Path) -> dict[str, bytes]:
    """The file and its journal, if there is one."""
    journal = output.with_name(f"{output.name}.journal")
    return {path.name: path.read_bytes() for path in (output, journal) if path.exists()}
