"""What ``digitscan read`` writes, and where."""

from __future__ import annotations

import csv
import importlib
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from sources.files import encode, pdf_file, pdf_stream

from digitscan.options import OutputFormat

from .program import SAMPLES, Outcome, Run, documents_of, run_process, state_of

read_module = importlib.import_module("digitscan.cli.read")  # the package's own name for it is the command
CSV_HEAD = "source,page,field,text,confidence,status,x,y,width,height"


def fields_of(outcome: Outcome, source: str = "good.png") -> list[dict[str, Any]]:
    return [field for page in outcome.documents[source]["pages"] for field in page["fields"]]


def test_json_is_what_a_pipe_gets(folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png")
    assert (read.code, read.err) == (0, "")
    assert json.loads(read.out)["schema"] == "digitscan/1"
    assert [len(field["text"]) > 0 for field in fields_of(read)] == [True] * 3


def test_table_is_what_a_terminal_gets(folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_module, "_is_terminal", lambda stream: True)
    read = digitscan("read", "good.png", "--quiet")
    assert read.code == 0
    assert read.out.split()[:6] == ["Source", "Page", "Field", "Text", "Confidence", "Status"]


def test_csv_has_a_head_and_a_row_a_field(folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png", "--format", "csv")
    fields = fields_of(digitscan("read", "good.png"))
    assert read.out.splitlines()[0] == CSV_HEAD
    rows = list(csv.DictReader(io.StringIO(read.out)))
    assert [row["text"] for row in rows] == [field["text"] for field in fields]
    assert [[int(row[side]) for side in ("x", "y", "width", "height")] for row in rows] == [
        field["box"] for field in fields
    ]


FORM = """name = "slip"
[[pages]]
width = 900
height = 520
[[pages.fields]]
name = "second"
box = [384, 254, 312, 78]
[[pages.fields]]
name = "first"
box = [384, 134, 432, 78]
[[pages]]
width = 900
height = 520
[[pages.fields]]
name = "overleaf"
box = [384, 134, 432, 78]
"""


@pytest.mark.parametrize("asked", [("--format", "csv"), ("-o", "out.csv")])
def test_wide_csv_has_a_row_a_page(asked: tuple[str, str], folder: Path, digitscan: Run) -> None:
    (folder / "form.toml").write_text(FORM)
    arguments = ("read", "good.png", "missing.png", "good.png", "--template", "form.toml")
    read = digitscan(*arguments, "--wide", *asked)
    assert (read.code, read.err.splitlines()[0]) == (3, "digitscan: missing.png: no such file or folder")
    names = ["second", "first", "overleaf"]
    text = read.out or (folder / "out.csv").read_text()
    assert text.splitlines()[0].split(",") == [
        "source",
        "page",
        *(column for name in names for column in (name, f"{name}_confidence")),
    ]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["source"], row["page"]) for row in rows] == 2 * [("good.png", "1")]
    fields = fields_of(digitscan("read", "good.png", "--template", "form.toml"))
    assert [field["name"] for field in fields] == names[:2]
    for row in rows:
        for field in fields:
            assert row[field["name"]] == field["text"] != ""
            assert float(row[f"{field['name']}_confidence"]) == field["confidence"]
        assert row["overleaf"] == row["overleaf_confidence"] == ""


def test_wide_csv_keeps_separators_without_another_column(folder: Path, digitscan: Run) -> None:
    (folder / "form.toml").write_text(FORM)
    asked = ("read", "good.png", "--template", "form.toml", "--wide", "--format", "csv")
    assert digitscan(*asked, "--keep-separators") == digitscan(*asked)


def test_jsonl_has_a_document_a_line(folder: Path, digitscan: Run) -> None:
    shutil.copy("good.png", "again.png")
    read = digitscan("read", "again.png", "good.png", "--format", "jsonl")
    lines = [json.loads(line) for line in read.out.splitlines()]
    assert [(line["schema"], line["source"]) for line in lines] == [
        ("digitscan/1", "again.png"),
        ("digitscan/1", "good.png"),
    ]
    assert lines[0]["pages"] == lines[1]["pages"]
    assert lines[1]["pages"] == digitscan("read", "good.png").documents["good.png"]["pages"]


