"""Draws the two pages that ``page_speed.py`` times: a form in black and white, and a grey page."""

from __future__ import annotations

import cv2
import numpy as np
from form_drawing import PROSE, open_font
from form_texts import Rng
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from string_writing import REACH, Hand, Line, Mark

from digitscan.data import Digits

FORM = (2560, 3300)
"""Width and height of the form in pixels, as of those of NIST's Special Database 19."""

GREY = (2480, 3508)
"""Of the grey page: A4 at 300 dpi."""

ROWS = ((2, 3, 4, 5, 6), (6, 2, 3, 4, 5), (5, 6, 2, 3, 4), (4, 5, 6, 2, 3), (3, 4, 5, 6, 2), (8, 8, 8))
"""Digits of the boxes of each row: 28 boxes, 124 digits."""

NUMBERS = (5,) * 20
"""Digits of the numbers of the grey page."""

BOX, RULE, DIGIT = 120, 4, 66
"""Height of a box, thickness of its lines, height of the digits."""

INK, PAPER, NOISE, QUALITY = 45, 228, 3.0, 85
"""Of the grey page: levels, noise as a standard deviation, and the quality of the JPEG."""


def draw_form(digits: Digits, rng: Rng) -> bytes:
    """Draw a form in black and white, as a PNG of one bit a pixel.

    It has a title, boxes of 2 to 8 handwritten digits with labels above them, and handwritten letters in a
    large box below.

    Args:
        digits: To fill it in with.
        rng: Of what is written, and how.
    """
    width = FORM[0]
    sheet = Image.new("L", FORM, 255)
    draw = ImageDraw.Draw(sheet)
    draw.text((width // 2, 150), "HANDWRITING SAMPLE FORM", 0, open_font(64, bold=True), "ms")
    draw.text((150, 240), _make_prose(rng, 24), 0, open_font(30), "ls")
    hand = Hand(digits, DIGIT, 0.0, rng)
    marks: list[Mark] = []
    for row, counts in enumerate(ROWS):
        y, x = 420 + row * 230, 150
        for count in counts:
            across = count * 76 + 60
            draw.rectangle((x, y, x + across, y + BOX), outline=0, width=RULE)
            draw.text((x + 8, y - 14), _make_text(rng, count), 0, open_font(34), "ls")
            marks += write(_make_text(rng, count), (x + 30, y + (BOX + DIGIT) // 2), hand, rng)
            x += across + 60
    draw.rectangle((150, 2000, width - 150, 3150), outline=0, width=RULE)
    page = np.array(sheet)
    for y in range(2120, 3100, 120):
        at = (200 + int(rng.integers(40)), y + int(rng.integers(-8, 8)))
        cv2.putText(page, _make_prose(rng, 10), at, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2.1, 0, 5, cv2.LINE_AA)
    for x, y, ink in marks:
        place = page[y : y + len(ink), x : x + ink.shape[1]]
        place[ink > 0.5] = 0
    binary = (page >= 128).astype(np.uint8) * 255
    return cv2.imencode(".png", binary, (cv2.IMWRITE_PNG_BILEVEL, 1))[1].tobytes()


def draw_grey(digits: Digits, rng: Rng) -> bytes:
    """Draw a grey page with 20 numbers of 5 handwritten digits in lines, as a JPEG.

    Args:
        digits: To write it with.
        rng: Of what is written, and how.
    """
    width, height = GREY
    page = np.full((height, width), PAPER, np.float32)
    hand = Hand(digits, DIGIT, 0.0, rng)
    for number, count in enumerate(NUMBERS):
        at = (300 + number % 2 * 1100, 400 + number // 2 * 290)
        for x, y, ink in write(_make_text(rng, count), at, hand, rng):
            page[y : y + len(ink), x : x + ink.shape[1]] -= ink * (PAPER - INK)
    page += np.float32(NOISE) * rng.standard_normal(page.shape, np.float32)
    picture = np.clip(np.round(page), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()


def write(text: str, at: tuple[int, int], hand: Hand, rng: Rng) -> list[Mark]:
    """Write digits side by side, with paper between them, on a base line that begins at a place."""
    line = Line(hand.height)
    marks = []
    for digit in text:
        gap = hand.height * rng.uniform(0.18, 0.3)
        marks.append(line.put(line.fit(hand.write(int(digit), rng), rng.normal(0, 0.03), gap, REACH)))
    left = min(mark.x for mark in marks)
    return [Mark(mark.x - left + at[0], mark.y + at[1] - 2 * hand.height, mark.ink) for mark in marks]


def decode(data: bytes) -> NDArray[np.uint8]:
    """Decode a file to grey as OpenCV does: ``(H, W)``."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def _make_text(rng: Rng, count: int) -> str:
    return "".join(map(str, rng.integers(0, 10, count)))


def _make_prose(rng: Rng, count: int) -> str:
    return " ".join(map(str, rng.choice(PROSE.split(), count)))
