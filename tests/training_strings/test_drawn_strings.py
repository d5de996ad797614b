"""Synthetic strings, printed and written, and what becomes of them as examples."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.data import Digits, Script
from digitscan.data.fonts import load_fonts
from digitscan.data.typefaces import OPENCV_FONTS, Glyph, Typeface, find_typefaces
from digitscan.segmentation import segment
from digitscan.training.candidates import NOISE, find_density, label_candidates
from digitscan.training.drawing import handwriting, paper, strings
from digitscan.training.drawing.printing import print_glyph, print_line
from digitscan.training.drawing.strings import DrawnString, draw_prose, draw_string
from digitscan.training.examples import Examples, draw_examples


@pytest.fixture(scope="module")
def digits() -> Digits:
    """One plain digit of each class."""
    drawn = load_fonts(OPENCV_FONTS[:1], "train", varied=False)
    assert drawn is not None
    return drawn


@pytest.fixture(scope="module")
def sans() -> Path:
    spec = find_spec("matplotlib")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"


@pytest.fixture(scope="module")
def mono(sans: Path) -> Path:
    return sans.with_name("DejaVuSansMono.ttf")


@pytest.fixture
def printed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """All strings are printed whole, without words beside them."""
    monkeypatch.setattr(strings, "_PRINTED", 1.0)
    monkeypatch.setattr(strings, "_LABELLED", 0.0)
    monkeypatch.setattr(paper, "_TORN", 0.0)
    monkeypatch.setattr(paper, "_COMBED", 0.0)


def draw(digits: Digits, fonts: tuple[Typeface, ...], seed: int) -> DrawnString:
    return draw_string(Script(digits, fonts=tuple(fonts)), np.random.default_rng(seed))


def rows_of(drawn: DrawnString, place: int) -> NDArray[np.intp]:
    return np.flatnonzero((drawn.owners == place).any(axis=1))


@pytest.mark.parametrize("seed", range(12))
def test_ink_belongs_to_the_digits_from_left_to_right(seed: int, digits: Digits, sans: Path) -> None:
    drawn = draw(digits, (sans,), seed)
    assert drawn.page.shape == drawn.owners.shape and drawn.page.dtype == np.uint8
    columns = [np.flatnonzero((drawn.owners == place).any(axis=0)) for place in range(1, len(drawn.text) + 1)]
    assert all(len(found) for found in columns)
    middles = [found.mean() for found in columns]
    assert middles == sorted(middles)
    assert drawn.page[drawn.owners > 0].mean() < drawn.page[drawn.owners == 0].mean() - 40


def test_print_is_drawn_small_and_large(digits: Digits, sans: Path, printed_alone: None) -> None:
    heights = []
    for seed in range(60):
        drawn = draw(digits, (sans,), seed)
        rows = rows_of(drawn, 1)
        heights.append(np.ptp(rows) + 1)
    assert 8 <= min(heights) < 12
    assert 40 < max(heights) < 76
    assert 10 < np.median(heights) < 35


def test_print_is_held_whole(
    digits: Digits, printed_alone: None, sans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its foot a digit that hangs below the base line, as old-style ones do, would be another one."""

    def hanging(character: str, typeface: Typeface, height: float) -> Glyph:
        return print_glyph(character, typeface, height)._replace(drop=0.7 * height)

    monkeypatch.setattr(strings, "print_glyph", hanging)
    for seed in range(20):
        drawn = draw(digits, (sans,), seed)
        rows, columns = (np.flatnonzero((drawn.owners == 1).any(axis=axis)) for axis in (1, 0))
        if drawn.text[0] in "02345689":
            assert np.ptp(rows) > 1.2 * np.ptp(columns)


def test_printed_digits_are_spaced_as_in_their_typeface(
    digits: Digits, mono: Path, printed_alone: None
) -> None:
    """Or evenly apart by a little more or less."""
    advance = print_glyph("1", mono, 100).advance / 100
    two = (digits.labels == 1) | (digits.labels == 0)  # round strings end in zeros
    spaced = Digits(digits.images[two], digits.labels[two])
    checked = 0
    for seed in range(40):
        drawn = draw(spaced, (mono,), seed)
        places = range(1, len(drawn.text) + 1)
        height = np.ptp(rows_of(drawn, 1)) + 1
        if len(drawn.text) < 3 or height < 25:
            continue
        middles = [np.flatnonzero((drawn.owners == place).any(axis=0)).mean() for place in places]
        step = np.diff(middles).min() / height
        assert np.abs(step - (advance + np.array([-0.05, 0.0, 0.06, 0.25]))).min() < 0.07
        checked += 1
    assert checked > 3


