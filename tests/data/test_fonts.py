"""Digits of typefaces as training data."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitscan.data import load_digits, load_test
from digitscan.data.fonts import PICTURES, draw_row, load_fonts, print_page, read_row
from digitscan.data.typefaces import OPENCV_FONTS, draw_glyph, find_typefaces
from digitscan.errors import SourceError, UsageError

ttlib = pytest.importorskip("fontTools.ttLib")  # comes with matplotlib


def plain_font(name: str) -> Path:
    """A font of matplotlib."""
    (path,) = (path for path in find_typefaces("fonts") if isinstance(path, Path) and path.name == name)
    return path


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return Path(shutil.copy(plain_font("DejaVuSans.ttf"), tmp_path / "sans.ttf"))


def save_without(font: Path, characters: str, path: Path) -> Path:
    """Save a font that lacks some characters."""
    changed = ttlib.TTFont(font)
    for table in changed["cmap"].tables:
        for character in characters:
            table.cmap.pop(ord(character), None)
    changed.save(path)
    return path


# Which fonts


def test_fonts_that_come_with_packages() -> None:
    found = find_typefaces("fonts")
    names = {path.name for path in found if isinstance(path, Path)}
    assert {"DejaVuSans.ttf", "DejaVuSerif-BoldItalic.ttf", "STIXGeneral.ttf", "cmr10.ttf"} <= names
    # symbols where digits belong, or none
    assert not {"cmsy10.ttf", "cmex10.ttf", "STIXNonUni.ttf", "LastResortHE-Regular.ttf"} & names
    assert set(OPENCV_FONTS) <= set(found)


Register = Callable[[str], None]


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Install a package that registers fonts; takes the text of its module."""

    def install(module: str) -> None:
        site = tmp_path / "site"
        about = site / "font_some-1.0.dist-info"
        about.mkdir(parents=True)
        (site / "font_some.py").write_text(module)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: font-some\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text("[fonts_ttf]\nsome = font_some:font_files\n")
        monkeypatch.syspath_prepend(site)
        monkeypatch.delitem(sys.modules, "font_some", raising=False)

    return install


def test_font_packages_are_found(font: Path, register: Register) -> None:
    register(f"font_files = {{'Sans': {str(font)!r}}}")
    assert font in find_typefaces("fonts")


def test_font_package_that_is_broken(register: Register) -> None:
    register("font_files = 1 / 0")
    with pytest.raises(UsageError, match="package font_some cannot be loaded: division by zero"):
        find_typefaces("fonts")


