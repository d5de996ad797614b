from __future__ import annotations

from collections.abc import Callable
from math import cos, radians, sin

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.classifier import Classifier, default_model
from digitscan.data.typefaces import OPENCV_FONTS, Typeface
from digitscan.options import Layout
from digitscan.reader import Reader
from digitscan.results import FieldResult
from digitscan.segmentation import Candidate, segment
from digitscan.separators import Mark, find_separators, name_mark
from digitscan.template import Template
from digitscan.training.drawing.printing import print_line

from .drawing import Array, arbitrary, canvas, enlarged, page

PEN = 8
"""Width of the strokes below in pixels."""

Draw = Callable[[Array, int, int, float], None]


def stroke(field: Array, start: tuple[float, float], end: tuple[float, float], pen: float = PEN) -> None:
    """Draw a stroke; positions to a quarter of a pixel."""
    first, last = ((round(4 * x), round(4 * y)) for x, y in (start, end))
    cv2.line(field, first, last, 255, max(1, round(pen)), cv2.LINE_AA, 2)


def point(field: Array, x: int, base: int, height: float) -> None:
    cv2.circle(field, (x, round(base - 0.05 * height)), round(0.07 * height), 255, -1, cv2.LINE_AA)


def comma(field: Array, x: int, base: int, height: float) -> None:
    stroke(field, (x + 0.05 * height, base - 0.06 * height), (x - 0.06 * height, base + 0.18 * height))


def dash(field: Array, x: int, base: int, height: float) -> None:
    stroke(field, (x - 0.16 * height, base - 0.44 * height), (x + 0.16 * height, base - 0.47 * height))


def slash(field: Array, x: int, base: int, height: float) -> None:
    stroke(field, (x - 0.2 * height, base + 0.05 * height), (x + 0.2 * height, base - 1.05 * height))


DRAW: dict[str, Draw] = {".": point, ",": comma, "-": dash, "/": slash}


def blocks(*marks: Draw, size: float = 80) -> tuple[list[Candidate], Array]:
    """Two bars for digits with marks between them; gives the bars' candidates and the field."""
    field = np.zeros((round(2 * size), round(4 * size)), np.uint8)
    base = round(1.5 * size)
    for x in (size, 3 * size):
        stroke(field, (x, base - size + PEN / 2), (x, base - PEN / 2))
    for mark in marks:
        mark(field, round(2 * size), base, size)
    lattice = segment(field)
    ends = (0.9 * size, 3.1 * size)
    bars = [
        c
        for c in lattice.candidates
        if c.stop == c.start + 1 and not ends[0] + PEN < c.box[0] < ends[1] - 2 * PEN
    ]
    assert len(bars) == 2
    return bars, field


