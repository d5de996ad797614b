"""The page as the reader saw it: straightened, with its ink, regions, components, cuts and digits."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.debug.cards import DIGIT, STATUS, chosen_places, headline
from digitscan.debug.layout import GREY, Colour, Picture, blank, text_width, write
from digitscan.reader import FieldSteps, PageSteps
from digitscan.segmentation import Segmentation

INK: Colour = (60, 60, 60)
RULE: Colour = (60, 150, 235)
REGION: Colour = (200, 90, 20)
COMPONENT: Colour = (205, 190, 110)
CUT: Colour = (200, 0, 220)

NARROWEST = 1000
"""Least width of a picture in pixels, so that its text fits."""

_MARGIN = 30
"""Room around the page for labels, in pixels."""

_DIGIT_HEIGHT = 72
"""Height in pixels at which the page's digits are shown."""

_LARGEST = 8.0
"""Pages are enlarged this many times at the most, ..."""

_WIDEST = 3900
"""... to this many pixels in width, ..."""

_MOST_PIXELS = 40_000_000
"""... and to this many in all."""

_LABEL = 16
_SMALL = 12
"""Heights of labels in pixels."""

_DARK, _LIGHT = 190, 243
"""Shades that black and white have on the page."""


class View(NamedTuple):
    """Where the page is in its picture: pixels of the picture for one of the page, x and y of its corner."""

    scale: float
    left: int
    top: int

    def point(self, x: float, y: float) -> tuple[int, int]:
        """Where a point of the page is in the picture."""
        return round(self.left + self.scale * x), round(self.top + self.scale * y)


def draw_page(steps: PageSteps) -> tuple[Picture, View]:
    """Draw a page.

    Args:
        steps: How it was read.

    Returns:
        The page with a margin, at a scale at which its digits are of a readable height unless it would
        become too large, and where the page is in it.
    """
    height, width = steps.shape
    scale = _scale(steps)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    view = View(scale, _MARGIN, _MARGIN)
    picture = blank(max(NARROWEST, size[0] + 2 * _MARGIN), size[1] + 2 * _MARGIN)
    picture[_MARGIN : _MARGIN + size[1], _MARGIN : _MARGIN + size[0]] = _draw_ink(steps, size)
    for box in steps.written.boxes.tolist():
        _draw_box(picture, view, box, COMPONENT, 1)
    for field in steps.fields:
        _draw_region(picture, view, field)
    for field in steps.fields:
        for cell in field.writing.cells:
            _draw_cuts(picture, view, cell)
        _draw_digits(picture, view, field)
    for field in steps.fields:
        _write_headline(picture, view, field)
    return picture, view


def _scale(steps: PageSteps) -> float:
    height, width = steps.shape
    heights = [place.candidate.box[3] for field in steps.fields for place in chosen_places(field)]
    wished = _DIGIT_HEIGHT / float(np.median(heights)) if heights else NARROWEST / max(width, height)
    return min(wished, _LARGEST, _WIDEST / width, (_MOST_PIXELS / (width * height)) ** 0.5)


