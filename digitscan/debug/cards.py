"""Cards: what the networks saw of each field, and what they took it for."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.crops import make_crop
from digitscan.ctc import likely_strings, string_probabilities
from digitscan.debug.layout import BLACK, GREY, Colour, Picture, flow, stack, text_line
from digitscan.decoding import BEAM
from digitscan.reader import FieldSteps
from digitscan.recognition import Transcript
from digitscan.results import FieldResult
from digitscan.weighing import Place

DIGIT: Colour = (40, 140, 20)
"""Of the digits that were read."""

STATUS: dict[str, Colour] = {
    "ok": DIGIT,
    "review": (0, 110, 225),
    "invalid": (40, 40, 205),
    "empty": GREY,
}
"""Colours of a field's status."""

TEXT = 18
"""Height of text in pixels."""

_SMALL = 15
_LARGER = 3
"""Crops and strips are shown this many times as large."""

_BEST = 3
"""Classes shown of each crop, the most probable."""

_GAP = 8
_EDGE = 10


def chosen_places(field: FieldSteps) -> tuple[Place, ...]:
    """The digits of the reading that became the field's result; none where it has no digits."""
    if field.result is None or not field.result.digits:
        return ()
    text = "".join(digit.text for digit in field.result.digits)
    return next(reading.places for reading in field.recognised.readings if reading.text == text)


def headline(result: FieldResult) -> list[tuple[str, Colour]]:
    """A field's name, text, confidence and status."""
    colour = STATUS[result.status]
    confidence = (f"{100 * result.confidence:.1f}%", colour)
    if result.status == "empty":
        return [(f"{result.name}:", GREY), ("empty", colour), confidence]
    return [
        (f"{result.name}:", GREY),
        (result.text or "no digits", BLACK),
        confidence,
        (result.status, colour),
    ]


def draw_card(field: FieldSteps, result: FieldResult, classes: Sequence[str], width: int) -> Picture:
    """Draw a field's card.

    Args:
        field: How the field was read.
        result: Its result.
        classes: What the classifier's columns mean.
        width: Most pixels that it may be wide.

    Returns:
        The name, text, confidence and status; the runners-up; the strip with the strings that the transcriber
        likes best, one a look; the crops of the chosen candidates with their best classes. What a field lacks
        is left out. Where the ink was taken for no digits, the crops are those of the likeliest digits.
    """
    inner = width - 2 * _EDGE
    rows = [text_line(headline(result), TEXT, bold=True)]
    if result.alternatives:
        others = [f"{other.text or 'nothing'} {100 * other.confidence:.2f}%" for other in result.alternatives]
        rows.append(flow([_small(text, GREY) for text in ("else", *others)], inner, _GAP))
    if field.recognised.transcript is not None:
        rows += _draw_transcript(field.recognised.transcript, inner)
    places = chosen_places(field)
    if not places and result.status != "empty":
        places = field.recognised.readings[0].places
        rows.append(_small("taken for no digits" + (", the likeliest being" if places else ""), GREY))
    if places:
        rows.append(flow([_draw_place(place, field, classes) for place in places], inner, _GAP))
    card = stack(rows, _GAP)
    card = cv2.copyMakeBorder(card, _EDGE, _EDGE, _EDGE, _EDGE, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    cv2.rectangle(card, (0, 0), (card.shape[1] - 1, card.shape[0] - 1), STATUS[result.status], 1)
    return card


def _small(text: str, colour: Colour) -> Picture:
    return text_line([(text, colour)], _SMALL)


def _draw_transcript(transcript: Transcript, width: int) -> list[Picture]:
    """The strip, and the strings that the transcriber likes best, one a look."""
    strip = _enlarge(transcript.strip.picture)
    if strip.shape[1] > width:
        scale = width / strip.shape[1]
        strip = cv2.resize(strip, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    best = []
    looks = list(transcript.looks)
    for frames, (text, *_) in zip(looks, likely_strings(looks, BEAM), strict=True):
        probability = float(np.exp(string_probabilities(frames, [text])[0]))
        best.append(f"{text or 'nothing'} {100 * probability:.1f}%")
    return [strip, _small(f"as a whole: {', '.join(best)}", BLACK)]


def _draw_place(place: Place, field: FieldSteps, classes: Sequence[str]) -> Picture:
    """The crop of a digit, and below it the likeliest classes, and the digit's where it is none of them."""
    row = _probabilities(place, field)
    columns = np.argsort(-row, kind="stable")[:_BEST].tolist()
    if place.digit not in columns:
        columns.append(place.digit)
    lines = [
        _small(f"{classes[column]} {100 * row[column]:.0f}%", DIGIT if column == place.digit else GREY)
        for column in columns
    ]
    crop = np.round(255 * make_crop(place.candidate.density)).astype(np.uint8)
    return stack([_enlarge(crop), *lines])


def _probabilities(place: Place, field: FieldSteps) -> NDArray[np.float32]:
    """What the classifier said of the candidate that a digit is."""
    for cell, rows in zip(field.writing.cells, field.recognised.probabilities, strict=True):
        for candidate, row in zip(cell.candidates, rows, strict=True):
            if candidate is place.candidate:
                return row
    raise AssertionError("a digit that is none of the candidates")


def _enlarge(density: NDArray[np.uint8]) -> Picture:
    """Ink as a larger picture, pixel by pixel, white on black as the networks see it."""
    large = cv2.resize(density, None, fx=_LARGER, fy=_LARGER, interpolation=cv2.INTER_NEAREST)
    return cv2.cvtColor(large, cv2.COLOR_GRAY2BGR)