@pytest.mark.parametrize("size", [40, 80, 200])
@pytest.mark.parametrize("name", DRAW)
def test_each_kind_is_named_at_any_size(name: str, size: float) -> None:
    small, field = blocks(DRAW[name])
    scale = size / 80
    resized = cv2.resize(field, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    bars = [c for c in segment(resized).candidates if c.box[0] < size * 1.2 or c.box[0] > size * 2.8]
    assert len(small) == len(bars) == 2
    assert find_separators(bars, resized, (0, 0)) == (name,)


def test_nothing_between_digits_is_no_separator() -> None:
    bars, field = blocks()
    assert find_separators(bars, field, (0, 0)) == ("",)
    assert find_separators(bars[:1], field, (0, 0)) == ()
    assert find_separators([], field, (0, 0)) == ()


def line(x0: float, y0: float, x1: float, y1: float, pen: float = PEN) -> Draw:
    """A stroke between places in digit heights beside the middle of the gap, upwards from the base line."""

    def draw(field: Array, x: int, base: int, height: float) -> None:
        stroke(field, (x + x0 * height, base - y0 * height), (x + x1 * height, base - y1 * height), pen)

    return draw


@pytest.mark.parametrize(
    "marks",
    [
        pytest.param((line(-0.05, 0.95, 0.0, 1.0),), id="apostrophe"),
        pytest.param((line(-0.4, 0.0, 0.4, 0.0),), id="rest of a rule below"),
        pytest.param((line(-0.4, 1.0, 0.4, 1.0),), id="rest of a rule above"),
        pytest.param((line(0.0, 0.1, 0.0, 0.9),), id="upright stroke"),
        pytest.param((line(0.2, 0.0, -0.2, 1.0),), id="stroke that leans to the left"),
        pytest.param((line(-0.3, 0.4, 0.3, 0.6, 60),), id="blot"),
        pytest.param((line(0.0, 0.1, 0.0, 0.1, 2),), id="speck"),
        pytest.param((line(-0.2, 0.35, 0.2, 0.35), line(-0.2, 0.6, 0.2, 0.6)), id="equals sign"),
        pytest.param((line(0, 0.05, 0, 0.05, 12), line(0, 0.5, 0, 0.5, 12)), id="colon"),
        pytest.param((line(-0.8, 0.5, -1.1, 0.5),), id="touching a digit"),
    ],
)
def test_what_fits_no_separator_is_left_out(marks: tuple[Draw, ...]) -> None:
    bars, field = blocks(*marks)
    assert find_separators(bars, field, (0, 0)) == ("",)


def test_dirt_beside_a_separator_does_not_hide_it() -> None:
    bars, field = blocks(point, line(0.3, 0.4, 0.3, 0.4, 3), line(-0.3, 0.8, -0.3, 0.8, 3))
    assert find_separators(bars, field, (0, 0)) == (".",)


def test_point_that_a_digit_took_for_a_part_of_it_is_found() -> None:
    """A candidate may be a digit with a point at its foot: they read no worse than the digit alone."""
    field = np.zeros((120, 260), np.uint8)
    for x in (60, 190):
        stroke(field, (x, 24), (x, 96))
    point(field, 84, 100, 80)
    candidates = segment(field).candidates
    merged = next(c for c in candidates if c.box[0] < 70 and c.box[0] + c.box[2] > 80)
    last = next(c for c in candidates if c.box[0] > 150)
    assert find_separators([merged, last], field, (0, 0)) == (".",)


def test_separators_are_found_where_the_field_lies_on_the_page() -> None:
    field = blocks(dash)[1]
    origin = (1000.0, 400.0)
    bars = [c for c in segment(field, origin).candidates if not 1100 < c.box[0] < 1220]
    assert find_separators(bars, field, origin) == ("-",)


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(((0, 1), (0, 1), (0, 0.6), (0, 0.6)), id="cents written higher and smaller"),
        pytest.param(((0, 1), (0, 2.05), (0, 1), (0, 1)), id="digit with a long tail before it"),
        pytest.param(((0, 1), (0, 1), (0, 1.5), (0, 1)), id="digit with a long tail behind it"),
    ],
)
def test_base_line_is_that_of_most_digits_beside_a_separator(
    ends: tuple[tuple[float, float], ...],
) -> None:
    field = np.zeros((200, 460), np.uint8)
    for x, (top, bottom) in zip((60, 120, 240, 290), ends, strict=True):
        stroke(field, (x, 44 + 72 * top), (x, 44 + 72 * bottom))
    comma(field, 180, 120, 80)
    bars = [c for c in segment(field).candidates if not 150 < c.box[0] < 210 and c.stop == c.start + 1]
    assert find_separators(bars, field, (0, 0)) == ("", ",", "")


def test_one_that_leans_is_no_slash() -> None:
    field = blocks(slash)[1]
    cv2.circle(field, (172, 64), 9, 255, -1)  # so that its ink has its middle beside that of its box
    digits = [c for c in segment(field).candidates if c.stop == c.start + 1]
    assert len(digits) == 3
    assert find_separators(digits, field, (0, 0)) == ("", "")
    assert find_separators([digits[0], digits[2]], field, (0, 0)) == ("/",)


@arbitrary
@given(
    st.floats(0, 180),
    st.floats(0.05, 1.5),
    st.floats(1, 20),
    st.floats(-0.5, 2.0),
)
def test_any_bar_has_one_name_at_any_size(angle: float, length: float, long: float, place: float) -> None:
    names = set()
    for height in (20.0, 75.0):
        size, breadth = length * height, length * height / long
        tall = size * abs(sin(radians(angle))) + breadth * abs(cos(radians(angle)))
        mark = Mark(0.0, 50 + place * height, size, breadth, angle, tall, size * breadth)
        names.add(name_mark(mark, 50.0, 50 + height, height))
    assert len(names) == 1
    assert names <= {"", ".", ",", "-", "/"}
    if place < 0.2:
        assert names <= {"", "/"}  # nothing is written at the top of a line


@pytest.fixture(scope="module")
def readers() -> dict[bool, Reader]:
    """Readers of whole images, with and without separators."""
    classifier = Classifier(default_model())
    return {
        keep: Reader(classifier, layout=Layout.FIELD, keep_separators=keep, review_below=0)
        for keep in (False, True)
    }


CHOSEN = (3, 505, 1007, 1502, 2001, 2503, 3001, 3505, 4001, 4507)
"""Digits of each class that stand alone for themselves."""


