"""``digitscan read --template``: pages of a form among others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from .program import Run

Page = NDArray[np.uint8]

BOXES = {1: ((60, 60, 300, 80), (60, 200, 480, 80)), 2: ((300, 60, 240, 80), (60, 260, 160, 90))}
TICK = (60, 340, 36, 36)


def draw_page(number: int) -> Page:
    page = np.full((400, 600), 240, np.uint8)
    for x, y, width, height in BOXES[number] + ((TICK,) if number == 1 else ()):
        cv2.rectangle(page, (x, y), (x + width, y + height), 40, 3)
    return page


def prose() -> Page:
    page = np.full((400, 600), 240, np.uint8)
    for line in range(8):
        place = (30, 50 + 42 * line)
        cv2.putText(page, "members pay the yearly fee", place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 40, 2)
    return page


def template(*numbers: int, reference: str = "") -> str:
    lines = ['name = "club"']
    for number in numbers:
        lines += ["[[pages]]", "width = 600", "height = 400"]
        lines += [f"reference = {reference}"] if reference else []
        for place, box in enumerate(BOXES[number]):
            lines += ["[[pages.fields]]", f'name = "page_{number}_{place}"', f"box = {list(box)}"]
        if number == 1:
            lines += ["[[pages.fields]]", 'name = "paid"', f"box = {list(TICK)}", 'kind = "mark"']
    return "\n".join(lines)


def save_pages(path: Path, *pages: Page) -> None:
    assert cv2.imwritemulti(str(path), list(pages))


def fields_by_page(document: dict[str, Any]) -> list[list[str]]:
    return [[field["name"] for field in page["fields"]] for page in document["pages"]]


FIRST, SECOND = ["page_1_0", "page_1_1", "paid"], ["page_2_0", "page_2_1"]


def test_pages_that_do_not_fit_stop_no_others(folder: Path, digitscan: Run) -> None:
    save_pages(folder / "mixed.tif", draw_page(2), prose(), draw_page(1))
    save_pages(folder / "turned.tif", np.ascontiguousarray(np.rot90(draw_page(1))))
    (folder / "form.toml").write_text(template(1, 2))
    read = digitscan("read", "mixed.tif", "turned.tif", "--template", "form.toml")
    assert read.code == 3
    assert read.err.startswith("digitscan: mixed.tif: page 2: does not fit the template club")
    assert read.err.count("\n") == 1
    mixed, turned = read.documents["mixed.tif"], read.documents["turned.tif"]
    assert (mixed["error"]["code"], turned["error"]) == ("template_mismatch", None)
    assert fields_by_page(mixed) == [SECOND, [], FIRST]
    assert fields_by_page(turned) == [FIRST]
    assert [page["template"] for page in mixed["pages"]] == ["club"] * 3
    assert [page.get("error", {}).get("code") for page in mixed["pages"]] == [None, "template_mismatch", None]
    assert ["alignment" in page for page in mixed["pages"]] == [True, False, True]
    assert mixed["pages"][0]["alignment"] == {"method": "boxes", "quality": 1.0, "degrees": 0.0}
    assert abs(turned["pages"][0]["alignment"]["degrees"]) == pytest.approx(90, abs=0.2)
    paid = turned["pages"][0]["fields"][2]
    assert (paid["checked"], paid["text"], paid["status"]) == (False, "", "ok")
    # The page lies turned counter-clockwise: what was at the left is at the bottom.
    x, y, width, height = TICK
    left, top, across, down = paid["box"]
    assert y <= left + across / 2 <= y + height
    assert 600 - x - width <= top + down / 2 <= 600 - x


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ('"missing.png"', "missing.png: no such file"),
        ('"form.toml"', "form.toml: "),
        ('"good.png"', "good.png: has 900 x 520 pixels, another shape than the page of 600 x 400"),
        ('"."', ""),
        ('"two\\nlines.png"', ""),
        ('"nul\\u0000.png"', ""),
    ],
)
def test_reference_that_cannot_be_used_is_one_line(
    reference: str, says: str, folder: Path, digitscan: Run
) -> None:
    (folder / "form.toml").write_text(template(1, reference=reference))
    read = digitscan("read", "good.png", "--template", "form.toml")
    assert (read.code, read.out) == (4, "")
    assert read.err.startswith("digitscan: ") and says in read.err and read.err.count("\n") == 1


def test_without_a_template_pages_have_no_form(folder: Path, digitscan: Run) -> None:
    (page,) = digitscan("read", "good.png").documents["good.png"]["pages"]
    assert page.keys() == {"page", "width", "height", "fields"}
    assert all("checked" not in field for field in page["fields"])