@pytest.mark.parametrize(
    ("output", "start"),
    [
        ("out.csv", CSV_HEAD + "\n"),
        ("out.json", '{"schema":"digitscan/1","documents":['),
        ("out.JSONL", '{"schema":"digitscan/1","run":{"digitscan":'),
        ("out.txt", "Source "),
    ],
)
def test_suffix_of_the_output_decides(output: str, start: str, folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png", "-o", output)
    assert (read.code, read.out, read.err) == (0, "", "")
    text = (folder / output).read_text()
    assert text.startswith(start)
    asked = {"json": "json", "jsonl": "jsonl", "csv": "csv", "txt": "table"}[output[4:].lower()]
    shown = digitscan("read", "good.png", "--format", asked).out
    if asked == "jsonl":
        _, (document,) = documents_of(folder / output)
        assert {**json.loads(shown), **state_of(folder / "good.png")} == document
    else:
        assert shown == text


def test_format_goes_before_the_suffix(folder: Path, digitscan: Run) -> None:
    assert digitscan("read", "good.png", "-o", "out.json", "--format", "csv").code == 0
    assert (folder / "out.json").read_text().startswith(CSV_HEAD)


def test_output_is_all_or_nothing(folder: Path, digitscan: Run) -> None:
    (folder / "bad.toml").write_text("name = ")
    (folder / "old.csv").write_text("old")
    for output in ("new.csv", "old.csv"):
        assert digitscan("read", "good.png", "--template", "bad.toml", "-o", output).code == 4
        assert digitscan("read", "good.png", "--model", "missing", "-o", output).code == 4
    assert (folder / "old.csv").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["bad.toml", "good.png", "old.csv"]
    assert digitscan("read", "missing.png", "good.png", "-o", "old.csv").code == 3
    assert len((folder / "old.csv").read_text().splitlines()) == 4


def test_quiet_and_verbose(folder: Path, digitscan: Run) -> None:
    loud = digitscan("read", "good.png", "no.png", "--verbose")
    quiet = digitscan("read", "good.png", "no.png", "--quiet")
    both = digitscan("read", "good.png", "no.png", "-q", "-v")
    assert loud.out == quiet.out == both.out
    assert loud.code == quiet.code == both.code == 3
    assert quiet.err == both.err == ""
    doubtful = sum(field["status"] == "review" for field in fields_of(loud))
    assert loud.err.splitlines() == [
        f"good.png: page 1: 3 fields, {doubtful} doubtful",
        "digitscan: no.png: no such file or folder",
    ]


def test_fail_on_review(folder: Path, digitscan: Run) -> None:
    sure = ("read", "good.png", "--review-below", "0")
    doubting = ("read", "good.png", "--review-below", "1")
    assert digitscan(*sure, "--fail-on-review").code == 0
    assert digitscan(*doubting).code == 0
    assert digitscan(*doubting, "--fail-on-review").code == 1
    assert digitscan(*doubting, "--fail-on-review", "-o", "out.csv").code == 1
    assert (folder / "out.csv").read_text().count(",review,") == 3
    # What could not be read at all weighs more.
    assert digitscan(*doubting, "missing.png", "--fail-on-review").code == 3


def test_broken_rule_of_a_template_is_to_be_reviewed(folder: Path, digitscan: Run) -> None:
    (folder / "form.toml").write_text(
        'name = "slip"\n[page]\nwidth = 900\nheight = 520\n'
        '[[fields]]\nname = "one"\nbox = [384, 134, 432, 78]\npattern = "no digits"\n'
    )
    read = digitscan("read", "good.png", "--template", "form.toml", "--review-below", "0", "--fail-on-review")
    assert read.code == 1
    assert [field["status"] for field in fields_of(read)] == ["invalid"]


def test_separators_are_kept_when_asked_for(folder: Path, digitscan: Run) -> None:
    image = np.full((90, 420), 235, np.uint8)
    cv2.putText(image, "1,234.50", (30, 65), cv2.FONT_HERSHEY_SIMPLEX, 2, 30, 4, cv2.LINE_AA)
    Image.fromarray(image).save("printed.png")
    asked = ("read", "printed.png", "--layout", "field")
    (with_them,) = fields_of(digitscan(*asked, "--keep-separators"), "printed.png")
    (without,) = fields_of(digitscan(*asked), "printed.png")
    assert (with_them["text"], with_them["plain"]) == ("1,234.50", "123450")
    assert without["text"] == "123450"
    assert "plain" not in without
    assert {**with_them, "text": "", "alternatives": []} == {
        **without,
        "text": "",
        "alternatives": [],
        "plain": "123450",
    }
    as_csv = digitscan(*asked, "--keep-separators", "--format", "csv").out
    assert as_csv.splitlines()[0] == f"{CSV_HEAD},plain"
    (row,) = csv.DictReader(io.StringIO(as_csv))
    assert (row["text"], row["plain"]) == ("1,234.50", "123450")
    assert digitscan(*asked, "--format", "csv").out.splitlines()[0] == CSV_HEAD
    assert " 1,234.50 " in digitscan(*asked, "--keep-separators", "--format", "table").out


def test_workers_keep_separators_too(folder: Path) -> None:
    alone, together = (
        run_process("read", "good.png", "--keep-separators", "--jobs", jobs, cwd=folder) for jobs in (1, 2)
    )
    assert together == alone
    assert all(field["plain"] == field["text"] for field in fields_of(alone))


@pytest.mark.parametrize("kind", ["PNG", "PDF", "TIFF"])
def test_standard_input(kind: str, folder: Path) -> None:
    image = Image.open(folder / "good.png").convert("1")
    options = {"resolution": 200} if kind == "PDF" else {"compression": "group4"} if kind == "TIFF" else {}
    data = encode(image, kind, **options)
    (folder / "same").write_bytes(data)
    piped = run_process("read", "-", "same", cwd=folder, stdin=data)
    assert (piped.code, piped.err) == (0, "")
    assert list(piped.documents) == ["-", "same"]
    assert piped.documents["-"]["pages"] == piped.documents["same"]["pages"]
    (page,) = piped.documents["-"]["pages"]
    assert (page["width"], page["height"], len(page["fields"])) == (900, 520, 3)


def test_list_of_sources(folder: Path, digitscan: Run) -> None:
    shutil.copy("good.png", "with space.png")
    (folder / "list.txt").write_text("with space.png\r\n\nmissing.png\ngood.png\n")
    read = digitscan("read", "@list.txt")
    assert read.code == 3
    assert list(read.documents) == ["with space.png", "missing.png", "good.png"]
    assert read.documents["with space.png"]["pages"] == read.documents["good.png"]["pages"]


def test_layout_decides_where_digits_are(folder: Path, digitscan: Run) -> None:
    whole = fields_of(digitscan("read", "good.png", "--layout", "field"))
    assert [field["box"] for field in whole] == [[0, 0, 900, 520]]
    boxes = fields_of(digitscan("read", "good.png", "--layout", "boxes"))
    assert boxes == fields_of(digitscan("read", "good.png", "--layout", "auto"))
    assert len(boxes) == 3


def test_resolution_of_drawn_pdf_pages(folder: Path, digitscan: Run) -> None:
    page = pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 72] /Contents 4 0 R >>",
            pdf_stream(b"0 0 1 1 re f"),
        ]
    )
    (folder / "drawn.pdf").write_bytes(page)
    for dpi in (72, 150):
        (drawn,) = digitscan("read", "drawn.pdf", "--dpi", dpi).documents["drawn.pdf"]["pages"]
        assert (drawn["width"], drawn["height"]) == (2 * dpi, dpi)