def test_fonts_of_the_data_are_used(digits: Digits, sans: Path, mono: Path, printed_alone: None) -> None:
    assert not np.array_equal(draw(digits, (sans,), 1).page, draw(digits, (mono,), 1).page)
    assert np.array_equal(draw(digits, (), 1).page, draw(digits, OPENCV_FONTS, 1).page)
    assert np.array_equal(draw(digits, (sans,), 1).page, draw(digits, (sans,), 1).page)


def labels_of(drawn: DrawnString) -> list[int]:
    density = find_density(drawn.page)
    return list(label_candidates(drawn, density, segment(density)).values())


def test_prose_holds_no_digit(sans: Path) -> None:
    for seed in range(10):
        drawn = draw_prose((sans,), np.random.default_rng(seed))
        assert drawn.text == "" and set(np.unique(drawn.owners)) == {0, 255}
        classes = labels_of(drawn)
        assert set(classes) <= {NOISE}


def test_words_have_no_letters_that_look_like_digits(monkeypatch: pytest.MonkeyPatch, sans: Path) -> None:
    seen: list[str] = []

    def remember(text: str, *rest: object) -> object:
        seen.append(text)
        return print_line("m", sans, 20)

    monkeypatch.setattr(handwriting, "print_line", remember)
    rng = np.random.default_rng(0)
    for _ in range(200):
        handwriting.draw_words(3, 30, (sans,), rng)
    words = "".join(seen)
    assert not set("0123456789OoQIilj|SsBbZzgqy") - {"Q"} & set(words)
    assert any(text.islower() for text in seen) and any(text.isupper() for text in seen)
    assert all(text.count(" ") == 2 for text in seen)


def test_printed_digits_become_examples_of_themselves(
    digits: Digits, sans: Path, printed_alone: None
) -> None:
    lost = total = 0
    for seed in range(15):
        drawn = draw(digits, (sans,), seed)
        classes = labels_of(drawn)
        lost += (Counter(drawn.text) - Counter(str(found) for found in classes)).total()
        total += len(drawn.text)
    assert lost <= 0.1 * total


def test_line_of_print(sans: Path) -> None:
    one, line = print_glyph("1", sans, 40), print_line("1 1", sans, 40)
    gap = np.flatnonzero(~line.ink.any(axis=0))
    assert line.advance == pytest.approx(2 * one.advance + 0.45 * 40)
    assert len(line.ink) == len(one.ink)
    assert len(gap) > 0.45 * 40
    assert len(print_line("1,", sans, 40).ink) > len(one.ink) + 2  # a comma hangs below the base line
    assert not print_line(" \ue000", sans, 40).ink.size  # a space, and a character that it lacks


def test_larger_print_keeps_its_shape(sans: Path) -> None:
    small, large = print_glyph("8", sans, 20), print_glyph("8", sans, 60)
    assert len(large.ink) == pytest.approx(3 * len(small.ink), abs=3)
    assert large.advance == pytest.approx(3 * small.advance)
    assert large.ink.mean() == pytest.approx(small.ink.mean(), rel=0.1)


def test_workers_print_with_the_fonts(digits: Digits, mono: Path) -> None:
    def drawn(*fonts: Path) -> Examples:
        return draw_examples(Script(digits, fonts=fonts), 6, 1, lambda _: None).candidates

    first = drawn(mono)
    assert len(first.labels) and first.crops.shape[1:] == (28, 28)
    assert np.array_equal(first.crops, drawn(mono).crops)
    assert not np.array_equal(first.crops.shape, drawn().crops.shape) or not np.array_equal(
        first.crops, drawn().crops
    )


def test_every_font_that_packages_bring_can_be_printed() -> None:
    for typeface in find_typefaces("fonts"):
        for character in handwriting._LETTERS + "0123456789.,-":
            print_glyph(character, typeface, 20)
