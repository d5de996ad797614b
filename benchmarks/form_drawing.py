"""Prints the forms of ``scanned_forms.py``, and fills them in by hand with MNIST's digits."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from form_layout import HEIGHT, RULE, WIDTH, Box, Form, FormField, Paragraph
from form_texts import Rng
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from string_writing import REACH, Hand, Ink, Line, Mark, draw_stroke

from digitscan.data import Digits

FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
TITLE, LABEL, SMALL = 46, 21, 18
"""Sizes of the type in pixels; 18 are 6.5 points."""

LEADING = 25
"""Pixels from line to line of the small print."""

PROSE = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they
which one you were her all she there would their we him been has when who will more no if out so said what
up its about into than them can only other new some could time these two may then do first any my now such
like our over member society office account amount months notice payment written agreement statutes
application declaration
"""
"""Words of the small print."""

DIGIT, PEN = (34, 40), (40, 80)
"""Height of the digits in pixels, and grey of the pen: from, to."""

GAP = (0.18, 0.4)
"""Between the digits in a box, in their heights; a bad scan still keeps them apart."""

EMPTY, TICKED = 0.15, 0.4
"""How often an optional field is left empty, and how often a box is ticked."""

MARGIN, CELL_MARGIN = 5, 3
"""Pixels of paper between an upright line and the digits, at least: in boxes and in the cells of combs."""


class Filled(NamedTuple):
    """A filled form: grey ``(H, W)`` on white, and the value of each field, as results have it."""

    page: NDArray[np.uint8]
    values: dict[str, str]


@cache
def open_font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Open DejaVu Sans, which comes with matplotlib."""
    return ImageFont.truetype(FONTS / f"DejaVuSans{'-Bold' if bold else ''}.ttf", size)


@cache
def print_form(form: Form) -> NDArray[np.uint8]:
    """Print a form; its small print is always the same."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(sheet)
    draw.text((110, 150), form.title, 0, open_font(TITLE, bold=True), "ls")
    draw.text((1544, 150), form.number, 0, open_font(LABEL), "rs")
    draw.line((110, 175, 1544, 175), 0, RULE)
    rng = np.random.default_rng(zlib.crc32(form.title.encode()))
    for paragraph in form.paragraphs:
        print_paragraph(draw, paragraph, rng)
    for field in form.fields:
        print_field(draw, field)
    page = np.array(sheet)
    page.setflags(write=False)
    return page


def print_paragraph(draw: ImageDraw.ImageDraw, paragraph: Paragraph, rng: Rng) -> None:
    """Print small print, of words at random; the last line is shorter."""
    font, words = open_font(SMALL), PROSE.split()
    for number in range(paragraph.lines):
        width = paragraph.width * (0.6 if number == paragraph.lines - 1 else 1)
        line = str(rng.choice(words)).capitalize()
        while font.getlength(longer := f"{line} {rng.choice(words)}") < width:
            line = longer
        draw.text((paragraph.x, paragraph.y + number * LEADING), line, 0, font, "ls")


def print_field(draw: ImageDraw.ImageDraw, field: FormField) -> None:
    """Print the box or the comb of a field, and its label."""
    x, y, width, height = field.box
    draw.rectangle((x, y, x + width - 1, y + height - 1), outline=0, width=RULE)
    for line in find_lines(field)[1:-1]:
        draw.rectangle((line, y, line + RULE - 1, y + height - 1), 0)
    at, anchor = ((x, y - 10), "ls") if field.label_at is None else ((field.label_at, y + height / 2), "lm")
    draw.text(at, field.label, 0, open_font(LABEL), anchor)


def find_lines(field: FormField) -> list[int]:
    """Find the first column of each upright line of a field.

    >>> find_lines(FormField("", "", (10, 0, 93, 20), None, cells=3))
    [10, 40, 70, 100]
    """
    x, _, width, _ = field.box
    cells = max(1, field.cells)
    return [x + round(cell * (width - RULE) / cells) for cell in range(cells + 1)]