def test_same_page_reads_the_same_twice(folder: Path, digitscan: Run) -> None:
    assert digitscan("read", "good.png") == digitscan("read", "good.png")


def test_progress_is_for_terminals_alone(
    folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy("good.png", "again.png")
    assert digitscan("read", "good.png", "again.png").err == ""
    for format in OutputFormat:
        assert not read_module._shows_progress(False, None, format)
    monkeypatch.setattr(read_module, "_is_terminal", lambda stream: True)
    assert read_module._shows_progress(False, Path("out.csv"), OutputFormat.CSV)
    assert read_module._shows_progress(False, None, OutputFormat.TABLE)
    assert not read_module._shows_progress(False, None, OutputFormat.CSV)
    assert not read_module._shows_progress(True, None, OutputFormat.TABLE)
    assert digitscan("read", "good.png", "again.png", "-o", "out.csv").err != ""


def test_jobs_change_nothing_but_the_time(folder: Path) -> None:
    """Order, errors and exit code are the same; the workers say nothing either."""
    names = [f"{number}.png" for number in range(5)]
    for name in names:
        shutil.copy("good.png", name)
    (folder / "2.png").write_bytes(b"")
    alone, together = (run_process("read", *names, "--jobs", jobs, cwd=folder) for jobs in (1, 2))
    assert together == alone == run_process("read", *names, cwd=folder)
    assert (alone.code, alone.err) == (3, "digitscan: 2.png: the file is empty (0 bytes)\n")
    assert list(alone.documents) == names


def test_pages_that_take_too_long_are_given_up(folder: Path) -> None:
    names = ["good.png", "missing.png", "good.png"]
    read = run_process("read", *names, "--page-timeout", 0.001, cwd=folder)
    given_up = "digitscan: good.png: reading took longer than 0.001 s and was given up\n"
    missing = "digitscan: missing.png: no such file or folder\n"
    assert (read.code, read.err) == (3, given_up + missing + given_up)
    assert read.documents["good.png"]["error"]["code"] == "timeout"


def test_jobs_with_a_broken_model_fail_once(folder: Path) -> None:
    read = run_process("read", "good.png", "--model", "missing", "--jobs", 2, cwd=folder)
    assert (read.code, read.out, read.err) == (4, "", "digitscan: missing: no such model directory\n")


def test_debug_draws_a_picture_a_page(folder: Path) -> None:
    (folder / "scans").mkdir()
    shutil.copy("good.png", "scans/good.png")
    shutil.copy(SAMPLES / "two_pages.tif", "scans/two.tif")
    data = (folder / "good.png").read_bytes()
    sources = ("scans", "good.png", "missing.png", "good.png", "-")
    plain = run_process("read", *sources, cwd=folder, stdin=data)
    drawn = run_process("read", *sources, "--debug", "seen/here", cwd=folder, stdin=data)
    assert drawn == plain
    pictures = {path.name: path.read_bytes() for path in (folder / "seen" / "here").iterdir()}
    assert sorted(pictures) == [
        "good.png-1.png",
        "good.png_2-1.png",
        "scans_good.png-1.png",
        "scans_two.tif-1.png",
        "scans_two.tif-2.png",
        "stdin-1.png",
    ]
    for content in pictures.values():
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None and 1000 <= picture.shape[1] <= 4000
    together = run_process("read", *sources, "--debug", "workers", "--jobs", 2, cwd=folder, stdin=data)
    assert together == plain
    assert {path.name: path.read_bytes() for path in (folder / "workers").iterdir()} == pictures


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_debug_folder_that_cannot_be_written_is_told_at_once(name: str, folder: Path, digitscan: Run) -> None:
    (folder / "file").write_text("")
    read = digitscan("read", "missing.png", "good.png", "--debug", name, "-o", "out.csv")
    cause = "file exists" if name == "file" else "not a directory"
    assert (read.code, read.out, read.err) == (70, "", f"digitscan: cannot write {name}: {cause}\n")
    assert not (folder / "out.csv").exists()


@pytest.mark.parametrize("jobs", [1, 2])
def test_picture_that_cannot_be_written(jobs: int, folder: Path) -> None:
    picture = Path("seen", "good.png-1.png")
    (folder / picture).mkdir(parents=True)
    read = run_process("read", "good.png", "--debug", "seen", "--jobs", jobs, "-o", "out.csv", cwd=folder)
    assert (read.code, read.out, read.err) == (70, "", f"digitscan: cannot write {picture}: is a directory\n")
    assert (folder / "out.csv").read_text() == f"{CSV_HEAD}\n"


def test_debug_needs_nothing_more_installed(
    folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("matplotlib", "PIL", "tensorflow"):
        monkeypatch.setitem(sys.modules, name, None)
    assert digitscan("read", "good.png", "--debug", "seen").code == 0
    assert (folder / "seen" / "good.png-1.png").is_file()
