"""Prints a form on a page, its words, lines, boxes and combs, and fills its fields in by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
from handwriting import CROSSING, digit_ink, stamp, stroke_ink, write_digits
from paper import Box, Field, Gray, Style
from PIL import Image, ImageDraw, ImageFont

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
"""DejaVu Sans comes with matplotlib, and so is the same everywhere."""


def print_words(
    page: Gray, words: str, x: int, y: int, size: int, *, bold: bool = False, anchor: str = "ls"
) -> None:
    """Prints words in black on the page.

    Args:
        page: Grey page, printed on in place.
        words: What to print.
        x: Column of the anchor.
        y: Row of the anchor.
        size: Size of the type in pixels.
        bold: Prints bold.
        anchor: Which point of the words lies at (x, y), in Pillow's letters.
    """
    path = FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    font = ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    picture = Image.fromarray(page)
    ImageDraw.Draw(picture).text((x, y), words, fill=0, font=font, anchor=anchor)
    page[:] = np.asarray(picture)


def rule_line(page: Gray, x: int, y: int, width: int, height: int) -> None:
    """Draws a straight ruled line as the rectangle it fills."""
    page[y : y + height, x : x + width] = 0


def comb_lines(box: Box, cells: int, rule: int) -> list[int]:
    """Returns the left edge of each upright line of a comb, both ends included.

    Examples:
        >>> comb_lines((10, 0, 92, 20), 3, 2)
        [10, 40, 70, 100]
    """
    left, _, width, _ = box
    return [left + round(index * (width - rule) / cells) for index in range(cells + 1)]


def write_in_box(page: Gray, field: Field, style: Style, rng: np.random.Generator) -> None:
    """Writes the digits of a field in its printed box, from somewhere near its left.

    Raises:
        ValueError: The box is too narrow for the digits.
    """
    left, top, width, height = field.box
    baseline = top + round((height + style.digit) / 2 + float(rng.normal(0.0, 0.03)) * height)
    x = left + style.rule + round(float(rng.uniform(0.3, 0.7)) * style.digit)
    ink = write_digits(page, field.text, x, baseline, style, rng, rule_y=top + height - style.rule)
    if ink[0] + ink[2] + style.gap > left + width - style.rule:
        raise ValueError(f"{field.text!r} does not fit in {field.box}")


def write_in_comb(page: Gray, field: Field, style: Style, rng: np.random.Generator) -> None:
    """Writes one digit a cell from the first cell on; cells without a digit stay blank."""
    _, top, _, height = field.box
    baseline = top + (height + style.digit) / 2
    lines = pairwise(comb_lines(field.box, field.cells, style.rule))
    for digit, (left, right) in zip(field.text, lines, strict=False):
        inside = right - left - style.rule - 2 * (style.gap + 1)
        crosses = rng.random() < CROSSING
        tall = round(style.digit * float(rng.uniform(0.88, 1.12)) * (1.2 if crosses else 1.0))
        ink = digit_ink(digit, tall, inside - 6, float(rng.normal(0.0, 0.05)), rng)
        spare = (inside - ink.shape[1]) / 2
        x = left + style.rule + style.gap + 1 + round(spare * (1 + float(np.clip(rng.normal(0, 0.3), -1, 1))))
        bottom = round(baseline + float(rng.normal(0.0, 0.05)) * style.digit)
        # A digit lower than the others for its width stands nearer the middle of the cell.
        bottom -= max(0, style.digit - ink.shape[0]) // 3
        if crosses:
            bottom = top + height + round(0.08 * style.digit)
        stamp(page, ink, x, bottom - ink.shape[0], style.ink)


def tick_box(page: Gray, field: Field, style: Style, rng: np.random.Generator) -> None:
    """Ticks a box with a cross or with a hook, which may leave the box."""
    left, top, side, _ = field.box
    hook = [[(0.15, 0.5), (0.4, 0.85), (1.05, -0.1)]]
    cross = [[(0.15, 0.15), (0.85, 0.85)], [(0.85, 0.15), (0.15, 0.85)]]
    for points in hook if rng.random() < 0.5 else cross:
        drawn = np.array(points) + rng.normal(0.0, 0.06, (len(points), 2))
        ink = stroke_ink((drawn + 0.5) * side, 2 * side, float(rng.uniform(4.0, 6.0)))
        stamp(page, ink, left - side // 2, top - side // 2, style.ink)


def draw_fields(page: Gray, fields: Sequence[Field], style: Style, rng: np.random.Generator) -> None:
    """Draws fields: box or comb with its lines inside the box, label, and what is written in it."""
    for field in fields:
        left, top, width, height = field.box
        rule_line(page, left, top, width, style.rule)
        rule_line(page, left, top + height - style.rule, width, style.rule)
        for x in comb_lines(field.box, field.cells, style.rule):
            rule_line(page, x, top, style.rule, height)
        if field.label_x is None:
            print_words(page, field.label, left, top - style.label // 2, style.label)
        else:
            print_words(page, field.label, field.label_x, top + height // 2, style.label, anchor="lm")
        if field.is_mark:
            if field.text == "true":
                tick_box(page, field, style, rng)
        elif field.cells > 1:
            write_in_comb(page, field, style, rng)
        elif field.text:
            write_in_box(page, field, style, rng)
