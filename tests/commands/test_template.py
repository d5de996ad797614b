"""``digitscan template``: the files that it writes, and what it refuses."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.alignment import Alignment
from digitscan.cli import main
from digitscan.forms.picture import BOX, COMB, MARK
from digitscan.results import AlignmentResult
from digitscan.straightening import Straightening
from digitscan.template import TemplatePage, load_template

SAMPLES = Path(__file__).parents[2] / "samples"
HEAD = 'name = "slip"\n[page]\nwidth = 900\nheight = 520\n'
FIELDS = """
[[fields]]
name = "film"
box = [384, 134, 432, 78]
[[fields]]
name = "frame"
box = [384, 254, 312, 78]
cells = 4
[[fields]]
name = "paid"
box = [40, 400, 30, 30]
kind = "mark"
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def template(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Run]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["digitscan", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as finished:
            main()
        out, err = capfd.readouterr()
        assert isinstance(finished.value.code, int)
        return finished.value.code, out, err

    yield run


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def load(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture


def has(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(picture.astype(int) - colour).max(axis=2) < 40).any())


# draft


def test_draft_of_one_page(template: Run, tmp_path: Path) -> None:
    code, out, err = template("template", "draft", SAMPLES / "membership_comb.png", "-o", "form.toml")
    assert (code, err) == (0, "")
    told = "form.toml: form, 1 page, 7 fields (0 marks, 7 combs, 0 with rules)\n"
    assert out == f"{told}form.preview.png: shows them\n"
    assert files(tmp_path) == ["form.png", "form.preview.png", "form.toml"]
    form = load_template(tmp_path / "form.toml")
    assert form.pages[0].reference == "form.png"
    preview = load(tmp_path / "form.preview.png")
    assert preview.shape == (1165, 1654, 3)
    assert has(preview, COMB) and not has(preview, MARK)
    assert template("template", "check", "form.toml") == (0, told, "")


def test_draft_of_several_pages_with_one_askew(template: Run, tmp_path: Path) -> None:
    code, out, err = template("template", "draft", SAMPLES / "two_pages.tif", "-o", "trip.toml")
    assert (code, err) == (0, "")
    assert out.splitlines()[1:] == [f"trip-{number}.preview.png: shows them" for number in (1, 2)]
    pictures = [f"trip-{number}{kind}.png" for number in (1, 2) for kind in ("", ".preview")]
    assert files(tmp_path) == sorted([*pictures, "trip.toml"])
    form = load_template(tmp_path / "trip.toml")
    assert [page.reference for page in form.pages] == ["trip-1.png", "trip-2.png"]
    assert [field.name for field in form.fields] == [f"field_{number}" for number in range(1, 13)]
    # What the template describes is the straightened page: its boxes are in one column again.
    assert len({field.box[0] for field in form.pages[1].fields}) == 1


def test_drafted_template_reads_as_well_as_one_made_by_hand(template: Run) -> None:
    scan = SAMPLES / "invoice_form.png"
    assert template("template", "draft", scan, "-o", "form.toml")[0] == 0
    texts = []
    for form in ("form.toml", SAMPLES / "invoice_form.toml"):
        code, out, _ = template("read", scan, "--template", form, "--format", "json")
        assert code == 0
        (page,) = json.loads(out)["documents"][0]["pages"]
        texts.append([field["text"] for field in page["fields"]])
    assert texts[0] == texts[1]


def test_page_without_boxes_writes_nothing(template: Run, tmp_path: Path) -> None:
    code, out, err = template("template", "draft", SAMPLES / "columns.pdf", "-o", "form.toml")
    assert (code, out) == (3, "")
    assert err == f"digitscan: {SAMPLES / 'columns.pdf'}: page 1: no boxes, combs or tick boxes were found\n"
    assert files(tmp_path) == []


@pytest.mark.parametrize("existing", ["form.toml", "form.png", "form.preview.png"])
def test_nothing_is_overwritten_unless_forced(existing: str, template: Run, tmp_path: Path) -> None:
    (tmp_path / existing).write_text("mine")
    scan = SAMPLES / "white_on_black.png"
    code, _, err = template("template", "draft", scan, "-o", "form.toml")
    assert (code, err) == (2, f"digitscan: {existing} exists; --force overwrites it\n")
    assert files(tmp_path) == [existing]
    assert (tmp_path / existing).read_text() == "mine"
    assert template("template", "draft", scan, "-o", "form.toml", "--force")[0] == 0
    assert len(load_template(tmp_path / "form.toml").fields) == 3


def test_scan_is_never_overwritten(template: Run, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "white_on_black.png", tmp_path / "form.png")
    before = (tmp_path / "form.png").read_bytes()
    code, _, err = template("template", "draft", "form.png", "-o", "form.toml", "--force")
    assert (code, err) == (2, "digitscan: form.png is the scan itself; give the template another name\n")
    assert files(tmp_path) == ["form.png"] and (tmp_path / "form.png").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "cause"),
    [
        (["draft", "missing.png", "-o", "form.toml"], 3, "missing.png: no such file or folder"),
        (["draft", "missing.png", "-o", "form.png"], 2, "-o form.png: give a name that ends in .toml"),
        (["draft", SAMPLES, "-o", "form.toml"], 2, f"{SAMPLES}: names several files; give one"),
        (
            ["preview", "form.toml", "missing.png", "-o", "p.jpg"],
            2,
            "-o p.jpg: give a name that ends in .png",
        ),
        (["preview", "form.toml", "missing.png", "-o", "p.png"], 4, "form.toml: no such file or directory"),
    ],
)
def test_what_cannot_work_is_one_line(
    arguments: list[object], code: int, cause: str, template: Run, tmp_path: Path
) -> None:
    assert template("template", *arguments) == (code, "", f"digitscan: {cause}\n")
    assert files(tmp_path) == []


