"""Pictures put together of text and smaller pictures, drawn with OpenCV alone.

All are ``(H, W, 3)`` ``uint8`` on white. Colours are blue, green, red.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

BLACK: Colour = (30, 30, 30)
GREY: Colour = (125, 125, 125)
WHITE: Colour = (255, 255, 255)

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_HEIGHT = cv2.getTextSize("0", _FONT, 10.0, 1)[0][1] / 10
"""Height of the font at scale 1; the versions of OpenCV differ in it."""


def blank(width: int, height: int) -> Picture:
    """White paper."""
    return np.full((height, width, 3), 255, np.uint8)


def text_width(text: str, height: int, *, bold: bool = False) -> int:
    """Width of a text in pixels, ``height`` being that of its capitals and the room above them."""
    (width, _), _ = cv2.getTextSize(_printable(text), _FONT, height / _HEIGHT, 1 + bold)
    return int(width)


def write(
    picture: Picture,
    text: str,
    at: tuple[int, int],
    height: int,
    colour: Colour = BLACK,
    *,
    bold: bool = False,
    halo: bool = False,
) -> None:
    """Write a line of text.

    Args:
        picture: What is written on.
        text: What is written.
        at: Left end of the base line, x and y.
        height: Height of the capitals and the room above them in pixels.
        colour: Of the text.
        bold: Whether its strokes are thick.
        halo: Whether it keeps a white edge, to be read on anything.
    """
    scale, (x, y), text = height / _HEIGHT, at, _printable(text)
    if halo:
        for right, down in product((-2, 0, 2), repeat=2):
            cv2.putText(picture, text, (x + right, y + down), _FONT, scale, WHITE, 1 + bold, cv2.LINE_AA)
    cv2.putText(picture, text, at, _FONT, scale, colour, 1 + bold, cv2.LINE_AA)


def text_line(parts: Sequence[tuple[str, Colour]], height: int, *, bold: bool = False) -> Picture:
    """Make a line of text in several colours, a blank between them."""
    gap = height // 2
    widths = [text_width(text, height, bold=bold) for text, _ in parts]
    line = blank(sum(widths) + gap * len(parts) + 2, round(1.5 * height))
    x = 0
    for (text, colour), width in zip(parts, widths, strict=True):
        write(line, text, (x, round(1.1 * height)), height, colour, bold=bold)
        x += width + gap
    return line


def stack(pictures: Sequence[Picture], gap: int = 0) -> Picture:
    """Put pictures below each other, their left edges in line."""
    whole = blank(
        max((picture.shape[1] for picture in pictures), default=0),
        sum(picture.shape[0] for picture in pictures) + gap * max(0, len(pictures) - 1),
    )
    y = 0
    for picture in pictures:
        whole[y : y + picture.shape[0], : picture.shape[1]] = picture
        y += picture.shape[0] + gap
    return whole


def beside(pictures: Sequence[Picture], gap: int = 0) -> Picture:
    """Put pictures beside each other, their upper edges in line."""
    whole = blank(
        sum(picture.shape[1] for picture in pictures) + gap * max(0, len(pictures) - 1),
        max((picture.shape[0] for picture in pictures), default=0),
    )
    x = 0
    for picture in pictures:
        whole[: picture.shape[0], x : x + picture.shape[1]] = picture
        x += picture.shape[1] + gap
    return whole


def flow(pictures: Sequence[Picture], width: int, gap: int) -> Picture:
    """Put pictures beside each other in as many rows as it takes, as words of a text; wide ones are cut."""
    rows: list[list[Picture]] = []
    left = 0
    for picture in pictures:
        cut = picture[:, :width]
        if rows and cut.shape[1] <= left:
            rows[-1].append(cut)
        else:
            rows.append([cut])
            left = width
        left -= cut.shape[1] + gap
    return stack([beside(row, gap) for row in rows], gap)


def _printable(text: str) -> str:
    """Escape what is no character to be seen, as messages do; OpenCV crashes on some."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
