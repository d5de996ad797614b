from __future__ import annotations

import csv
import io
import sys

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from digitscan.errors import UsageError
from digitscan.options import OutputFormat
from digitscan.results import ErrorRecord, FieldResult, PageResult
from digitscan.writers import open_writer, wide_columns


def field(name: str, text: str = "1", *, checked: bool | None = None, confidence: float = 0.5) -> FieldResult:
    return FieldResult(
        name=name, text=text, checked=checked, confidence=confidence, status="ok", box=(1, 1, 1, 1)
    )


def page_of(*fields: FieldResult, page: int = 1, error: ErrorRecord | None = None) -> PageResult:
    return PageResult(page=page, width=9, height=9, fields=fields, error=error)


def rows_of(
    names: list[str], *pages: PageResult, source: str = "a.png", plain: bool = False
) -> list[list[str]]:
    """Writes one document to a standard output of ASCII and reads it again."""
    arrived = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(arrived, encoding="ascii"))
        with open_writer(OutputFormat.CSV, None, plain=plain, wide=wide_columns(names)) as writer:
            writer.begin_document(source)
            for page in pages:
                writer.write_page(page)
            writer.end_document(None)
        text = arrived.getvalue().decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


HEAD = ["source", "page", "a", "a_confidence", "b", "b_confidence"]


@pytest.mark.parametrize(
    ("page", "cells"),
    [
        (page_of(field("a", "007"), field("b", "12", confidence=0.98214)), ["007", "0.5", "12", "0.9821"]),
        (page_of(field("b", "12"), field("a", "007")), ["007", "0.5", "12", "0.5"]),
        (page_of(field("a", "", confidence=0.9), field("b", "0")), ["", "0.9", "0", "0.5"]),
        (
            page_of(field("a", "", checked=True), field("b", "", checked=False)),
            ["true", "0.5", "false", "0.5"],
        ),
        (page_of(field("a", "1", confidence=0.0)), ["1", "0.0", "", ""]),
        (page_of(field("b", "2")), ["", "", "2", "0.5"]),
        (page_of(), ["", "", "", ""]),
        (page_of(error=ErrorRecord(code="template_mismatch", message="no")), ["", "", "", ""]),
    ],
)
@pytest.mark.parametrize("plain", [False, True])
def test_row_of_a_page(page: PageResult, cells: list[str], plain: bool) -> None:
    assert rows_of(["a", "b"], page, plain=plain) == [HEAD, ["a.png", "1", *cells]]


def test_fields_of_one_page_are_not_those_of_the_next() -> None:
    pages = page_of(field("a")), page_of(field("b", "2"), page=2), page_of(page=3)
    assert rows_of(["a", "b"], *pages) == [
        HEAD,
        ["a.png", "1", "1", "0.5", "", ""],
        ["a.png", "2", "", "", "2", "0.5"],
        ["a.png", "3", "", "", "", ""],
    ]


def test_document_without_pages_has_no_row() -> None:
    assert rows_of(["a", "b"]) == [HEAD]


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(st.text(min_size=1), unique=True, max_size=4),
    source=st.text(),
    blank=st.sets(st.integers(0, 3)),
)
@example(names=["a,b", 'a"b', "a\nb", "a\rb", "a\r\nb", " \u2028\x85", "'"], source='a\r\n,"b', blank={0})
def test_names_parse_back(names: list[str], source: str, blank: set[int]) -> None:
    try:
        columns = wide_columns(names)
    except UsageError:
        assume(False)
    texts = ["" if place in blank else str(place) for place in range(len(names))]
    page = page_of(*(field(name, text) for name, text in zip(names, texts, strict=True) if text))
    header, row = rows_of(names, page, source=source)
    assert header == ["source", "page", *columns]
    assert row[:2] == [source, "1"]
    assert row[2::2] == texts
    assert row[3::2] == ["0.5" if text else "" for text in texts]


@pytest.mark.parametrize(
    ("names", "named", "column"),
    [
        (["a", "page"], "page", "page"),
        (["source", "a"], "source", "source"),
        (["a", "b", "a_confidence"], "a_confidence", "a_confidence"),
        (["a_confidence", "b", "a"], "a", "a_confidence"),
        (["a", "a"], "a", "a"),
    ],
)
def test_columns_of_the_same_name_are_refused(names: list[str], named: str, column: str) -> None:
    with pytest.raises(UsageError) as error:
        wide_columns(names)
    assert str(error.value) == f"--wide: field '{named}': there is a column '{column}' already"


@pytest.mark.parametrize(
    "names", [["Page", "PAGE"], ["text", "status", "confidence"], ["a", "A", "a_Confidence"]]
)
def test_columns_of_other_names_are_not(names: list[str]) -> None:
    assert wide_columns(names)[::2] == names


def test_every_page_is_handed_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(arrived))
    with open_writer(OutputFormat.CSV, None, wide=wide_columns(["a"])) as writer:
        writer.begin_document("a.png")
        for number in (1, 2):
            writer.write_page(page_of(field("a"), page=number))
            assert arrived.getvalue().endswith(f"a.png,{number},1,0.5\n".encode())
        writer.end_document(None)