# check


def test_check_goes_on_after_a_wrong_file(template: Run, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(HEAD + FIELDS.replace("cells = 4", "cells = 4\nlength = 4"))
    (tmp_path / "bad.toml").write_text(HEAD + FIELDS.replace("[384, 134,", "[800, 134,"))
    code, out, err = template("template", "check", "bad.toml", "missing.toml", "good.toml")
    assert code == 4
    assert out == "good.toml: slip, 1 page, 3 fields (1 mark, 1 comb, 1 with rules)\n"
    first, second = err.splitlines()
    assert first.startswith("digitscan: bad.toml: field 'film': box: ")
    assert second == "digitscan: missing.toml: no such file or directory"


@pytest.mark.parametrize(
    ("reference", "good"),
    [("same.png", True), ("other.png", False), ("missing.png", False), ("form.toml", False)],
)
def test_check_looks_at_the_reference(reference: str, good: bool, template: Run, tmp_path: Path) -> None:
    same = np.full((263, 450), 255, np.uint8)  # half as large, 1.1 % off
    for x in range(40, 400, 60):
        cv2.rectangle(same, (x, 60), (x + 30, 200), 0, 2)
    cv2.imwrite(str(tmp_path / "same.png"), same)
    cv2.imwrite(str(tmp_path / "other.png"), np.full((535, 900), 255, np.uint8))  # 2.9 % off
    (tmp_path / "form.toml").write_text(f'{HEAD}reference = "{reference}"\n{FIELDS}')
    code, out, err = template("template", "check", "form.toml")
    assert code == (0 if good else 4)
    assert bool(out) == good
    if not good:
        assert err.startswith("digitscan: form.toml: reference ") and reference in err
        assert err.count("\n") == 1


# preview

TURN = Straightening.turn(90.0, (900, 900))


class QuarterTurn:
    """Takes every page for one that lies on its side; a black one does not fit."""

    def __init__(self, page: TemplatePage, folder: Path) -> None:
        assert page.width in (900, 901)

    def align(self, grey: NDArray[np.uint8]) -> Alignment | None:
        if not grey.any():
            return None
        return Alignment(TURN, AlignmentResult(method="boxes", quality=1.0, degrees=90.0))


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("digitscan.alignment.Aligner", QuarterTurn)
    (tmp_path / "form.toml").write_text(HEAD.replace("520", "900") + FIELDS)
    return tmp_path


def test_preview_draws_fields_where_they_are_on_the_page_as_given(template: Run, form: Path) -> None:
    cv2.imwrite(str(form / "scan.png"), np.full((900, 900), 255, np.uint8))
    assert template("template", "preview", "form.toml", "scan.png", "-o", "out.png") == (0, "", "")
    assert files(form) == ["form.toml", "out.png", "scan.png"]
    picture = load(form / "out.png")

    def near(x: float, y: float) -> NDArray[np.uint8]:
        ((across, down),) = TURN.back(np.array([(x, y)], np.float64)).round().astype(int)
        return picture[down - 2 : down + 3, across - 2 : across + 3]

    assert has(near(384, 173), BOX) and has(near(600, 212), BOX)
    assert has(near(384 + 78, 300), COMB)  # a border between cells
    assert has(near(40, 415), MARK)
    assert not has(near(384 + 108, 173), BOX)


def test_page_that_does_not_fit_is_told_and_the_others_are_drawn(template: Run, form: Path) -> None:
    pages = [np.full((900, 900), shade, np.uint8) for shade in (255, 0, 240)]
    cv2.imwritemulti(str(form / "scan.tif"), pages)
    code, out, err = template("template", "preview", "form.toml", "scan.tif", "-o", "out.png")
    assert (code, out) == (3, "")
    assert err == "digitscan: scan.tif: page 2: does not fit page 1 of form.toml\n"
    assert files(form) == ["form.toml", "out-1.png", "out-3.png", "scan.tif"]


def test_pages_of_a_scan_go_with_the_pages_of_the_form_in_turn(template: Run, form: Path) -> None:
    first = HEAD.replace("520", "900").replace("[page]", "[[pages]]")
    second = "[[pages]]\nwidth = 900\nheight = 900\n"
    mark = '[[pages.fields]]\nname = "x"\nbox = [40, 400, 90, 90]\nkind = "mark"\n'
    box = '[[pages.fields]]\nname = "y"\nbox = [40, 400, 90, 90]\n'
    (form / "form.toml").write_text(first + mark + second + box)
    cv2.imwritemulti(str(form / "scan.tif"), [np.full((900, 900), 255, np.uint8)] * 3)
    assert template("template", "preview", "form.toml", "scan.tif", "-o", "out.png")[0] == 0
    pictures = [load(form / f"out-{number}.png") for number in (1, 2, 3)]
    assert [has(picture, MARK) for picture in pictures] == [True, False, True]
    assert [has(picture, BOX) for picture in pictures] == [False, True, False]
