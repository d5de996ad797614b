from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import club
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from make_samples import SAMPLES, make_samples
from PIL import Image, ImageSequence

FOLDER = Path(__file__).parents[2] / "samples"
LOSSLESS = (
    "invoice_form.png",
    "membership_comb.png",
    "readings_table.png",
    "two_pages.tif",
    "white_on_black.png",
    "rowing_club.png",
)
LOSSY = ("photo_tally.jpg", "columns.pdf", "rowing_club_filled.jpg")
MARKS = ("true", "false")
"""What the truth has of a box to tick."""
Gray = npt.NDArray[np.uint8]


def read_pages(path: Path) -> list[Gray]:
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        try:
            return [np.array(page.render(scale=200 / 72, grayscale=True).to_pil()) for page in document]
        finally:
            document.close()
    with Image.open(path) as image:
        return [np.array(frame.convert("L")) for frame in ImageSequence.Iterator(image)]


def read_truth() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for name in ("truth.csv", "rowing_club.csv"):
        with (FOLDER / name).open(newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


@pytest.fixture(scope="module")
def drawn_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("samples")
    make_samples(directory)
    return directory


def test_every_sample_is_compared() -> None:
    assert sorted(SAMPLES) == sorted(LOSSLESS + LOSSY)


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_samples_are_drawn_the_same(drawn_again: Path, name: str) -> None:
    committed, again = read_pages(FOLDER / name), read_pages(drawn_again / name)
    assert len(committed) == len(again)
    for left, right in zip(committed, again, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_samples_are_drawn_nearly_the_same(drawn_again: Path, name: str) -> None:
    committed, again = read_pages(FOLDER / name), read_pages(drawn_again / name)
    assert len(committed) == len(again)
    for left, right in zip(committed, again, strict=True):
        assert left.shape == right.shape
        difference = np.abs(left.astype(np.int16) - right.astype(np.int16))
        assert difference.mean() < 0.5
        assert difference.max() < 32


@pytest.mark.parametrize("name", ["truth.csv", "rowing_club.csv", "invoice_form.toml"])
def test_text_files_are_written_the_same(drawn_again: Path, name: str) -> None:
    assert (drawn_again / name).read_text(encoding="utf-8") == (FOLDER / name).read_text(encoding="utf-8")


def test_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 2_000_000


@pytest.mark.parametrize("name", LOSSLESS + LOSSY)
def test_true_boxes_lie_inside_their_pages(name: str) -> None:
    pages = read_pages(FOLDER / name)
    rows = [row for row in read_truth() if row["source"] == name]
    assert {int(row["page"]) for row in rows} == set(range(1, len(pages) + 1))
    for row in rows:
        height, width = pages[int(row["page"]) - 1].shape
        x, y, wide, tall = (int(row[key]) for key in ("x", "y", "width", "height"))
        assert 0 <= x < x + wide <= width and 0 <= y < y + tall <= height, row


def test_truth_names_each_field_once_and_holds_digits_or_marks() -> None:
    rows = read_truth()
    assert len({(row["source"], row["page"], row["field"]) for row in rows}) == len(rows)
    marks = {(row["source"], row["field"]) for row in rows if row["text"] in MARKS}
    assert {field for _, field in marks} == {field.name for field in club.BLANK if field.is_mark}
    for row in rows:
        if (row["source"], row["field"]) not in marks:
            assert row["text"] == "" or (row["text"].isascii() and row["text"].isdigit()), row


@pytest.mark.parametrize("name", ["invoice_form.png", "rowing_club.png"])
def test_printed_boxes_lie_where_the_truth_says(name: str) -> None:
    (page,) = read_pages(FOLDER / name)
    for row in read_truth():
        if row["source"] == name:
            x, y, wide, tall = (int(row[key]) for key in ("x", "y", "width", "height"))
            for line in (page[y + 1, x : x + wide], page[y + tall - 2, x : x + wide]):
                assert (line == 0).mean() > 0.98, row
            for line in (page[y : y + tall, x + 1], page[y : y + tall, x + wide - 2]):
                assert (line == 0).mean() > 0.98, row


def test_template_has_the_boxes_of_the_truth() -> None:
    template = tomllib.loads((FOLDER / "invoice_form.toml").read_text(encoding="utf-8"))
    (page,) = read_pages(FOLDER / "invoice_form.png")
    assert (template["page"]["height"], template["page"]["width"]) == page.shape
    truth = {
        row["field"]: [int(row[key]) for key in ("x", "y", "width", "height")]
        for row in read_truth()
        if row["source"] == "invoice_form.png"
    }
    assert {field["name"]: field["box"] for field in template["fields"]} == truth