def written(digits: Array, text: str, times: int = 3) -> Array:
    """A page with a text in one hand: digits of MNIST and drawn separators."""
    height = 20 * times
    field = np.zeros((28 * times + 40, (len(text) + 2) * 24 * times), np.uint8)
    base, x = 24 * times + 20, 12 * times
    for character in text:
        if character.isdigit():
            large = enlarged(digits[CHOSEN[int(character)]], times, cv2.INTER_CUBIC)
            left, _, width, _ = cv2.boundingRect((large >= 64).astype(np.uint8))
            field = np.maximum(
                field, canvas(*field.shape, (large[:, left : left + width], x, base - 24 * times))
            )
            x += width + 4 * times
        else:
            DRAW.get(character, dash)(field, x + 3 * times, base, height)
            x += 10 * times
    return page(field)


def only_field(reader: Reader, image: Array) -> FieldResult:
    (field,) = reader.read_page(image).fields
    return field


@pytest.mark.parametrize("text", ["38.117", "38.117,50", "1-800-55", "04-05-2021", "2.348", "6,50", "90210"])
@pytest.mark.parametrize("times", [2, 4])
def test_written_strings_keep_their_separators(
    text: str, times: int, digits: Array, readers: dict[bool, Reader]
) -> None:
    field = only_field(readers[True], written(digits, text, times))
    plain = "".join(filter(str.isdigit, text))
    assert (field.text, field.plain) == (text, plain)
    assert "".join(digit.text for digit in field.digits) == plain


@pytest.mark.parametrize("ends", [("", ".-"), ("", ","), ("", "-"), ("-", "-")])
def test_marks_before_and_behind_the_digits_are_left_out(
    ends: tuple[str, str], digits: Array, readers: dict[bool, Reader]
) -> None:
    before, behind = ends
    field = only_field(readers[True], written(digits, f"{before}2.350{behind}"))
    assert (field.text, field.plain) == ("2.350", "2350")


def test_texts_differ_by_separators_alone(digits: Array, readers: dict[bool, Reader]) -> None:
    """What is read, how surely, and all else are the same with the option and without."""
    rng = np.random.default_rng(5)
    kept = 0
    for _ in range(12):
        text = "".join(rng.choice(list("0123456789.,-/"), 8))
        image = written(digits, text, int(rng.integers(2, 5)))
        without, with_them = (only_field(readers[keep], image) for keep in (False, True))
        assert without.plain is None
        assert with_them.plain == without.text
        texts, plain = (
            [field.text, *(alternative.text for alternative in field.alternatives)]
            for field in (with_them, without)
        )
        assert ["".join(filter(str.isdigit, text)) for text in texts] == plain
        kept += sum(one != other for one, other in zip(texts, plain, strict=True))
        changed = {"text", "plain", "alternatives"}
        assert with_them.model_dump(exclude=changed) == without.model_dump(exclude=changed)
        confidences = [[a.confidence for a in field.alternatives] for field in (with_them, without)]
        assert confidences[0] == confidences[1]
    assert kept > 20


@pytest.mark.parametrize("text", ["1,234.50", "38.117", "2021-05-12", "1-800-555"])
@pytest.mark.parametrize("typeface", OPENCV_FONTS[:2], ids=("simplex", "plain"))
@pytest.mark.parametrize("height", [24, 60])
def test_printed_strings_keep_their_separators(
    text: str, typeface: Typeface, height: int, readers: dict[bool, Reader]
) -> None:
    image = page(np.pad(print_line(text, typeface, height, 0.1 * height).ink, height))
    assert only_field(readers[True], image).text == text


def test_hanging_comma_of_a_found_line_is_kept(digits: Array) -> None:
    """The box of a line that was found is that of its digits; a comma hangs out of it."""
    reader = Reader(Classifier(default_model()), layout=Layout.LINES, keep_separators=True)
    image = np.pad(written(digits, "38,50"), 60, constant_values=235)
    assert [field.text for field in reader.read_page(image).fields] == ["38,50"]


def test_rules_of_a_template_judge_the_digits_alone(digits: Array) -> None:
    image = written(digits, "38.117")
    height, width = image.shape
    form = {
        "name": "slip",
        "page": {"width": width, "height": height},
        "fields": [{"name": "amount", "box": [0, 0, width, height], "length": 5, "pattern": r"3\d+"}],
    }
    reader = Reader(Classifier(default_model()), template=Template.model_validate(form), keep_separators=True)
    field = only_field(reader, image)
    assert (field.text, field.plain) == ("38.117", "38117")
    assert field.status != "invalid"


def test_empty_field_is_plainly_empty(readers: dict[bool, Reader]) -> None:
    blank = np.full((80, 200), 235, np.uint8)
    assert [only_field(readers[keep], blank).plain for keep in (False, True)] == [None, ""]
