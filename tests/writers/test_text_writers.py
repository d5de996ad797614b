from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stdout

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitscan.filestate import FileState
from digitscan.options import OutputFormat
from digitscan.results import (
    Alternative,
    Digit,
    DocumentResult,
    ErrorRecord,
    FieldResult,
    PageResult,
    RunResult,
)
from digitscan.writers import open_writer

DIGITS = st.text("0123456789", max_size=9)
CONFIDENCES = st.floats(0, 1)
LENGTHS = st.integers(0, 5000)
BOXES = st.tuples(st.integers(-50, 5000), st.integers(-50, 5000), LENGTHS, LENGTHS)
WRITTEN = st.from_regex("([0-9]+([.,/-][0-9]+)*)?", fullmatch=True)
FIELDS = st.builds(
    FieldResult,
    name=st.text(),
    text=WRITTEN,
    plain=st.none() | DIGITS,
    checked=st.none() | st.booleans(),
    confidence=CONFIDENCES,
    status=st.sampled_from(["ok", "review", "empty", "invalid"]),
    box=BOXES,
    alternatives=st.lists(st.builds(Alternative, text=WRITTEN, confidence=CONFIDENCES), max_size=2).map(
        tuple
    ),
    digits=st.lists(
        st.builds(Digit, text=st.sampled_from("0123456789"), confidence=CONFIDENCES, box=BOXES), max_size=2
    ).map(tuple),
)
ERRORS = st.builds(ErrorRecord, code=st.sampled_from(["not_found", "damaged"]), message=st.text())
STATES: st.SearchStrategy[dict[str, int]] = st.just({}) | st.fixed_dictionaries(
    {"size": st.integers(0, 2**50), "modified": st.integers(0, 2**62)}
)
SIDES = st.integers(1, 9999)
PAGES = st.builds(
    PageResult,
    page=st.integers(1, 999),
    width=SIDES,
    height=SIDES,
    fields=st.lists(FIELDS, max_size=3).map(tuple),
) | st.builds(PageResult, page=st.integers(1, 999), width=SIDES, height=SIDES, error=ERRORS)
RUNS = st.builds(
    RunResult,
    documents=st.lists(
        st.builds(
            lambda state, **keys: DocumentResult(**state, **keys),
            state=STATES,
            source=st.text(),
            error=st.none() | ERRORS,
            pages=st.lists(PAGES, max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)

# Names in which a careless writer would see a row, a field, an end of line or a confidence of its own.
HOSTILE = (
    "a,b",
    'a"b',
    "a\nb",
    "a\rb",
    "a\r\nb",
    " \u2028\x85",
    '"confidence":0.123456',
    'x"confidence":1e-9}',
)
HOSTILE_RUN = RunResult(
    documents=tuple(
        DocumentResult(
            source=name,
            error=ErrorRecord(code="damaged", message=name),
            pages=(
                PageResult(
                    page=1,
                    width=9,
                    height=9,
                    fields=(
                        FieldResult(name=name, text="007", confidence=1e-9, status="ok", box=(-1, 0, 2, 3)),
                    ),
                ),
            ),
        )
        for name in HOSTILE
    )
)


def written(format: OutputFormat, run: RunResult) -> str:
    """Writes a run to a standard output that, as set up by the locale, holds ASCII alone."""
    arrived = io.BytesIO()
    stdout = io.TextIOWrapper(arrived, encoding="ascii")
    with redirect_stdout(stdout), open_writer(format, None) as writer:
        for document in run.documents:
            state = None
            if document.size is not None and document.modified is not None:
                state = FileState(document.size, document.modified)
            writer.begin_document(document.source, state)
            for page in document.pages:
                writer.write_page(page)
            writer.end_document(document.error)
    return arrived.getvalue().decode("utf-8")


def drop_none(record: dict[str, object]) -> None:
    """What a page or a field has nothing to tell of is left out."""
    for key in [key for key, value in record.items() if value is None]:
        del record[key]


def as_json(run: RunResult) -> dict[str, object]:
    """The run as parsed JSON; its only floats are confidences."""
    data = json.loads(run.model_dump_json(by_alias=True), parse_float=lambda text: round(float(text), 4))
    assert isinstance(data, dict)
    drop_none(data)
    for document in data["documents"]:
        for key in ("size", "modified"):
            if document[key] is None:
                del document[key]
        for page in document["pages"]:
            drop_none(page)
            for field in page["fields"]:
                drop_none(field)
    return data


@settings(max_examples=60, deadline=None)
@given(run=RUNS)
@example(run=HOSTILE_RUN)
def test_json_parses_back(run: RunResult) -> None:
    assert json.loads(written(OutputFormat.JSON, run)) == as_json(run)


@settings(max_examples=60, deadline=None)
@given(run=RUNS)
@example(run=HOSTILE_RUN)
def test_jsonl_parses_back(run: RunResult) -> None:
    *lines, rest = written(OutputFormat.JSONL, run).split("\n")
    assert rest == ""
    documents = [json.loads(line) for line in lines]
    assert all(document.pop("schema") == "digitscan/1" for document in documents)
    assert documents == as_json(run)["documents"]


@settings(max_examples=60, deadline=None)
@given(run=RUNS)
@example(run=HOSTILE_RUN)
def test_csv_parses_back(run: RunResult) -> None:
    text = written(OutputFormat.CSV, run)
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header == [
        "source",
        "page",
        "field",
        "text",
        "confidence",
        "status",
        "x",
        "y",
        "width",
        "height",
    ]
    assert [(*row[:4], float(row[4]), row[5], *map(int, row[6:])) for row in rows] == [
        (
            doc.source,
            str(page.page),
            field.name,
            field.value,
            round(field.confidence, 4),
            field.status,
            *field.box,
        )
        for doc in run.documents
        for page in doc.pages
        for field in page.fields
    ]


@pytest.mark.parametrize(("checked", "shown"), [(True, "true"), (False, "false")])
@pytest.mark.parametrize("format", [OutputFormat.CSV, OutputFormat.TABLE])
def test_marks_show_whether_they_are_ticked(format: OutputFormat, checked: bool, shown: str) -> None:
    field = FieldResult(name="paid", text="", checked=checked, confidence=0.5, status="ok", box=(1, 1, 1, 1))
    page = PageResult(page=1, width=9, height=9, fields=(field,))
    text = written(format, RunResult(documents=(DocumentResult(source="a", pages=(page,)),)))
    assert re.split("[ ,]+", text.splitlines()[-1])[:4] == ["a", "1", "paid", shown]


def test_csv_with_separators_ends_in_the_plain_digits() -> None:
    fields = tuple(
        FieldResult(name=text, text=text, plain=plain, confidence=0.5, status="ok", box=(1, 2, 3, 4))
        for text, plain in (("1,234.50", "123450"), ("2021-05-12", "20210512"), ("", ""))
    )
    with redirect_stdout(io.StringIO()) as stdout, open_writer(OutputFormat.CSV, None, plain=True) as writer:
        writer.begin_document("a.png")
        writer.write_page(PageResult(page=1, width=9, height=9, fields=fields))
        writer.end_document(None)
    header, *rows = csv.reader(io.StringIO(stdout.getvalue(), newline=""), strict=True)
    assert header == [
        "source",
        "page",
        "field",
        "text",
        "confidence",
        "status",
        *"xy",
        "width",
        "height",
        "plain",
    ]
    assert [(row[3], row[-1]) for row in rows] == [(field.text, field.plain) for field in fields]
    assert {len(row) for row in rows} == {len(header)}


@pytest.mark.parametrize("name", HOSTILE)
def test_csv_reads_without_strictness(name: str) -> None:
    run = RunResult(documents=tuple(doc for doc in HOSTILE_RUN.documents if doc.source == name))
    rows = list(csv.DictReader(io.StringIO(written(OutputFormat.CSV, run), newline="")))
    assert [(row["source"], row["text"]) for row in rows] == [(name, "007")]


def test_lines_end_the_same_everywhere() -> None:
    run = RunResult(documents=(HOSTILE_RUN.documents[0],))
    assert all("\r" not in written(format, run) for format in OutputFormat)


@pytest.mark.parametrize(
    ("confidence", "text"), [(0.99994, "0.9999"), (0.99996, "1.0"), (0.00004, "0.0"), (0.0001, "0.0001")]
)
@pytest.mark.parametrize("format", [OutputFormat.CSV, OutputFormat.JSON, OutputFormat.JSONL])
def test_confidences_have_four_decimals(format: OutputFormat, confidence: float, text: str) -> None:
    field = FieldResult(name="n", text="1", confidence=confidence, status="ok", box=(1, 1, 1, 1))
    page = PageResult(page=1, width=9, height=9, fields=(field,))
    result = written(format, RunResult(documents=(DocumentResult(source="a", pages=(page,)),)))
    assert f",{text},ok," in result or f'"confidence":{text},' in result


@pytest.mark.parametrize("format", list(OutputFormat))
def test_names_that_are_not_utf8(format: OutputFormat) -> None:
    name = b"caf\xe9-\xc3\xa9.png".decode("utf-8", "surrogateescape")
    field = FieldResult(name="n", text="1", confidence=0.5, status="ok", box=(1, 1, 1, 1))
    document = DocumentResult(
        source=name,
        pages=(PageResult(page=1, width=9, height=9, fields=(field,)),),
        error=ErrorRecord(code="damaged", message=f"{name} ends early"),
    )
    result = written(format, RunResult(documents=(document,)))
    shown = "caf\\udce9-é.png"
    if format is OutputFormat.JSON:
        (read,) = RunResult.model_validate_json(result).documents
        assert (read.source, read.error and read.error.message) == (shown, f"{shown} ends early")
    elif format is OutputFormat.JSONL:
        assert json.loads(result)["source"] == shown
    else:
        assert shown in result


@pytest.mark.parametrize("format", [OutputFormat.CSV, OutputFormat.JSON, OutputFormat.JSONL])
def test_every_page_is_handed_on_at_once(format: OutputFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(arrived))
    with open_writer(format, None) as writer:
        for name in ("first", "second"):
            writer.begin_document(f"{name}.png")
            for number in (1, 2):
                field = FieldResult(
                    name=f"{name}-{number}", text="1", confidence=0.5, status="ok", box=(1, 1, 1, 1)
                )
                writer.write_page(PageResult(page=number, width=9, height=9, fields=(field,)))
                assert field.name.encode() in arrived.getvalue()
            writer.end_document(None)
            if format is OutputFormat.JSONL:
                assert arrived.getvalue().endswith(b"}\n")
    assert not arrived.closed


@pytest.mark.parametrize(
    ("format", "end"), [(OutputFormat.CSV, ",1\n"), (OutputFormat.JSON, "}"), (OutputFormat.JSONL, "}")]
)
def test_interrupted_run_does_not_look_complete(
    format: OutputFormat, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    field = FieldResult(name="n", text="1", confidence=0.5, status="ok", box=(1, 1, 1, 1))
    with pytest.raises(KeyboardInterrupt), open_writer(format, None) as writer:
        writer.begin_document("a.png")
        writer.write_page(PageResult(page=1, width=9, height=9, fields=(field,)))
        raise KeyboardInterrupt
    text = capsys.readouterr().out
    assert text.endswith(end)
    if format is not OutputFormat.CSV:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_only_the_table_needs_rich() -> None:
    program = """
import sys
from digitscan.options import OutputFormat
from digitscan.writers import open_writer
for format in ("csv", "json", "jsonl", "table"):
    with open_writer(OutputFormat(format), None):
        print("rich" in sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["False", "False", "False", "True"]