def fill_form(form: Form, digits: Digits, rng: Rng) -> Filled:
    """Fill a form in, all of it with one hand and one pen.

    Args:
        form: The form.
        digits: To take each digit from.
        rng: Of what is written, and how.
    """
    hand = Hand(digits, int(rng.integers(*DIGIT, endpoint=True)), rng.uniform(-0.1, 0.1), rng)
    marks: list[Mark] = []
    values: dict[str, str] = {}
    for field in form.fields:
        if not field.make:
            ticked = rng.random() < TICKED
            values[field.name] = str(ticked).lower()
            marks += draw_tick(field.box, rng) if ticked else []
            continue
        text = "" if field.optional and rng.random() < EMPTY else field.make(rng)
        values[field.name] = text
        if text:
            write = write_in_cells if field.cells else write_in_box
            marks += write(text, field, hand, rng)
    page = print_form(form).astype(np.float32)
    pen = rng.uniform(*PEN)
    for x, y, ink in marks:
        place = page[y : y + len(ink), x : x + ink.shape[1]]
        place -= ink * np.maximum(place - pen, 0)
    return Filled(np.round(page).astype(np.uint8), values)


def write_in_box(text: str, field: FormField, hand: Hand, rng: Rng) -> list[Mark]:
    """Write digits side by side into a box, with paper between them."""
    x, y, width, height = field.box
    room = width - 2 * (RULE + MARGIN)
    inks = [hand.write(int(digit), rng) for digit in text]
    spare = room - sum(ink.shape[1] for ink in inks)
    gap = min(hand.height * rng.uniform(*GAP), spare / len(inks) / 1.2)
    line = Line(hand.height)
    marks = []
    for ink in inks:
        marks.append(line.put(line.fit(ink, rng.normal(0, 0.03), gap * rng.uniform(0.8, 1.2), REACH)))
    left = min(mark.x for mark in marks)
    written = max(mark.x + mark.ink.shape[1] for mark in marks) - left
    across = x + RULE + MARGIN + int(rng.integers(0, min(room - written, 60), endpoint=True)) - left
    down = y + round((height + hand.height) / 2 + rng.uniform(-3, 3)) - 2 * hand.height
    return [keep_within(mark.ink, mark.x + across, mark.y + down, field.box) for mark in marks]


def write_in_cells(text: str, field: FormField, hand: Hand, rng: Rng) -> list[Mark]:
    """Write a digit into each cell of a comb, from the first on."""
    _, y, _, height = field.box
    marks = []
    for digit, (left, right) in zip(text, pairwise(find_lines(field)), strict=False):
        room = right - left - RULE - 2 * CELL_MARGIN
        ink = narrow(hand.write(int(digit), rng), room)
        spare = room - ink.shape[1]
        across = left + RULE + CELL_MARGIN + round(spare * rng.uniform(0.25, 0.75))
        down = y + round((height - len(ink)) / 2 + rng.uniform(-3, 3))
        marks.append(keep_within(ink, across, down, field.box))
    return marks


def narrow(ink: Ink, width: int) -> Ink:
    """Make a digit smaller that is wider than this."""
    times = min(1.0, width / ink.shape[1])
    size = (max(1, round(ink.shape[1] * times)), max(1, round(len(ink) * times)))
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)


def keep_within(ink: Ink, x: int, y: int, box: Box) -> Mark:
    """Place a digit between the upper and the lower line of a box."""
    _, top, _, height = box
    return Mark(x, int(np.clip(y, top + RULE + 1, top + height - RULE - 1 - len(ink))), ink)


def draw_tick(box: Box, rng: Rng) -> list[Mark]:
    """Tick a box by hand: with a cross or with a hook, which may leave the box."""
    if rng.random() < 0.5:
        return [
            draw_by_hand([(0.1, 0.1), (0.9, 0.9)], box, rng),
            draw_by_hand([(0.9, 0.1), (0.1, 0.9)], box, rng),
        ]
    return [draw_by_hand([(0.1, 0.5), (0.4, 0.9), (1.05, -0.1)], box, rng)]


def draw_by_hand(points: Sequence[tuple[float, float]], box: Box, rng: Rng) -> Mark:
    """Draw a bent stroke about through points, given in sides of a box from its top left."""
    x, y, width, height = box
    ends = np.array(points) + rng.normal(0, 0.08, (len(points), 2))
    t = np.linspace(0, 1, 8)[:, None]
    way = [one + t * (other - one) + t * (1 - t) * rng.normal(0, 0.25, 2) for one, other in pairwise(ends)]
    stroke = [(float(u), float(v)) for u, v in np.vstack(way) * (width, height) + (x, y)]
    return draw_stroke(stroke, rng.uniform(3.5, 5.5))


def print_prose(rng: Rng) -> NDArray[np.uint8]:
    """Print a page of prose without a field."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(sheet)
    y = 160
    while (lines := int(rng.integers(4, 12))) * LEADING + y < HEIGHT - 120:
        print_paragraph(draw, Paragraph(110, y, 1430, lines), rng)
        y += (lines + 1) * LEADING
    return np.array(sheet)
