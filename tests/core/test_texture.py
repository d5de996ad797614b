"""Strokes on paper with printed lines, and where there is nothing to tell them from."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.sampling import SampledRows
from digitscan.strokes import mean_width
from digitscan.texture import Strokes, find_written

Array = NDArray[np.uint8]

SHAPE = 120, 400
STROKES = ((60, 20, 80, 100), (140, 30, 140, 95), (220, 90, 300, 30))


def written_on(darkness: Array, middle: int = 130, step: int = 1) -> Array | None:
    pen = Strokes(middle, mean_width((darkness >= middle).astype(np.uint8)) + 1)
    return find_written(darkness, SampledRows(darkness, step), pen)


def drawn(
    pen: int, width: int, lines: int, pitch: int = 5, shape: tuple[int, int] = SHAPE
) -> tuple[Array, Array]:
    """Darkness of strokes over printed lines, as a scanner sees it, and the strokes, 255."""
    strokes, paper = np.zeros((2, *shape), np.uint8)
    for x0, y0, x1, y1 in STROKES:
        cv2.line(strokes, (x0, y0), (x1, y1), 255, width, cv2.LINE_AA)
    for y in range(0, shape[0] + shape[1] // 10, pitch):
        cv2.line(paper, (0, y), (shape[1], y - shape[1] // 10), lines, 2, cv2.LINE_AA)
    darkness = np.maximum(strokes / 255.0 * pen, paper)
    return np.asarray(cv2.GaussianBlur(darkness, (0, 0), 0.6).round(), np.uint8), strokes


@pytest.mark.parametrize("width", [3, 5])
@pytest.mark.parametrize("pitch", [5, 7, 9])
def test_strokes_are_kept_and_lines_away_from_them_are_not(width: int, pitch: int) -> None:
    darkness, strokes = drawn(170, width, 120, pitch)
    written = written_on(darkness)
    assert written is not None
    assert np.mean(written[strokes > 128] > 0) > 0.99
    beside = cv2.dilate(strokes, np.ones((25, 25), np.uint8)) == 0
    assert np.mean(written[beside] > 0) < 0.01
    assert np.mean(darkness[beside] >= 85) > 0.3  # they would be ink


def test_a_stroke_that_is_faint_in_part_is_kept_whole() -> None:
    darkness, strokes = drawn(170, 5, 90)
    faint = darkness.copy()
    faint[55:75] = np.where(strokes[55:75] > 0, (0.65 * darkness[55:75]).astype(np.uint8), darkness[55:75])
    written = written_on(faint)
    assert written is not None
    assert np.mean(written[strokes > 128] > 0) > 0.97


def test_clean_paper_shows_no_texture() -> None:
    darkness, _ = drawn(170, 5, 0)
    assert written_on(darkness) is None


def test_noise_and_soft_edges_are_no_texture() -> None:
    darkness, _ = drawn(170, 5, 0)
    noise = np.random.default_rng(3).normal(0, 6, SHAPE)
    soft = cv2.GaussianBlur(darkness, (0, 0), 1.5) + noise
    assert written_on(soft.clip(0, 255).astype(np.uint8)) is None


@pytest.mark.parametrize("step", [1, 7])
def test_a_part_of_a_page_may_be_textured(step: int) -> None:
    darkness, strokes = drawn(170, 3, 120, shape=(700, 900))
    page, pens = np.zeros((2, 1500, 2000), np.uint8)
    page[700:1400, 900:1800], pens[700:1400, 900:1800] = darkness, strokes
    page[200:320, 100:500], _ = drawn(150, 3, 0)
    written = written_on(page, step=step)
    assert written is not None
    assert np.mean(written[pens > 128] > 0) > 0.99
    assert written[:400].all()
    beside = (cv2.dilate(pens, np.ones((25, 25), np.uint8)) == 0)[950:1050, 1150:1450]
    assert np.mean(written[950:1050, 1150:1450][beside] > 0) < 0.02


def test_what_lies_beside_the_sheet_is_no_texture() -> None:
    darkness, _ = drawn(170, 5, 0)
    darkness[:, 250:] = 100
    assert written_on(darkness) is None


def test_a_fainter_pen_on_clean_paper_is_no_texture() -> None:
    darkness, _ = drawn(200, 9, 0)
    cv2.putText(darkness, "4711 0815", (10, 115), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 90, 2, cv2.LINE_AA)
    assert written_on(darkness, 150) is None


def test_lines_as_dark_as_strokes_and_as_thick_cannot_be_told_from_them() -> None:
    darkness, _ = drawn(170, 3, 0)
    darkness[::8] = darkness[1::8] = darkness[2::8] = 170
    assert written_on(darkness, 120) is None
