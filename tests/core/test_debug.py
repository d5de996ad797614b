"""Pictures of how pages were read: what stands where, and the names of the files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.classifier.transcriber import LOOKS
from digitscan.crops import make_crop
from digitscan.ctc import BLANK, string_probabilities
from digitscan.debug.cards import DIGIT, draw_card
from digitscan.debug.folder import PictureFolder
from digitscan.debug.layout import BLACK, GREY, Colour, Picture, flow, text_line
from digitscan.debug.page import COMPONENT, CUT, INK, NARROWEST, REGION, RULE, View, draw_page
from digitscan.debug.picture import draw_picture, write_picture
from digitscan.errors import OutputError
from digitscan.options import Layout
from digitscan.reader import FieldSteps, PageSteps, Reader
from digitscan.results import Digit, PageResult

from .drawing import Array, arbitrary, canvas, enlarged, frame, page

SEVEN, THREE, FOUR = 3700, 1700, 2200
BOX = (60, 80, 330, 120)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(default_model())


@pytest.fixture(scope="module")
def form(digits: Array) -> Array:
    """A page with 7, 3 and 4 in a box, and print above it."""
    placed = [(enlarged(digits[name], 3), 80 + 100 * i, 98) for i, name in enumerate((SEVEN, THREE, FOUR))]
    density = canvas(300, 500, *placed)
    frame(density, BOX, 3)
    cv2.putText(density, "Amount paid", (60, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    return density


def explained(
    classifier: Classifier, grey: Array, layout: Layout = Layout.AUTO
) -> tuple[PageResult, PageSteps]:
    return Reader(classifier, layout=layout).explain_page(grey)


def has(picture: Picture, colour: Colour, tolerance: int = 0) -> bool:
    return bool(np.all(cv2.absdiff(picture, np.full_like(picture, colour)) <= tolerance, axis=2).any())


def shows(picture: Picture, part: Picture) -> bool:
    """Whether a part of the picture is the same to the pixel."""
    if part.shape[0] > picture.shape[0] or part.shape[1] > picture.shape[1]:
        return False
    differences = cv2.matchTemplate(picture, part, cv2.TM_SQDIFF)
    y, x = np.unravel_index(int(differences.argmin()), differences.shape)
    return bool(np.array_equal(picture[y : y + part.shape[0], x : x + part.shape[1]], part))


def says(picture: Picture, text: str, colour: Colour) -> bool:
    """Whether the small text stands in the picture."""
    line = text_line([(text, colour)], 15)
    columns = np.flatnonzero((line != 255).any(axis=(0, 2)))
    return shows(picture, line[:, : columns[-1] + 1])


def sides(picture: Picture, view: View, box: Sequence[float]) -> list[bool]:
    """Whether the left, upper and right side of a box on the page are drawn in the colour of digits."""
    x, y, width, height = box
    middles = [(x, y + height / 2), (x + width / 2, y), (x + width, y + height / 2)]
    found = []
    for across, down in (view.point(*middle) for middle in middles):
        found.append(has(picture[down - 3 : down + 4, across - 3 : across + 4], DIGIT))
    return found


def the_digits(result: PageResult) -> list[Digit]:
    return [digit for field in result.fields for digit in field.digits]


# The page


@pytest.mark.parametrize("paper", [235, 20])
@pytest.mark.parametrize("layout", [Layout.AUTO, Layout.LINES])
def test_digits_are_framed_where_the_result_says(
    paper: int, layout: Layout, form: Array, classifier: Classifier
) -> None:
    result, steps = explained(classifier, page(form, paper, 255 - paper), layout)
    assert [field.text for field in result.fields] == ["734"]
    picture, view = draw_page(steps)
    for digit in the_digits(result):
        assert sides(picture, view, digit.box) == [True] * 3
    # Ink is dark and paper light, on an inverted page too.
    y, x = np.argwhere(cv2.erode(form[100:180, 290:360], np.ones((5, 5), np.uint8)) > 200)[0]
    across, down = view.point(290 + x + 0.5, 100 + y + 0.5)
    assert picture[down, across].max() <= max(INK) + 5
    across, down = view.point(450, 280)
    assert picture[down, across].min() > 180


@pytest.mark.parametrize("degrees", [-3.0, 2.0])
def test_skewed_page_is_drawn_straight(degrees: float, form: Array, classifier: Classifier) -> None:
    height, width = form.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    grey = cv2.warpAffine(page(form), turn, (width, height), borderValue=(235,))
    result, steps = explained(classifier, grey)
    assert [field.text for field in result.fields] == ["734"]
    picture, view = draw_page(steps)
    back = cv2.getRotationMatrix2D((width / 2, height / 2), steps.straightening.degrees, 1.0)
    assert steps.straightening.degrees == pytest.approx(-degrees, abs=0.3)
    for digit in the_digits(result):
        x, y, w, h = digit.box
        across, down = view.point(*(back @ (x + w / 2, y + h / 2, 1)))
        half = round(view.scale * w / 2) + 6
        row = np.all(picture[down, across - half : across + half] == DIGIT, axis=1)
        assert row[:half].any() and row[half:].any()
    # The rule above the digits is level.
    left, right = (view.point(x, BOX[1]) for x in (320, 370))
    for across, down in (left, right):
        assert has(picture[down - 8 : down + 9, across : across + 1], RULE, tolerance=40)


def test_what_was_found_has_its_colour(form: Array, classifier: Classifier) -> None:
    _, steps = explained(classifier, page(form))
    picture, view = draw_page(steps)

    def around(x: float, y: float, reach: int = 8) -> Picture:
        across, down = view.point(x, y)
        return picture[down - reach : down + reach, across - reach : across + reach]

    assert has(around(BOX[0], 150), RULE)
    assert has(around(BOX[0] + 5, 150), REGION)
    assert has(picture[: view.point(0, 70)[1]], COMPONENT)  # letters of the print above the box
    assert not has(around(30, 150), COMPONENT)


def test_cuts_are_drawn_where_pieces_meet(classifier: Classifier) -> None:
    apart = np.zeros((120, 300), np.uint8)
    apart[30:90, 60:68] = apart[30:90, 160:168] = 255
    joined = apart.copy()
    joined[56:62, 60:168] = 255
    _, steps = explained(classifier, page(apart), Layout.FIELD)
    assert not has(draw_page(steps)[0], CUT)
    _, steps = explained(classifier, page(joined), Layout.FIELD)
    picture, view = draw_page(steps)
    ys, xs = np.nonzero(np.all(picture == CUT, axis=2))
    low, high = view.point(68, 56), view.point(160, 62)
    inside = (xs > low[0]) & (xs < high[0]) & (ys >= low[1] - 4) & (ys <= high[1] + 4)
    assert inside.any()


def test_cells_of_a_comb_are_drawn(digits: Array, classifier: Classifier) -> None:
    density = canvas(240, 560, (enlarged(digits[SEVEN], 2), 72, 82), (enlarged(digits[THREE], 2), 152, 82))
    for i in range(5):
        frame(density, (60 + 80 * i, 70, 82, 80), 2)
    result, steps = explained(classifier, page(density))
    (field,) = steps.fields
    assert (result.fields[0].text, len(field.writing.region.cells)) == ("73", 6)
    picture, view = draw_page(steps)
    for x in field.writing.region.cells[1:-1]:
        across, down = view.point(x, 145)
        assert tuple(picture[down, across]) == REGION
    assert all(all(sides(picture, view, digit.box)) for digit in the_digits(result))


def test_letters_are_grey_and_have_no_card(classifier: Classifier) -> None:
    density = np.zeros((200, 700), np.uint8)
    cv2.putText(density, "Wmkx nag KRMW", (60, 110), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 4)
    result, steps = explained(classifier, page(density), Layout.LINES)
    assert not result.fields and steps.fields
    drawn, view = draw_page(steps)
    assert not has(drawn, REGION) and not has(drawn, DIGIT)
    for field in steps.fields:
        x, y, _, height = field.writing.region.box
        across, down = view.point(x, y + height / 2)
        assert tuple(drawn[down, across - 1]) == GREY
    # No more than the heading and the page.
    assert draw_picture("letters", steps).shape[0] < drawn.shape[0] + 250


# Sizes


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 60), (40, 1)])
def test_tiny_page_becomes_a_picture(shape: tuple[int, int], layout: Layout, classifier: Classifier) -> None:
    _, steps = explained(classifier, np.full(shape, 200, np.uint8), layout)
    picture = draw_picture("tiny", steps)
    assert picture.shape[1] >= NARROWEST
    assert picture.dtype == np.uint8


def test_page_without_fields_is_drawn(classifier: Classifier) -> None:
    result, steps = explained(classifier, np.full((400, 300), 230, np.uint8))
    picture, view = draw_page(steps)
    assert not result.fields
    assert not any(has(picture, colour) for colour in (REGION, DIGIT, GREY, COMPONENT, RULE))
    (left, top), (right, bottom) = view.point(0, 0), view.point(300, 400)
    assert len(np.unique(picture[top:bottom, left:right])) == 1  # paper
    assert (picture[top - 1] == 255).all() and (picture[:, left - 1] == 255).all()


@pytest.mark.parametrize("height", [20, 40, 300])
def test_digits_are_shown_at_a_readable_size(height: int, digits: Array, classifier: Classifier) -> None:
    digit = enlarged(digits[SEVEN], 20, cv2.INTER_CUBIC)
    size = round(height * 1.4)
    small = cv2.resize(digit, (size, size), interpolation=cv2.INTER_AREA)
    result, steps = explained(
        classifier, page(canvas(2 * size, 3 * size, (small, size, size // 2))), Layout.FIELD
    )
    _, view = draw_page(steps)
    (read,) = the_digits(result)
    assert 65 <= view.scale * read.box[3] <= 80


def test_large_page_is_reduced(digits: Array, classifier: Classifier) -> None:
    density = canvas(600, 9000, (enlarged(digits[SEVEN], 2), 8000, 200))
    result, steps = explained(classifier, page(density), Layout.LINES)
    assert draw_picture("large", steps).shape[1] <= 4000
    picture, view = draw_page(steps)
    assert all(all(sides(picture, view, digit.box)) for digit in the_digits(result))
    assert len(the_digits(result)) == 1


# Cards


def card_of(steps: PageSteps, classifier: Classifier) -> tuple[Picture, FieldSteps]:
    (field,) = (field for field in steps.fields if field.result is not None)
    assert field.result is not None
    return draw_card(field, field.result, classifier.card.classes, 1000), field


def thrice(density: Array) -> Picture:
    return cv2.cvtColor(enlarged(density, 3, cv2.INTER_NEAREST), cv2.COLOR_GRAY2BGR)


def test_card_shows_the_crops_and_their_best_classes(form: Array, classifier: Classifier) -> None:
    _, steps = explained(classifier, page(form))
    card, field = card_of(steps, classifier)
    best = field.recognised.readings[0]
    crops = np.stack([make_crop(place.candidate.density) for place in best.places])
    for crop, row, digit in zip(crops, classifier.classify(crops), "734", strict=True):
        assert shows(card, thrice(np.round(255 * crop).astype(np.uint8)))
        first, second, third = np.argsort(-row)[:3].tolist()
        assert str(first) == digit
        assert says(card, f"{digit} {100 * row[first]:.0f}%", DIGIT)
        for column in (second, third):
            assert says(card, f"{classifier.card.classes[column]} {100 * row[column]:.0f}%", GREY)
    assert field.result is not None
    for other in field.result.alternatives:
        assert says(card, f"{other.text or 'nothing'} {100 * other.confidence:.2f}%", GREY)
    assert not says(card, "8 12%", GREY)


class Transcribing:
    """A transcriber that reads 734 at one look and 134 at the other, and keeps what it was shown."""

    def __init__(self) -> None:
        self.seen: list[Array] = []
        self.looks = np.full((LOOKS, 6, BLANK + 1), np.log(0.01), np.float32)
        for look, first in enumerate((7, 1)):
            for step, column in enumerate((first, BLANK, 3, BLANK, 4, BLANK)):
                self.looks[look, step, column] = np.log(0.9)

    def transcribe(self, pictures: Sequence[Array]) -> list[NDArray[np.float32]]:
        self.seen += pictures
        return [self.looks] * len(pictures)


def test_card_shows_the_strip_and_what_was_read_in_it(form: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier, transcriber = Classifier(default_model()), Transcribing()
    monkeypatch.setattr(classifier, "open_transcriber", lambda: transcriber)
    joined = form.copy()
    cv2.line(joined, (120, 160), (225, 125), 255, 5)  # digits that are plainly whole are not shown to it
    _, steps = explained(classifier, page(joined))
    card, _ = card_of(steps, classifier)
    (strip,) = transcriber.seen
    assert shows(card, thrice(strip))
    probability = float(np.exp(string_probabilities(transcriber.looks[0], ["734"])[0]))
    assert 0.5 < probability < 0.7
    said = f"{100 * probability:.1f}%"
    assert says(card, f"as a whole: 734 {said}, 134 {said}", BLACK)


def test_card_of_what_is_no_digits_shows_the_likeliest(classifier: Classifier) -> None:
    density = np.zeros((240, 500), np.uint8)
    cv2.putText(density, "Wmkx", (120, 140), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 4)
    frame(density, (60, 60, 380, 120), 3)
    result, steps = explained(classifier, page(density))
    assert [(field.text, field.status) for field in result.fields] == [("", "review")]
    card, field = card_of(steps, classifier)
    places = field.recognised.readings[0].places
    assert says(card, "taken for no digits" + (", the likeliest being" if places else ""), GREY)
    for place in places:
        assert shows(card, thrice(np.round(255 * make_crop(place.candidate.density)).astype(np.uint8)))


def test_long_texts_wrap_to_the_width() -> None:
    parts = [np.zeros((10, width, 3), np.uint8) for width in (40, 50, 30, 200)]
    rows = flow(parts, 100, 5)
    assert rows.shape == (3 * 10 + 2 * 5, 100, 3)
    assert (rows[:10, 40:45] == 255).all() and (rows[:10, 45:95] == 0).all()


# Files


def test_result_is_that_of_reading(form: Array, classifier: Classifier) -> None:
    for layout in Layout:
        reader = Reader(classifier, layout=layout)
        assert reader.explain_page(page(form), 7)[0] == reader.read_page(page(form), 7)


def test_picture_is_written_and_replaced(form: Array, classifier: Classifier, tmp_path: Path) -> None:
    _, steps = explained(classifier, page(form))
    path = tmp_path / "ünïcode-1.png"
    path.write_bytes(b"old")
    write_picture(path, steps)
    written = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert written is not None and np.array_equal(written, draw_picture("ünïcode-1", steps))
    with pytest.raises(OutputError, match=r"^cannot write .*missing.*: no such file or directory$"):
        write_picture(tmp_path / "missing" / "a-1.png", steps)


def test_text_that_cannot_be_shown_is_escaped() -> None:
    for text in ("a\nb", "a\0b", "a\udce9b"):
        escaped = text.encode("unicode_escape").decode()
        assert np.array_equal(text_line([(text, BLACK)], 15), text_line([(escaped, BLACK)], 15))


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["a.png"], ["a.png"]),
        (["scans/a.png", "scans/b.png"], ["scans_a.png", "scans_b.png"]),
        (["2023/a.png", "2024/a.png"], ["2023_a.png", "2024_a.png"]),
        (["a.png", "a.png", "a.png"], ["a.png", "a.png_2", "a.png_3"]),
        (["a/b.png", "a_b.png", "A_B.png"], ["a_b.png", "a_b.png_2", "A_B.png_3"]),
        (["a", "a_2", "a"], ["a", "a_2", "a_3"]),
        (["-", "stdin"], ["stdin", "stdin_2"]),
        (["../my scans/é*.tif"], ["my_scans_é_.tif"]),
        (["/abs/.hidden.png"], ["abs_.hidden.png"]),
        (["caf\udce9.png"], ["caf_.png"]),
        (["..."], ["source"]),
    ],
)
def test_names_of_pictures(names: list[str], stems: list[str], tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    places = [folder.add_source(name) for name in names]
    assert [place(1) for place in places] == [tmp_path / f"{stem}-1.png" for stem in stems]
    assert places[0](12).name == f"{stems[0]}-12.png"


@arbitrary
@given(st.lists(st.text(min_size=1) | st.sampled_from(["a-1", "a", "A", "a_2", "ß", "SS"]), max_size=8))
def test_any_names_give_files_of_their_own(names: list[str]) -> None:
    folder = Path(tempfile.gettempdir())
    pictures = PictureFolder(folder)
    places = [pictures.add_source(name) for name in names]
    paths = [place(number) for place in places for number in (1, 2, 11)]
    assert len({path.name.casefold() for path in paths}) == len(paths)
    assert {path.parent for path in paths} <= {folder}
    assert all(not path.name.startswith(".") for path in paths)


def test_long_names_keep_their_end(tmp_path: Path) -> None:
    place = PictureFolder(tmp_path).add_source("é" * 300 + "/form.png")
    place(1000).write_bytes(b"")
    assert place(1000).name.endswith("é_form.png-1000.png")


def test_folder_is_made(tmp_path: Path) -> None:
    PictureFolder(tmp_path / "deep" / "down")
    assert list((tmp_path / "deep" / "down").iterdir()) == []


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_folder_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=rf"^cannot write .*{name}: (file exists|not a directory)$"):
        PictureFolder(tmp_path / name)


def test_read_only_folder_is_told_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(OutputError, match=r"^cannot write .*: permission denied$"):
        PictureFolder(tmp_path)
