from __future__ import annotations

from pathlib import Path

import pytest

from digitscan.errors import ExitCode, TemplateError
from digitscan.template import load_template

GOOD = """
name = "invoice"
[page]
width = 1000
height = 2000
[[fields]]
name = "number"
box = [100, 200, 300, 50]
cells = 6
length = 6
[[fields]]
name = "amount"
box = [500, 200, 400, 50]
min_length = 2
max_length = 5
pattern = "4\\\\d+"
"""


def saved(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def mistake(path: Path) -> str:
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    return message.removeprefix(f"{path}: ")


def test_good_template_loads(tmp_path: Path) -> None:
    template = load_template(saved(tmp_path / "form.toml", GOOD))
    assert (template.name, template.pages[0].width, template.pages[0].height) == ("invoice", 1000, 2000)
    number, amount = template.fields
    assert (number.name, number.box, number.cells, number.length) == ("number", [100, 200, 300, 50], 6, 6)
    assert (amount.cells, amount.min_length, amount.max_length, amount.pattern) == (None, 2, 5, "4\\d+")


FIRST, SECOND = 'name = "number"\n', 'name = "amount"\n'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param('name = "invoice"\n', "", ["name"], id="form without name"),
        pytest.param('name = "invoice"', 'name = ""', ["name"], id="form with empty name"),
        pytest.param('name = "invoice"', 'name = "a"\ncolour = 1', ["colour", "unknown key"], id="form key"),
        pytest.param("[page]\n", "[page]\ndpi = 300\n", ["page.dpi", "unknown key"], id="page key"),
        pytest.param("width = 1000\n", "", ["page.width"], id="page without width"),
        pytest.param("height = 2000", "height = 0", ["page.height"], id="page without height"),
        pytest.param("width = 1000", 'width = "1000"', ["page.width"], id="page width in words"),
        pytest.param("width = 1000", "width = 1000.5", ["page.width"], id="page width broken"),
        pytest.param("width = 1000", "width = true", ["page.width"], id="page width true"),
        pytest.param(SECOND, SECOND + "shape = 1\n", ["'amount'", "shape", "unknown key"], id="field key"),
        pytest.param(SECOND, "", ["field 2", "name"], id="field without name"),
        pytest.param(SECOND, "name = 7\n", ["field", "name"], id="field name a number"),
        pytest.param(SECOND, 'name = ""\n', ["field 2", "name"], id="field name empty"),
        pytest.param(SECOND, FIRST, ["'number'", "name", "twice"], id="name twice"),
        pytest.param("box = [500, 200, 400, 50]\n", "", ["'amount'", "box"], id="no box"),
        pytest.param(
            "[500, 200, 400, 50]", "[300, 210, 400, 50]", ["'amount'", "box", "'number'"], id="overlap"
        ),
        pytest.param(
            "[500, 200, 400, 50]", "[700, 200, 400, 50]", ["'amount'", "box", "outside"], id="too far right"
        ),
        pytest.param(
            "[500, 200, 400, 50]", "[500, 1960, 400, 50]", ["'amount'", "box", "outside"], id="too low"
        ),
        pytest.param(
            "[500, 200, 400, 50]", "[-1, 200, 90, 50]", ["'amount'", "box", "outside"], id="too far left"
        ),
        pytest.param(
            "[500, 200, 400, 50]", "[500, -9, 90, 50]", ["'amount'", "box", "outside"], id="too high"
        ),
        pytest.param(
            "[500, 200, 400, 50]", "[500, 200, -400, 50]", ["'amount'", "box", "positive"], id="negative"
        ),
        pytest.param(
            "[500, 200, 400, 50]", "[500, 200, 400, 0]", ["'amount'", "box", "positive"], id="no height"
        ),
        pytest.param("[500, 200, 400, 50]", "[500, 200, 400]", ["'amount'", "box"], id="box of three"),
        pytest.param("[500, 200, 400, 50]", "[500, 200, 400, 50, 1]", ["'amount'", "box"], id="box of five"),
        pytest.param(
            "[500, 200, 400, 50]", "[500, 200, 400, 50.5]", ["'amount'", "box"], id="box of broken numbers"
        ),
        pytest.param("[500, 200, 400, 50]", '"500 200 400 50"', ["'amount'", "box"], id="box in words"),
        pytest.param("cells = 6", "cells = 0", ["'number'", "cells"], id="no cells"),
        pytest.param("cells = 6", 'cells = "6"', ["'number'", "cells"], id="cells in words"),
        pytest.param("length = 6", "length = 0", ["'number'", "length"], id="no length"),
        pytest.param(
            "min_length = 2", "min_length = -1", ["'amount'", "min_length"], id="negative min_length"
        ),
        pytest.param(
            "max_length = 5", "max_length = 2.5", ["'amount'", "max_length"], id="broken max_length"
        ),
        pytest.param('"4\\\\d+"', '"4("', ["'amount'", "pattern", "regular expression"], id="bad pattern"),
        pytest.param('"4\\\\d+"', "4", ["'amount'", "pattern"], id="pattern a number"),
    ],
)
def test_mistake_is_named(tmp_path: Path, old: str, new: str, says: list[str]) -> None:
    assert GOOD.count(old) == 1
    message = mistake(saved(tmp_path / "form.toml", GOOD.replace(old, new)))
    for word in says:
        assert word in message


