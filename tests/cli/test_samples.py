"""The samples, as a user reads them."""

from __future__ import annotations

import csv
import io
import tomllib
from collections import defaultdict
from typing import Any

import pytest

from .program import ROOT, SAMPLES, Outcome, run_process

REVIEW_BELOW = 0.9
LEAST_RIGHT = 0.95

Row = dict[str, str]


@pytest.fixture(scope="module")
def as_csv() -> Outcome:
    return run_process("read", "samples", "--format", "csv", cwd=ROOT)


@pytest.fixture(scope="module")
def as_json() -> Outcome:
    return run_process("read", "samples", "--dpi", "200", cwd=ROOT)


def rows_by_page(text: str) -> dict[tuple[str, str], list[Row]]:
    pages: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        pages[row["source"].removeprefix("samples/"), row["page"]].append(row)
    return pages


def box_of(row: Row) -> list[int]:
    return [int(row[side]) for side in ("x", "y", "width", "height")]


def overlap(one: list[int], other: list[int]) -> int:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def misses(read: str, truth: str) -> list[str]:
    """The fields of the truth that were read wrong, each against the read field that overlaps it most."""
    found = rows_by_page(read)
    wrong = []
    for page, fields in rows_by_page(truth).items():
        for field in fields:
            box = box_of(field)
            best = max(found[page], key=lambda row: overlap(box_of(row), box), default=None)
            text = None if best is None or not overlap(box_of(best), box) else best["text"]
            if text != field["text"]:
                place = f"{field['source']} page {field['page']} {field['field']}"
                wrong.append(f"{place}: {field['text']!r} read as {text!r}")
    return wrong


def test_misses_are_told() -> None:
    head = "source,page,field,text,x,y,width,height\n"
    truth = head + "a.png,1,one,12,0,0,100,50\na.png,1,two,,0,60,100,50\na.png,2,one,3,0,0,9,9\n"
    assert misses("source,page,field,text,x,y,width,height\n" + truth[len(head) :], truth) == []
    read = (
        head
        + "samples/a.png,1,f,12,0,10,100,50\nsamples/a.png,1,f,7,0,55,100,50\nsamples/a.png,2,f,3,20,20,9,9\n"
    )
    assert misses(read, truth) == ["a.png page 1 two: '' read as '7'", "a.png page 2 one: '3' read as None"]


def test_samples_read_as_they_were_written(as_csv: Outcome) -> None:
    truth = (SAMPLES / "truth.csv").read_text(encoding="utf-8")
    written = sum(map(len, rows_by_page(truth).values()))
    wrong = misses(as_csv.out, truth)
    assert as_csv.code == 0
    assert written >= 70
    assert 1 - len(wrong) / written >= LEAST_RIGHT, "\n".join(wrong)


def test_reading_samples_says_nothing(as_csv: Outcome, as_json: Outcome) -> None:
    assert as_csv.err == as_json.err == ""
    assert as_csv.out.splitlines()[0] == "source,page,field,text,confidence,status,x,y,width,height"
    images = {path.name for path in SAMPLES.iterdir() if path.suffix in (".png", ".jpg", ".tif", ".pdf")}
    assert set(as_json.documents) == {f"samples/{name}" for name in images}
    assert {name for name, _ in rows_by_page(as_csv.out)} == images


def test_template_names_its_fields() -> None:
    form = SAMPLES / "invoice_form.toml"
    read = run_process("read", SAMPLES / "invoice_form.png", "--template", form, "--format", "csv")
    fields = tomllib.loads(form.read_text())["fields"]
    rows = list(csv.DictReader(io.StringIO(read.out)))
    assert (read.code, read.err) == (0, "")
    assert [row["field"] for row in rows] == [field["name"] for field in fields]
    for row, field in zip(rows, fields, strict=True):  # the paper within the lines that the box includes
        assert box_of(row) == pytest.approx(field["box"], abs=12)
    with (SAMPLES / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {
            row["field"]: row["text"] for row in csv.DictReader(file) if row["source"] == "invoice_form.png"
        }
    assert {row["field"] for row in rows if row["status"] == "empty"} == {
        name for name in truth if not truth[name]
    }
    wrong = [row["field"] for row in rows if row["text"] != truth[row["field"]]]
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize(("name", "turned"), [("rowing_club.png", 0.0), ("rowing_club_filled.jpg", 177.7)])
def test_form_is_read_with_its_template_however_it_was_fed(name: str, turned: float) -> None:
    read = run_process("read", SAMPLES / name, "--template", SAMPLES / "rowing_club.toml", "--format", "json")
    assert (read.code, read.err) == (0, "")
    (page,) = pages_of(read)
    assert page["alignment"]["method"] == "reference"
    assert abs(page["alignment"]["degrees"]) == pytest.approx(turned, abs=0.1)
    with (SAMPLES / "rowing_club.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["field"]: row for row in csv.DictReader(file) if row["source"] == name}
    assert [field["name"] for field in page["fields"]] == list(truth)
    right = 0
    for field in page["fields"]:
        row = truth[field["name"]]
        value = str(field["checked"]).lower() if "checked" in field else field["text"]
        right += value == row["text"]
        assert value == row["text"] or field["status"] == "review", field
        assert (field["status"] == "empty") == (row["text"] == ""), field
        assert field["box"] == pytest.approx(box_of(row), abs=12), field  # without its lines
    assert right >= len(truth) - 1


def pages_of(outcome: Outcome) -> list[Any]:
    return [page for document in outcome.documents.values() for page in document["pages"]]


def test_boxes_lie_on_the_page(as_json: Outcome) -> None:
    fields = 0
    for page in pages_of(as_json):
        for field in page["fields"]:
            fields += 1
            for x, y, width, height in (field["box"], *(digit["box"] for digit in field["digits"])):
                assert width > 0 and height > 0
                assert x >= 0 and x + width <= page["width"], field
                assert y >= 0 and y + height <= page["height"], field
    assert fields >= 70


def test_digits_spell_the_text_from_left_to_right_within_its_box(as_json: Outcome) -> None:
    for page in pages_of(as_json):
        for field in page["fields"]:
            assert "".join(digit["text"] for digit in field["digits"]) == field["text"]
            centres = [digit["box"][0] + digit["box"][2] / 2 for digit in field["digits"]]
            assert centres == sorted(centres)
            assert all(overlap(digit["box"], field["box"]) for digit in field["digits"])


@pytest.mark.parametrize("below", [0.0, 0.5, REVIEW_BELOW, 1.0])
def test_status_follows_from_confidence(below: float) -> None:
    read = run_process(
        "read", SAMPLES / "photo_tally.jpg", SAMPLES / "membership_comb.png", "--review-below", below
    )
    statuses = set()
    for page in pages_of(read):
        for field in page["fields"]:
            confidence, status = field["confidence"], field["status"]
            if field["text"] or status == "empty":  # ink that is no digits is for a person in any case
                statuses.add(status)
            assert 0 <= confidence <= 1
            if status == "empty":
                assert (field["text"], field["digits"]) == ("", [])
            elif confidence != below:  # rounded, it may be either
                assert status == ("ok" if confidence >= below else "review")
            assert all(0 <= other["confidence"] <= 1 for other in field["alternatives"])
            assert field["text"] not in [other["text"] for other in field["alternatives"]]
    expected = {0.0: {"ok", "empty"}, 1.0: {"review", "empty"}}
    if below in expected:
        assert statuses == expected[below]
    else:
        assert {"ok", "empty"} <= statuses
