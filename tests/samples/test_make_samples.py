from __future__ import annotations

import csv
import doctest
import importlib.util
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from PIL import Image, ImageSequence

SAMPLES = Path(__file__).parents[2] / "samples"
LOSSLESS = (
    "invoice_form.png",
    "membership_comb.png",
    "readings_table.png",
    "two_pages.tif",
    "white_on_black.png",
)
LOSSY = ("photo_tally.jpg", "columns.pdf")
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
    with (SAMPLES / "truth.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def make_samples() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_samples"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_samples"]


@pytest.fixture(scope="module")
def drawn_again(make_samples: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("samples")
    make_samples.make_samples(directory)
    return directory


def test_every_sample_is_compared(make_samples: ModuleType) -> None:
    assert sorted(make_samples.SAMPLES) == sorted(LOSSLESS + LOSSY)


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_samples_are_drawn_the_same(drawn_again: Path, name: str) -> None:
    committed, again = read_pages(SAMPLES / name), read_pages(drawn_again / name)
    assert len(committed) == len(again)
    for left, right in zip(committed, again, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_samples_are_drawn_nearly_the_same(drawn_again: Path, name: str) -> None:
    committed, again = read_pages(SAMPLES / name), read_pages(drawn_again / name)
    assert len(committed) == len(again)
    for left, right in zip(committed, again, strict=True):
        assert left.shape == right.shape
        difference = np.abs(left.astype(np.int16) - right.astype(np.int16))
        assert difference.mean() < 0.5
        assert difference.max() < 32


@pytest.mark.parametrize("name", ["truth.csv", "invoice_form.toml"])
def test_text_files_are_written_the_same(drawn_again: Path, name: str) -> None:
    assert (drawn_again / name).read_text(encoding="utf-8") == (SAMPLES / name).read_text(encoding="utf-8")


def test_samples_stay_small() -> None:
    names = (*LOSSLESS, *LOSSY, "truth.csv", "invoice_form.toml", "make_samples.py", "README.md")
    assert sum((SAMPLES / name).stat().st_size for name in names) < 2_000_000


@pytest.mark.parametrize("name", LOSSLESS + LOSSY)
def test_true_boxes_lie_inside_their_pages(name: str) -> None:
    pages = read_pages(SAMPLES / name)
    rows = [row for row in read_truth() if row["source"] == name]
    assert {int(row["page"]) for row in rows} == set(range(1, len(pages) + 1))
    for row in rows:
        height, width = pages[int(row["page"]) - 1].shape
        x, y, wide, tall = (int(row[key]) for key in ("x", "y", "width", "height"))
        assert 0 <= x < x + wide <= width and 0 <= y < y + tall <= height, row


def test_truth_names_each_field_once_and_holds_digits() -> None:
    rows = read_truth()
    assert len({(row["source"], row["page"], row["field"]) for row in rows}) == len(rows)
    assert all(row["text"] == "" or (row["text"].isascii() and row["text"].isdigit()) for row in rows)


def test_printed_boxes_lie_where_the_truth_says() -> None:
    (page,) = read_pages(SAMPLES / "invoice_form.png")
    for row in read_truth():
        if row["source"] == "invoice_form.png":
            x, y, wide, tall = (int(row[key]) for key in ("x", "y", "width", "height"))
            for line in (page[y + 1, x : x + wide], page[y + tall - 2, x : x + wide]):
                assert (line == 0).mean() > 0.98, row
            for line in (page[y : y + tall, x + 1], page[y : y + tall, x + wide - 2]):
                assert (line == 0).mean() > 0.98, row


def test_template_has_the_boxes_of_the_truth() -> None:
    template = tomllib.loads((SAMPLES / "invoice_form.toml").read_text(encoding="utf-8"))
    (page,) = read_pages(SAMPLES / "invoice_form.png")
    assert (template["page"]["height"], template["page"]["width"]) == page.shape
    truth = {
        row["field"]: [int(row[key]) for key in ("x", "y", "width", "height")]
        for row in read_truth()
        if row["source"] == "invoice_form.png"
    }
    assert {field["name"]: field["box"] for field in template["fields"]} == truth


@pytest.mark.parametrize("seed", range(5))
def test_written_digits_stay_apart(make_samples: ModuleType, seed: int) -> None:
    page = make_samples.blank_page(800, 120)
    style = make_samples.Style(digit=50, rule=0, label=0, gap=3)
    text = "0123456789"
    x, y, width, height = make_samples.write_digits(page, text, 20, 90, style, np.random.default_rng(seed))
    written = page < 255
    columns = np.flatnonzero(written.any(axis=0))
    rows = np.flatnonzero(written.any(axis=1))
    assert (x, y, x + width, y + height) == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    gaps = np.diff(columns) - 1
    assert (gaps >= style.gap).sum() >= len(text) - 1


def test_digits_too_wide_for_a_box_are_refused(make_samples: ModuleType) -> None:
    style = make_samples.Style(digit=40, rule=2, label=0)
    with pytest.raises(ValueError, match="does not fit"):
        make_samples.write_in_box(
            make_samples.blank_page(600, 100), "2468", (10, 10, 90, 70), style, np.random.default_rng(0)
        )


def test_rotated_box_holds_the_rotated_ink(make_samples: ModuleType) -> None:
    box = (60, 40, 120, 50)
    page = make_samples.blank_page(300, 200)
    make_samples.rule_line(page, *box)
    x, y, width, height = make_samples.ink_bounds(255 - make_samples.rotate_page(page, 5.0))
    turned = make_samples.rotate_box(box, 5.0, 300, 200)
    assert (
        np.abs(
            np.subtract((x, y, x + width, y + height), (*turned[:2], *np.add(turned[:2], turned[2:])))
        ).max()
        <= 2
    )


def test_examples_in_docstrings(make_samples: ModuleType) -> None:
    result = doctest.testmod(make_samples)
    assert result.attempted > 0 and result.failed == 0
