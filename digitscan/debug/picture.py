"""The picture of a page: the page, and below it the cards of its fields."""

from __future__ import annotations

from pathlib import Path

import cv2

from digitscan.debug.cards import DIGIT, TEXT, draw_card
from digitscan.debug.layout import BLACK, GREY, Colour, Picture, beside, blank, flow, stack, text_line
from digitscan.debug.page import COMPONENT, CUT, INK, REGION, RULE, draw_page
from digitscan.debug.png import write_png
from digitscan.reader import PageSteps

LEGEND: dict[str, Colour] = {
    "ink": INK,
    "rule, taken away": RULE,
    "component": COMPONENT,
    "cut": CUT,
    "field": REGION,
    "no field": GREY,
    "digit read, with the classifier's probability in percent": DIGIT,
}

_GAP = 16


def draw_picture(title: str, steps: PageSteps) -> Picture:
    """Draw how a page was read.

    Args:
        title: Its name.
        steps: How it was read.

    Returns:
        ``(H, W, 3)`` the title, a legend, the page, and a card for each field.
    """
    page, _ = draw_page(steps)
    width = page.shape[1]
    cards = [
        draw_card(field, field.result, steps.classes, width)
        for field in steps.fields
        if field.result is not None
    ]
    name = text_line([(title, BLACK)], TEXT, bold=True)[:, :width]
    facts = text_line([(_facts(steps), BLACK)], TEXT)
    body = stack([name, facts, _legend(width), page, flow(cards, width, _GAP)], _GAP)
    return cv2.copyMakeBorder(body, _GAP, _GAP, _GAP, _GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def write_picture(path: Path, steps: PageSteps) -> None:
    """Write how a page was read as PNG; an older file is replaced.

    Raises:
        OutputError: The file cannot be written.
    """
    write_png(path, draw_picture(path.stem, steps), compression=1)


def _facts(steps: PageSteps) -> str:
    height, width = steps.shape
    degrees = steps.straightening.degrees
    turned = f", turned by {degrees:+.2f} degrees" if degrees else ""
    return f"{width} x {height} pixels, strokes {steps.stroke:g} wide{turned}"


def _legend(width: int) -> Picture:
    entries = []
    for text, colour in LEGEND.items():
        swatch = blank(TEXT, round(1.5 * TEXT))
        swatch[6:-3] = colour
        entries.append(beside([swatch, text_line([(text, BLACK)], TEXT)], 6))
    return flow(entries, width, _GAP)