def test_pattern_that_counts_too_far(tmp_path: Path) -> None:
    text = GOOD.replace('"4\\\\d+"', '"4{99999999999999999999}"')
    assert "pattern" in mistake(saved(tmp_path / "form.toml", text))


@pytest.mark.parametrize(
    "text",
    [
        'name = "a"\n[page]\nwidth = 9\nheight = 9\n',
        'name = "a"\nfields = []\n[page]\nwidth = 9\nheight = 9\n',
    ],
    ids=["none", "empty"],
)
def test_template_without_fields(tmp_path: Path, text: str) -> None:
    assert "fields" in mistake(saved(tmp_path / "form.toml", text))


def test_empty_file_is_no_template(tmp_path: Path) -> None:
    assert "name" in mistake(saved(tmp_path / "form.toml", ""))


@pytest.mark.parametrize("fields", ['fields = "all"', "fields = 3", "fields = [1]", 'fields = ["number"]'])
def test_fields_of_another_kind(tmp_path: Path, fields: str) -> None:
    text = f'name = "a"\n{fields}\n[page]\nwidth = 9\nheight = 9\n'
    assert "field" in mistake(saved(tmp_path / "form.toml", text))


def test_number_of_further_mistakes(tmp_path: Path) -> None:
    text = GOOD.replace("cells = 6", "cells = 0").replace("min_length = 2", "min_length = -1")
    assert mistake(saved(tmp_path / "form.toml", text)).endswith("(and 1 more)")


def test_file_that_is_no_toml(tmp_path: Path) -> None:
    assert "TOML" in mistake(saved(tmp_path / "form.toml", GOOD + "box = ["))


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_bytes(GOOD.replace("invoice", "bön").encode("latin-1"))
    assert "UTF-8" in mistake(path)


def test_file_that_is_missing(tmp_path: Path) -> None:
    assert "no such file" in mistake(tmp_path / "form.toml")


def test_file_that_is_a_directory(tmp_path: Path) -> None:
    assert "directory" in mistake(tmp_path)


def test_boxes_that_meet_are_no_overlap(tmp_path: Path) -> None:
    text = GOOD.replace("[500, 200, 400, 50]", "[400, 200, 400, 50]")
    assert len(load_template(saved(tmp_path / "form.toml", text)).fields) == 2


def test_regions_are_scaled_to_the_page(tmp_path: Path) -> None:
    template = load_template(saved(tmp_path / "form.toml", GOOD))
    same = template.pages[0].regions(1000, 2000)
    assert [region.name for region in same] == ["number", "amount"]
    assert [region.box for region in same] == [(100, 200, 300, 50), (500, 200, 400, 50)]
    assert same[0].cells == pytest.approx((100, 150, 200, 250, 300, 350, 400))
    assert same[1].cells == ()
    assert all(region.sure for region in same)
    number, amount = template.pages[0].regions(500, 3000)
    assert number.box == pytest.approx((50, 300, 150, 75))
    assert number.cells == pytest.approx((50, 75, 100, 125, 150, 175, 200))
    assert amount.box == pytest.approx((250, 300, 200, 75))


@pytest.mark.parametrize(
    ("field", "text", "obeys"),
    [
        (0, "123456", True),
        (0, "12345", False),
        (0, "1234567", False),
        (0, "", False),
        (1, "41", True),
        (1, "41234", True),
        (1, "4", False),
        (1, "412345", False),
        (1, "51", False),
        (1, "141", False),
        (1, "41 ", False),
    ],
)
def test_rules_of_a_field(tmp_path: Path, field: int, text: str, obeys: bool) -> None:
    template = load_template(saved(tmp_path / "form.toml", GOOD))
    assert template.fields[field].obeyed(text) is obeys
    region = template.pages[0].regions(1000, 2000)[field]
    assert region.constraints is not None
    assert region.constraints.obeyed(text) is obeys


@pytest.mark.parametrize("rule", ["min_length = 3", "max_length = 2", 'pattern = "1.."', "length = 3"])
def test_each_rule_counts_alone(tmp_path: Path, rule: str) -> None:
    text = f'name = "a"\n[page]\nwidth = 9\nheight = 9\n[[fields]]\nname = "x"\nbox = [0, 0, 9, 9]\n{rule}\n'
    field = load_template(saved(tmp_path / "form.toml", text)).fields[0]
    three = rule != "max_length = 2"
    assert (field.obeyed("123"), field.obeyed("12")) == (three, not three)


def test_reference_is_kept(tmp_path: Path) -> None:
    text = GOOD.replace("[page]\n", '[page]\nreference = "blank.png"\n')
    assert load_template(saved(tmp_path / "form.toml", text)).pages[0].reference == "blank.png"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('check = "mod10"', "check: 'mod10' is no module of python-stdnum"),
        ('check = "iban"', "check: 'iban' is for numbers with letters"),
        ('date = "DD-MM"', "date: 'DD-MM' is no date"),
        ("min = 7\nmax = 3", "min: is 7, and max is 3"),
        ("length = 3\nmin_length = 5", "min_length: is 5, and length is 3"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(tmp_path: Path, rule: str, says: str) -> None:
    text = GOOD.replace("length = 6", rule)
    assert mistake(saved(tmp_path / "form.toml", text)).startswith(f"field 'number': {says}")
