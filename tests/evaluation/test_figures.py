"""The pictures: what is in them is looked at by people; here, that they come out whole."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitscan.data import Digits
from digitscan.errors import OutputError
from digitscan.evaluation import Predictions, evaluate

figures = pytest.importorskip("digitscan.evaluation.figures", exc_type=ImportError)

NAMES = ["confusion.png", "coverage.png", "mistakes.png", "reliability.png"]


def predictions(mistakes: int) -> Predictions:
    """Predictions of 60 digits, the first few of which are wrong; each image shows a bar."""
    labels = np.arange(60) % 10
    probabilities = np.full((60, 10), 0.01)
    taken = np.where(np.arange(60) < mistakes, (labels + 1) % 10, labels)
    probabilities[np.arange(60), taken] = np.linspace(0.6, 0.91, 60)
    images = np.zeros((60, 28, 28), np.uint8)
    images[:, 4:24, 13:16] = 255
    return Predictions(Digits(images, labels.astype(np.uint8)), probabilities)


def draw(folder: Path, mistakes: int) -> dict[str, tuple[int, int]]:
    """Heights and widths of the pictures; none may be of one colour."""
    given = predictions(mistakes)
    figures.write_figures(folder, evaluate(given, model="m", data=["d"]), given)
    sizes = {}
    for path in sorted(folder.iterdir()):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None and int(np.ptp(picture)) > 200
        sizes[path.name] = picture.shape[:2]
    return sizes


@pytest.mark.parametrize(("mistakes", "rows"), [(0, 1), (1, 1), (9, 2), (50, 5)])
def test_pictures(mistakes: int, rows: int, tmp_path: Path) -> None:
    """At most 40 mistakes are shown, eight in a row."""
    sizes = draw(tmp_path, mistakes)
    assert sorted(sizes) == NAMES
    assert all(min(size) > 250 and max(size) < 2500 for size in sizes.values())
    assert sizes["mistakes.png"][0] == 120 + 240 * rows


def test_folder_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^cannot write .*gone/confusion\.png: "):
        draw(tmp_path / "gone", 1)
