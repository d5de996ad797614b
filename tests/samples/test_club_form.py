from __future__ import annotations

import csv
from pathlib import Path

import club
import make_forms
import numpy as np
import pytest

from digitscan.alignment import Aligner
from digitscan.forms.draft import draft_pages
from digitscan.sources import find_sources, open_pages
from digitscan.template import Template, load_template

FOLDER = Path(__file__).parents[2] / "samples"
FILES = ["form_001.jpg", "form_002.jpg", "truth.csv"]


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template(FOLDER / "rowing_club.toml")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_obeys(texts: dict[str, str], template: Template) -> None:
    assert list(texts) == [field.name for field in template.fields]
    for field in template.fields:
        text = texts[field.name]
        if field.kind == "mark":
            assert text in ("true", "false")
        elif text:
            assert list(field.broken(text)) == [], field.name


def test_template_is_a_draft_of_the_blank_scan_with_names_and_rules(template: Template) -> None:
    (source,) = find_sources([str(FOLDER / "rowing_club.png")])
    (page,) = draft_pages(open_pages(source))
    drafted = [(list(region.box), region.is_mark, max(0, len(region.cells) - 1)) for region in page.regions]
    given = [(field.box, field.kind == "mark", field.cells or 0) for field in template.fields]
    assert given == drafted
    assert (template.pages[0].height, template.pages[0].width) == page.grey.shape
    assert [field.name for field in template.fields] == [field.name for field in club.BLANK]
    assert all(field.are_any for field in template.fields if field.kind == "digits")


def test_scans_are_aligned_to_the_blank_one(template: Template) -> None:
    assert template.pages[0].reference == "rowing_club.png"
    Aligner(template.pages[0], template.folder)


def test_what_is_written_on_the_sample_obeys_the_rules(template: Template) -> None:
    rows = rows_of(FOLDER / "rowing_club.csv")
    assert_obeys(
        {row["field"]: row["text"] for row in rows if row["source"] == "rowing_club_filled.jpg"}, template
    )


@pytest.mark.parametrize("seed", range(40))
def test_what_members_write_obeys_the_rules_and_adds_up(seed: int, template: Template) -> None:
    texts = club.random_texts(np.random.default_rng(seed))
    assert_obeys(texts, template)
    assert int(texts["total"]) == sum(int(texts[name] or 0) for name in ("fee", "locker", "gift"))


def test_forms_follow_from_their_seed_and_number(tmp_path: Path) -> None:
    make_forms.make_forms(tmp_path / "two", 2)
    make_forms.make_forms(tmp_path / "three", 3)
    make_forms.make_forms(tmp_path / "other", 2, seed=1)
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == FILES
    for name in FILES[:2]:
        same, more, other = ((tmp_path / kind / name).read_bytes() for kind in ("two", "three", "other"))
        assert same == more != other
    two, three, _ = (rows_of(tmp_path / kind / "truth.csv") for kind in ("two", "three", "other"))
    assert two == three[:2] and [row["source"] for row in two] == FILES[:2]
    assert list(two[0])[1:] == [field.name for field in club.BLANK]


def test_forms_are_filled_in_and_laid_differently() -> None:
    forms = [make_forms.draw_form(number, make_forms.SEED) for number in range(1, 13)]
    assert len({tuple(texts.items()) for _, texts in forms}) == 12
    tops = [page.fields[0].box[1] for page, _ in forms]
    assert len(set(tops)) > 8
    assert {top > club.HEIGHT / 2 for top in tops} == {True, False}  # some are upside down
