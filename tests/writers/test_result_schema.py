from __future__ import annotations

import copy
import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from digitscan.options import OutputFormat
from digitscan.results import Alternative, Digit, ErrorRecord, FieldResult, PageResult
from digitscan.writers import open_writer, wide_columns
from digitscan.writers.schema import schema_text

DOCS = Path(__file__).parents[2] / "docs"
PUBLISHED = DOCS / "result.schema.json"


def example(format: OutputFormat, *, wide: list[str] | None = None) -> str:
    """The example of the documentation in one format."""
    amount = FieldResult(
        name="amount",
        text="0403",
        confidence=0.98214,
        status="ok",
        box=(1455, 970, 595, 87),
        alternatives=(Alternative(text="0405", confidence=0.0112),),
        digits=tuple(
            Digit(text=text, confidence=confidence, box=(x, 985, 40, 61))
            for text, confidence, x in (
                ("0", 0.9983, 1470),
                ("4", 0.9971, 1544),
                ("0", 0.9979, 1618),
                ("3", 0.98871, 1692),
            )
        ),
    )
    date = FieldResult(name="date", text="", confidence=0.9994, status="empty", box=(1455, 1100, 595, 87))
    with redirect_stdout(io.StringIO()) as stdout, open_writer(format, None, wide=wide) as writer:
        writer.begin_document("scans/a.png")
        writer.write_page(PageResult(page=1, width=2560, height=3300, fields=(amount, date)))
        writer.end_document(None)
        writer.begin_document("scans/b.png")
        writer.end_document(ErrorRecord(code="not_found", message="no such file"))
    return stdout.getvalue()


@pytest.fixture(scope="module")
def schema() -> Any:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def test_published_schema_is_that_of_the_records() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), (
        "the records have changed; check that they only gained keys, then write the schema again:\n"
        "    python -m digitscan.writers.schema > docs/result.schema.json"
    )


def test_json_is_valid(schema: Any) -> None:
    jsonschema.validate(json.loads(example(OutputFormat.JSON)), schema)


def test_plain_stands_beside_the_text_when_it_is_known(schema: Any) -> None:
    fields = [
        FieldResult(name="n", text="38.117", plain=plain, confidence=1.0, status="ok", box=(1, 1, 1, 1))
        for plain in ("38117", None)
    ]
    with redirect_stdout(io.StringIO()) as stdout, open_writer(OutputFormat.JSON, None) as writer:
        writer.begin_document("a.png")
        writer.write_page(PageResult(page=1, width=9, height=9, fields=tuple(fields)))
        writer.end_document(None)
    data = json.loads(stdout.getvalue())
    jsonschema.validate(data, schema)
    kept, left_out = data["documents"][0]["pages"][0]["fields"]
    assert (kept["text"], kept["plain"]) == ("38.117", "38117")
    assert "plain" not in left_out


def test_jsonl_has_the_keys_of_documents(schema: Any) -> None:
    lines = [json.loads(line) for line in example(OutputFormat.JSONL).splitlines()]
    assert all(list(line) == ["schema", "source", "pages", "error"] for line in lines)
    jsonschema.validate({"schema": "digitscan/1", "documents": lines}, schema)


def objects(data: Any) -> list[dict[str, Any]]:
    """All objects of parsed JSON, the outermost first."""
    if isinstance(data, list):
        return [found for item in data for found in objects(item)]
    if isinstance(data, dict):
        return [data, *(found for item in data.values() for found in objects(item))]
    return []


def test_keys_may_be_added_everywhere(schema: Any) -> None:
    data = json.loads(example(OutputFormat.JSON))
    found = objects(data)
    assert len(found) == 1 + 2 + 1 + 2 + 1 + 4 + 1  # run, documents, page, fields, alternative, digits, error
    for item in found:
        item["added_later"] = 1
    jsonschema.validate(data, schema)


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        (0, "schema", "digitscan/2"),
        (1, "source", None),
        (2, "page", 0),
        (3, "text", "O4O3"),
        (3, "text", "04.03."),
        (3, "text", "04..03"),
        (3, "text", 403),
        (3, "confidence", 1.5),
        (3, "status", "fine"),
        (3, "box", [1, 2, 3]),
    ],
)
def test_schema_refuses(place: int, key: str, value: Any, schema: Any) -> None:
    data = copy.deepcopy(json.loads(example(OutputFormat.JSON)))
    assert key in objects(data)[place]
    objects(data)[place][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema)


def shown(heading: str) -> str:
    """The first example below a heading of the documentation."""
    page = (DOCS / "output.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^{heading}\n(.*?)(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
    block = re.search(r"^```\w+\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1]


@pytest.mark.parametrize("format", list(OutputFormat))
def test_documentation_shows_true_output(format: OutputFormat) -> None:
    # Trailing spaces of a table do not show, and editors remove them.
    assert re.sub(" +\n", "\n", shown(f"## {format}")) == re.sub(" +\n", "\n", example(format))


def test_documentation_shows_true_wide_csv() -> None:
    assert shown("### One row a page") == example(OutputFormat.CSV, wide=wide_columns(["amount", "date"]))