def _draw_ink(steps: PageSteps, size: tuple[int, int]) -> Picture:
    """The page in light grey, what is written dark, and the rules that were taken away."""
    smaller = size[0] < steps.shape[1]

    def resized(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return cv2.resize(plane, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)

    paper = cv2.convertScaleAbs(resized(steps.grey), alpha=(_LIGHT - _DARK) / 255, beta=_DARK)
    written = resized(steps.written.density)
    rules = resized(cv2.subtract(steps.ink.density, steps.written.density))
    return cv2.merge(
        [_tint(_tint(paper, rules, rule), written, ink) for rule, ink in zip(RULE, INK, strict=True)]
    )


def _tint(plane: NDArray[np.uint8], strength: NDArray[np.uint8], shade: int) -> NDArray[np.uint8]:
    """Turn one channel to a shade where the strength is 255, less so where it is less."""
    kept = cv2.multiply(plane, cv2.bitwise_not(strength), scale=1 / 255)
    return cv2.add(kept, cv2.convertScaleAbs(strength, alpha=shade / 255))


def _draw_region(picture: Picture, view: View, field: FieldSteps) -> None:
    region = field.writing.region
    colour = REGION if field.result is not None else GREY
    _draw_box(picture, view, region.box, colour, 2)
    _, y, _, height = region.box
    for x in region.cells[1:-1]:
        cv2.line(picture, view.point(x, y), view.point(x, y + height), colour, 1)


def _draw_cuts(picture: Picture, view: View, cell: Segmentation) -> None:
    """Draw where neighbouring pixels of the ink belong to different pieces."""
    pieces = [candidate for candidate in cell.candidates if candidate.stop == candidate.start + 1]
    if not pieces:
        return
    left = min(piece.box[0] for piece in pieces)
    top = min(piece.box[1] for piece in pieces)
    right = max(piece.box[0] + piece.box[2] for piece in pieces)
    bottom = max(piece.box[1] + piece.box[3] for piece in pieces)
    finer = pieces[0].density.shape[1] / pieces[0].box[2]  # the field's working scale
    owners = np.zeros((round((bottom - top) * finer), round((right - left) * finer)), np.uint16)
    for piece in pieces:
        x, y = round((piece.box[0] - left) * finer), round((piece.box[1] - top) * finer)
        height, width = piece.density.shape
        owners[y : y + height, x : x + width][piece.density > 0] = piece.start + 1
    for borders, ahead in ((_borders(owners), (0, 1)), (_borders(owners.T)[:, ::-1], (1, 0))):
        ends = np.stack([borders, borders + ahead], axis=1)  # (N, 2, 2): of each border both ends, x and y
        points = (view.left, view.top) + view.scale * ((left, top) + ends / finer)
        cv2.polylines(picture, np.round(points).astype(np.int32), False, CUT, 2)


def _borders(owners: NDArray[np.uint16]) -> NDArray[np.intp]:
    """Upper ends, ``(N, 2)`` x and y, of the borders between different owners that adjoin in a row."""
    before, behind = owners[:, :-1], owners[:, 1:]
    rows, columns = np.nonzero((before != behind) & (before > 0) & (behind > 0))
    return np.stack([columns + 1, rows], axis=1)


def _draw_digits(picture: Picture, view: View, field: FieldSteps) -> None:
    """Draw the boxes of the digits that were read, the digit and the classifier's probability below each."""
    for place in chosen_places(field):
        x, y, width, height = place.candidate.box
        _draw_box(picture, view, place.candidate.box, DIGIT, 2)
        middle, below = view.point(x + width / 2, y + height)
        digit, percent = str(place.digit), f"{100 * place.probability:.0f}"
        wide, narrow = text_width(digit, _LABEL, bold=True), text_width(percent, _SMALL)
        base = below + _LABEL + 2
        if wide + 2 + narrow <= view.scale * width:
            left = middle - (wide + 2 + narrow) // 2
            write(picture, percent, (left + wide + 2, base), _SMALL, DIGIT, halo=True)
        else:
            left = middle - wide // 2
            write(picture, percent, (middle - narrow // 2, base + _SMALL + 1), _SMALL, DIGIT, halo=True)
        write(picture, digit, (left, base), _LABEL, DIGIT, bold=True, halo=True)


def _write_headline(picture: Picture, view: View, field: FieldSteps) -> None:
    """Write a field's name, text, confidence and status above it, or what there is in its stead."""
    region = field.writing.region
    x, y = view.point(*region.box[:2])
    if field.result is None:
        text = f"{region.name}: no digits ({field.recognised.readings[0].text})"
        write(picture, text, (x, y - 5), _SMALL, GREY, halo=True)
        return
    text = " ".join(text for text, _ in headline(field.result))
    write(picture, text, (x, y - 6), _LABEL, STATUS[field.result.status], bold=True, halo=True)


def _draw_box(
    picture: Picture, view: View, box: tuple[float, float, float, float], colour: Colour, thickness: int
) -> None:
    """Draw a rectangle around what is in a box."""
    x, y, width, height = box
    left, top = view.point(x, y)
    right, bottom = view.point(x + width, y + height)
    cv2.rectangle(picture, (left - 1, top - 1), (right, bottom), colour, thickness)
