from __future__ import annotations

import io
import re
from contextlib import redirect_stdout

import pytest

from digitscan.options import OutputFormat
from digitscan.results import ErrorRecord, FieldResult, PageResult, Status
from digitscan.writers import open_writer

LONG = "01234567890123456789"
SOURCE = "scans/2024/a_rather_long_folder/and [red]a[/red] :smile: name.png"
STATUSES: tuple[Status, ...] = ("ok", "review", "empty", "invalid")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def terminal_of_forty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLORTERM", raising=False)


def table(stdout: io.StringIO, source: str = SOURCE, *, message: str | None = None, text: str = LONG) -> str:
    fields = tuple(
        FieldResult(name=f"field_{status}", text=text, confidence=0.98241, status=status, box=(1, 1, 1, 1))
        for status in STATUSES
    )
    with redirect_stdout(stdout), open_writer(OutputFormat.TABLE, None) as writer:
        writer.begin_document(source)
        writer.write_page(PageResult(page=7, width=9, height=9, fields=fields))
        writer.write_page(PageResult(page=8, width=9, height=9))
        writer.end_document(ErrorRecord(code="damaged", message=message) if message else None)
    return stdout.getvalue()


def test_one_plain_line_for_each_field_in_a_pipe() -> None:
    header, rule, *rows = table(io.StringIO()).splitlines()
    assert header.split() == ["Source", "Page", "Field", "Text", "Confidence", "Status"]
    assert set(rule) == {"─"}
    assert [re.split(" {2,}", row.strip()) for row in rows] == [
        *([SOURCE, "7", f"field_{status}", LONG, "98.2%", status] for status in STATUSES),
        [SOURCE, "8", "no fields found"],
    ]


@pytest.mark.parametrize("text", ["0403", LONG, "9" * 60])
@pytest.mark.parametrize("width", ["1", "40", "60", "80", "200"])
def test_digits_are_never_cut_on_a_terminal(text: str, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    shown = re.sub("\x1b\\[[0-9;]*m", "", table(Terminal(), text=text))
    lines = [line.split() for line in shown.splitlines()]
    assert [line[-3:] for line in lines if text in line] == [[text, "98.2%", status] for status in STATUSES]


def test_names_fold_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = re.sub("\x1b\\[[0-9;]*m", "", table(Terminal(), source="s" * 50))
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert shown.count("s" * 50) == 0
    assert sum(line.split()[0].count("s") for line in shown.splitlines()[2:]) == 50 * (len(STATUSES) + 1)


def test_statuses_are_coloured_on_a_terminal() -> None:
    shown = table(Terminal(), message="it ends early")
    for status, colour in zip(STATUSES, ("32", "33", "2", "31"), strict=True):
        assert f"\x1b[{colour}m{status}" in shown
    assert "\x1b[31merror: \x1b[0m" in shown


def test_no_colours_when_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search("\x1b\\[3[0-9]m", table(Terminal()))


def test_no_escape_codes_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in table(io.StringIO(), "a\x1b[31m\r\n\tb.png", message="\x1b]0;title\x07")


def test_control_characters_are_shown() -> None:
    shown = table(io.StringIO(), "a\x1b[31m\r\n\tb.png")
    assert shown.count(r"a\x1b[31m\r\n\tb.png ") == len(STATUSES) + 1


def test_errors_stand_below_the_table() -> None:
    message = "page 9 cannot be decoded, and this takes more than forty columns to say"
    assert table(io.StringIO(), message=message).splitlines()[-1] == f"error: {SOURCE}: {message}"


PAGE_2 = "error: a.tif: page 2: does not fit"
PAGE_3 = "error: a.tif: page 3: is blank"


@pytest.mark.parametrize(
    ("error", "below"),
    [
        (None, [PAGE_2, PAGE_3]),
        (ErrorRecord(code="template_mismatch", message="page 2: does not fit"), [PAGE_2, PAGE_3]),
        (
            ErrorRecord(code="truncated", message="it ends early"),
            [PAGE_2, PAGE_3, "error: a.tif: it ends early"],
        ),
    ],
)
def test_errors_of_pages_stand_below_the_table_once(error: ErrorRecord | None, below: list[str]) -> None:
    with redirect_stdout(io.StringIO()) as stdout, open_writer(OutputFormat.TABLE, None) as writer:
        for _ in range(2):  # a source may be named twice
            writer.begin_document("a.tif")
            writer.write_page(PageResult(page=1, width=9, height=9))
            for page, message in ((2, "does not fit"), (3, "is blank")):
                misfit = ErrorRecord(code="template_mismatch", message=message)
                writer.write_page(PageResult(page=page, width=9, height=9, error=misfit))
            writer.end_document(error)
    *rows, first, again = (line.split() for line in stdout.getvalue().splitlines()[: -2 * len(below)])
    assert len(rows) == 2  # head and rule
    assert first == again == ["a.tif", "1", "no", "fields", "found"]
    assert stdout.getvalue().splitlines()[-2 * len(below) :] == 2 * below


def test_errors_alone_have_no_table() -> None:
    with redirect_stdout(io.StringIO()) as stdout, open_writer(OutputFormat.TABLE, None) as writer:
        for name in ("a", "b"):
            writer.begin_document(f"{name}.png")
            writer.end_document(ErrorRecord(code="not_found", message="there is no such file"))
    assert stdout.getvalue() == "error: a.png: there is no such file\nerror: b.png: there is no such file\n"
