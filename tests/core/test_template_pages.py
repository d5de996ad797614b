"""Templates of several pages, in millimetres, and with marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitscan.errors import TemplateError
from digitscan.template import load_template

from .drawing import arbitrary
from .test_template import mistake, saved

PAGES = """
name = "claim"
[[pages]]
width = 1000
height = 2000
reference = "first.png"
[[pages.fields]]
name = "number"
box = [100, 200, 300, 50]
cells = 6
[[pages.fields]]
name = "agreed"
box = [500, 200, 40, 40]
kind = "mark"
[[pages]]
unit = "mm"
width = 210
height = 297.5
[[pages.fields]]
name = "total"
box = [100.5, 200, 30.25, 8]
max_length = 5
"""

SINGLE = """
name = "claim"
[page]
width = 1000
height = 2000
[[fields]]
name = "number"
box = [100, 200, 300, 50]
"""


def test_pages_have_their_own_sizes_units_and_fields(tmp_path: Path) -> None:
    template = load_template(saved(tmp_path / "form.toml", PAGES))
    first, second = template.pages
    assert (first.unit, first.width, first.height, first.reference) == ("px", 1000, 2000, "first.png")
    assert (second.unit, second.width, second.height, second.reference) == ("mm", 210, 297.5, None)
    assert [field.name for field in template.fields] == ["number", "agreed", "total"]
    assert [field.kind for field in template.fields] == ["digits", "mark", "digits"]
    assert template.folder == tmp_path


def test_form_of_one_page_may_be_given_either_way(tmp_path: Path) -> None:
    several = SINGLE.replace("[page]", "[[pages]]").replace("[[fields]]", "[[pages.fields]]")
    assert load_template(saved(tmp_path / "several.toml", several)) == load_template(
        saved(tmp_path / "single.toml", SINGLE)
    )


def test_millimetres_become_pixels_of_the_page(tmp_path: Path) -> None:
    first, second = load_template(saved(tmp_path / "form.toml", PAGES)).pages
    (total,) = second.regions(2100, 5950)  # 10 and 20 pixels a millimetre
    assert total.box == pytest.approx((1005, 4000, 302.5, 160))
    assert not total.is_mark
    number, agreed = first.regions(1000, 2000)
    assert (number.is_mark, agreed.is_mark, agreed.cells, agreed.constraints) == (False, True, (), None)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("width = 1000", "width = 0", "page 1: width: "),
        ("width = 1000", "width = 1000.5", "page 1: width: 1000.5 is no whole number of pixels"),
        ("width = 210", "width = -210", "page 2: width: "),
        ("width = 210", "width = nan", "page 2: width: "),
        ("height = 297.5", "height = inf", "page 2: height: "),
        ("height = 297.5", "height = 1e999", "page 2: height: "),
        ("height = 297.5\n", "", "page 2: height: Field required"),
        ('unit = "mm"', 'unit = "cm"', "page 2: unit: "),
        ('unit = "mm"', 'unit = "mm"\ndpi = 300', "page 2: dpi: unknown key"),
        ('"first.png"', '""', "page 1: reference: "),
        ('"first.png"', "3", "page 1: reference: "),
        ("cells = 6", "cells = 0", "page 1: field 'number': cells: "),
        ("cells = 6", "colour = 3", "page 1: field 'number': colour: unknown key"),
        ("max_length = 5", 'max_length = "5"', "page 2: field 'total': max_length: "),
        ('name = "total"\n', "", "page 2: field 1: name: Field required"),
        ("[100.5, 200,", "[190, 200,", "page 2: field 'total': box: [190, 200, 30.25, 8] lies outside"),
        ("[100.5, 200,", "[nan, 200,", "page 2: field 'total': box: [nan, 200, 30.25, 8] lies outside"),
        ("[100.5, 200,", "[-inf, 200,", "page 2: field 'total': box: "),
        ("30.25, 8]", "inf, 8]", "page 2: field 'total': box: width and height must be positive"),
        ("30.25, 8]", "30.25, nan]", "page 2: field 'total': box: width and height must be positive"),
        ("[100, 200,", "[100.5, 200,", "page 1: field 'number': box: [100.5, 200, 300, 50] are not whole"),
        ("[100, 200,", "[nan, 200,", "page 1: field 'number': box: "),
        ("300, 50]", "inf, 50]", "page 1: field 'number': box: "),
        ("[500, 200,", "[390, 200,", "page 1: field 'agreed': box: overlaps that of field 'number'"),
        ('name = "total"', 'name = "number"', "page 2: field 'number': name: is used twice"),
        ('kind = "mark"', 'kind = "tick"', "page 1: field 'agreed': kind: "),
        ('kind = "mark"', 'kind = "mark"\ncells = 1', "page 1: field 'agreed': cells: a mark has no digits"),
        *(
            (
                'kind = "mark"',
                f'kind = "mark"\n{rule}',
                f"page 1: field 'agreed': {key}: a mark has no digits",
            )
            for key, rule in (
                ("length", "length = 1"),
                ("min_length", "min_length = 1"),
                ("pattern", 'pattern = "1"'),
                ("min", "min = 0"),
                ("check", 'check = "luhn"'),
                ("date", 'date = "DDMM"'),
            )
        ),
        ("[[pages]]\nwidth = 1000", "[page]\nwidth = 9\n[[pages]]\nwidth = 1000", "page: a form has either"),
        ("[[pages]]\nwidth = 1000", "[[fields]]\n[[pages]]\nwidth = 1000", "fields: those of [[pages]]"),
    ],
)
def test_mistake_is_named_with_its_page(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert PAGES.count(old) == 1
    message = mistake(saved(tmp_path / "form.toml", PAGES.replace(old, new)))
    assert message.startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[page]", "[[page]]", "page: is no single table; "),
        ("[page]", "page = 3\n[others]", "page: is no single table; "),
        ("[[fields]]", "[[page.fields]]", "page.fields: unknown key; [[fields]] stand beside [page]"),
        ("width = 1000", "width = nan", "page.width: "),
        ("[page]", 'folder = "x"\n[page]', "folder: unknown key"),
    ],
)
def test_mistake_of_a_single_page_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert mistake(saved(tmp_path / "form.toml", SINGLE.replace(old, new))).startswith(says)


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ("pages = []", "pages: "),
        ("pages = 3", "pages: "),
        ("pages = [1]", "page 1: "),
        ("[[pages]]\nwidth = 9\nheight = 9", "page 1: fields: Field required"),
        ("[[pages]]\nwidth = 9\nheight = 9\nfields = [3]", "page 1: field 1: "),
        ("", "page: Field required"),
    ],
)
def test_pages_that_are_none(tmp_path: Path, pages: str, says: str) -> None:
    message = mistake(saved(tmp_path / "form.toml", f'name = "claim"\n{pages}\n'))
    assert message.startswith(says)


def test_number_too_large_for_a_computer_is_a_mistake(tmp_path: Path) -> None:
    huge = PAGES.replace("width = 210", f"width = 1{400 * '0'}")
    assert mistake(saved(tmp_path / "form.toml", huge)).startswith("page 2: width: ")


lines = st.sampled_from(
    [
        "",
        *(line for line in PAGES.splitlines() if line),
        "[page]",
        "[[page]]",
        "[[fields]]",
        'unit = "px"',
        "width = nan",
        "height = 1e308",
        "box = [nan, inf, -inf, 1e308]",
        "box = []",
        "box = 3",
        "fields = {}",
        "pages = [[]]",
        "name = 3",
        'name = "two\\nlines"',
        'pattern = "(\\n"',
        'check = "../luhn"',
    ]
)
edits = st.dictionaries(st.integers(0, PAGES.count("\n") - 1), lines, max_size=4)


@arbitrary
@given(edits)
def test_any_template_loads_or_is_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, changed: dict[int, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    text = [changed.get(number, line) for number, line in enumerate(PAGES.splitlines())]
    saved(path, "\n".join(text))
    try:
        template = load_template(path)
    except TemplateError as error:
        assert str(error).startswith(f"{path}: ")
        assert "\n" not in str(error)
    else:
        assert template.fields