def test_folders_of_fonts_are_searched_and_fonts_without_digits_left_out(font: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep" / "er").mkdir(parents=True)
    inner = shutil.copy(font, folder / "deep" / "er" / "Sans.TTF")
    save_without(font, "7", folder / "no-seven.ttf")
    (folder / "LICENSE.txt").write_text("free")
    packed = ttlib.TTFont(font)
    packed.flavor = "woff"
    packed.save(folder / "web.woff")
    assert find_typefaces(str(folder)) == (Path(inner), folder / "web.woff")


@pytest.mark.parametrize(
    ("make", "code", "cause"),
    [
        (lambda font, path: None, "not_found", "no such file"),
        (lambda font, path: path.write_text("not a font"), "unsupported_format", "not a font"),
        (lambda font, path: path.write_bytes(font.read_bytes()[:20000]), None, ""),
        (lambda font, path: save_without(font, "3", path), "unsupported_format", "this font has no digits"),
    ],
)
def test_unusable_font(
    make: Callable[[Path, Path], object], code: str | None, cause: str, font: Path, tmp_path: Path
) -> None:
    path = tmp_path / "font.ttf"
    make(font, path)
    with pytest.raises(SourceError) as caught:
        load_test([str(path)])
    assert caught.value.message.startswith(f"{path}: {cause}") and "\n" not in caught.value.message
    assert code in (None, caught.value.code)


def test_folder_without_any_font_that_has_digits(font: Path, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    save_without(font, "0123456789", folder / "letters.ttf")
    with pytest.raises(SourceError, match=r"a folder with neither .* nor fonts with digits"):
        load_test([str(folder)])


def test_fonts_need_pillow(font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UsageError, match=r"pip install 'digitscan\[train\]'"):
        load_test([str(font)])


# What is drawn


@pytest.mark.parametrize("name", ["DejaVuSans.ttf", "cmr10.ttf", "opencv"])
@pytest.mark.parametrize("height", [9, 24, 50])
def test_digits_are_as_high_as_asked_for(name: str, height: int) -> None:
    typeface = OPENCV_FONTS[0] if name == "opencv" else plain_font(name)
    heights = [len(draw_glyph(typeface, digit, height).ink) for digit in "0123456789"]
    assert np.median(heights) == pytest.approx(height, abs=2)


def test_glyph_stands_on_its_place_on_the_base_line() -> None:
    one = draw_glyph(plain_font("DejaVuSans.ttf"), "1", 100)
    comma = draw_glyph(plain_font("DejaVuSans.ttf"), ",", 100)
    assert one.drop == pytest.approx(0, abs=1) and comma.drop > 10
    assert one.left > 0 and one.left + one.ink.shape[1] < one.advance


def test_missing_character_has_no_ink(font: Path, tmp_path: Path) -> None:
    poorer = save_without(font, "a", tmp_path / "poorer.ttf")
    assert draw_glyph(font, "a", 30).ink.size
    assert not draw_glyph(poorer, "a", 30).ink.size
    assert not draw_glyph(font, " ", 30).ink.size


def test_small_digits_lie_anywhere_between_the_pixels() -> None:
    font, rng = plain_font("DejaVuSans.ttf"), np.random.default_rng(0)

    def kinds(fine: int) -> int:
        ink, ends = draw_row(font, [8] * 12, 9, fine, rng)
        eights = np.split(ink, np.round(ends[:-1]).astype(int), axis=1)
        return len({np.trim_zeros(eight).tobytes() for eight in eights})

    assert kinds(1) == 1
    assert kinds(4) > 3


@pytest.mark.parametrize("fine", [1, 4])
@pytest.mark.parametrize("height", [7, 9, 14, 40])
def test_each_digit_of_a_row_comes_back(height: int, fine: int) -> None:
    rng = np.random.default_rng(height)
    digits = [5, 0, 1, 9, 2, 7, 3, 8, 6, 4]
    ink, ends = draw_row(plain_font("DejaVuSans.ttf"), digits, height, fine, rng)
    found = list(read_row(print_page(ink, height, rng), ends))
    assert [place for place, _ in found] == list(range(10))
    for _, crop in found:
        rows, columns = np.flatnonzero(crop.any(axis=1)), np.flatnonzero(crop.any(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        assert crop.max() > 200


def test_training_pictures() -> None:
    typefaces = (plain_font("DejaVuSans.ttf"), OPENCV_FONTS[0])
    digits, again = load_fonts(typefaces, "train"), load_fonts(typefaces, "train")
    assert digits is not None and again is not None
    assert np.array_equal(digits.images, again.images) and np.array_equal(digits.labels, again.labels)
    counts = np.bincount(digits.labels, minlength=10)
    assert counts.max() <= 2 * PICTURES and counts.min() >= 2 * PICTURES - 2
    assert len(np.unique(digits.images, axis=0)) > 0.95 * len(digits.images)
    # labels belong to the pictures: the plain digits are most like the mean of their own class
    plain = load_fonts(typefaces, "train", varied=False)
    assert plain is not None and len(plain.labels) == 20
    means = np.stack([digits.images[digits.labels == digit].mean(axis=0).ravel() for digit in range(10)])
    likeness = plain.images.reshape(20, -1).astype(float) @ (means / np.linalg.norm(means, axis=1)[:, None]).T
    assert np.array_equal(likeness.argmax(axis=1), plain.labels)


def test_fonts_as_data(font: Path, tmp_path: Path) -> None:
    npz = tmp_path / "digits.npz"
    images, labels = np.zeros((24, 28, 28), np.uint8), np.arange(24) % 10
    np.savez(npz, allow_pickle=False, x_train=images, y_train=labels, x_test=images[:5], y_test=labels[:5])
    data = load_digits([str(npz), str(font)])
    assert data.name == "digits.npz, sans.ttf"
    assert data.script.fonts == data.validation_script.fonts == (font,)
    assert len(data.train.labels) + len(data.validation.labels) == pytest.approx(24 + 10 * PICTURES, abs=3)
    assert len(data.test.labels) == 5
    assert load_digits([str(npz)]).script.fonts == ()
    assert sorted(load_test([str(font)]).labels.tolist()) == list(range(10))


def test_folder_of_digits_that_has_a_font_too_is_a_folder_of_digits(font: Path, tmp_path: Path) -> None:
    (tmp_path / "3").mkdir()
    with pytest.raises(SourceError, match="has no images in folders named 0 to 9"):
        load_test([str(tmp_path)])


def test_fonts_to_measure_with_are_never_trained_with() -> None:
    root = Path(__file__).parents[2]
    trained, measured = (
        {line.split("@")[1] for line in path.read_text().splitlines() if line and not line.startswith("#")}
        for path in (root / "models" / "fonts.txt", root / "benchmarks" / "fonts.txt")
    )
    assert len(trained) > 100 and len(measured) == 20
    assert not trained & measured
