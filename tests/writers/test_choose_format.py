from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from digitscan.errors import UsageError
from digitscan.options import OutputFormat
from digitscan.writers import choose_format, open_writer

app = typer.Typer()


@app.command()
def read(
    format: Annotated[OutputFormat | None, typer.Option()] = None,
    output: Annotated[Path | None, typer.Option("-o")] = None,
) -> None:
    with open_writer(choose_format(format, output, terminal=False), output) as writer:
        writer.begin_document("a.png")
        writer.end_document(None)


@pytest.mark.parametrize(
    ("asked", "output", "terminal", "chosen"),
    [
        ("csv", None, True, "csv"),
        ("jsonl", "a.csv", False, "jsonl"),
        ("table", "a.unknown", False, "table"),
        (None, "a.csv", True, "csv"),
        (None, "a.json", True, "json"),
        (None, "a.b.jsonl", True, "jsonl"),
        (None, "a.txt", False, "table"),
        (None, "A.CSV", True, "csv"),
        (None, None, True, "table"),
        (None, None, False, "json"),
    ],
)
def test_format(asked: str | None, output: str | None, terminal: bool, chosen: str) -> None:
    format = choose_format(
        OutputFormat(asked) if asked else None, Path(output) if output else None, terminal=terminal
    )
    assert format is OutputFormat(chosen)


@pytest.mark.parametrize(
    ("output", "named"), [("out/a.xlsx", "suffix .xlsx"), ("a.json.gz", "suffix .gz"), ("a", "no suffix")]
)
def test_unknown_suffix(output: str, named: str) -> None:
    with pytest.raises(UsageError) as error:
        choose_format(None, Path(output), terminal=True)
    assert output in str(error.value)
    assert named in str(error.value)


def test_format_is_an_option_of_the_command_line() -> None:
    result = CliRunner().invoke(app, ["--format", "jsonl"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["source"] == "a.png"
    assert CliRunner().invoke(app, ["--format", "xml"]).exit_code == 2


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (OutputFormat.TABLE, ""),
        (OutputFormat.CSV, "source,page,field,text,confidence,status,x,y,width,height\n"),
        (OutputFormat.JSON, '{"schema":"digitscan/1","documents":[\n]}\n'),
        (OutputFormat.JSONL, ""),
    ],
)
def test_run_without_documents(format: OutputFormat, text: str) -> None:
    with redirect_stdout(io.StringIO()) as stdout, open_writer(format, None):
        pass
    assert stdout.getvalue() == text
