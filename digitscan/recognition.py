"""Recognition: the likeliest strings of a page's fields, all of them classified in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.candidates import judge_candidates
from digitscan.classifier import Classifier
from digitscan.classifier.transcriber import Transcriber
from digitscan.decoding import Reading, decode, join_cells
from digitscan.pooling import Read, pool
from digitscan.segmentation import Segmentation
from digitscan.strips import Strip, make_strip
from digitscan.strokes import mean_strokes
from digitscan.writings import Writing

_DIGIT_LIKE = 0.75
"""Mean probability of its digits under which what was read in a found place is taken for letters."""

_FEW_LETTERS = 0.25
"""Letters among the digits, as a share of them, from which on a found place is text."""

_LETTER = 0.6
"""Ink passed over is a letter when it is at least this share of a digit's height high."""

_ONE = 0.15
"""Probability that a cell for one digit holds no more, under which it does."""

_SURE = 0.9
"""Where a field is of whole digits alone and is read with this probability, the transcriber is not asked."""

_MOST_STROKES = 3.5
"""Strokes that lie above or beside each other in a digit, in the mean over its columns or rows: of MNIST's no
more than 2.9, of those on cheques 3.4."""


class Transcript(NamedTuple):
    """What the transcriber saw of a field, and the ``(LOOKS, T, 11)`` log probabilities that it gave."""

    strip: Strip
    looks: NDArray[np.float32]


@dataclass(frozen=True)
class Recognised:
    """What the networks made of a field.

    Attributes:
        readings: Up to ``BEAM`` readings, the most probable first.
        probabilities: For each cell ``(N, classes)``, the classifier's output for its candidates.
        transcript: The transcriber's part; None where it was not asked.
    """

    readings: list[Reading]
    probabilities: list[NDArray[np.float32]]
    transcript: Transcript | None = None


def recognise(
    writings: Sequence[Writing], classifier: Classifier, transcriber: Transcriber | None, *, searched: bool
) -> list[Recognised]:
    """Read fields.

    Args:
        writings: What is written in each field of a page.
        classifier: Judges the candidates.
        transcriber: Reads the fields as a whole where it is given; not combs, whose cells part the digits
            already, not what is surely whole digits, and not what looks like letters.
        searched: Whether the fields were found on the page and may hold letters as well.

    Returns:
        For each field its readings, and what they come from.
    """
    rows = iter(judge_candidates([cell for writing in writings for cell in writing.cells], classifier))
    recognised = []
    for writing in writings:
        probabilities = [next(rows) for _ in writing.cells]
        recognised.append(Recognised(_decode(writing, probabilities, classifier), probabilities))
    if transcriber is None:
        return recognised
    whole = [
        i
        for i, (writing, found) in enumerate(zip(writings, recognised, strict=True))
        if not writing.region.cells
        and not writing.is_text
        and writing.has_ink
        and not _is_sure(found.readings[0], writing.cells[0])
        and not (searched and not digit_like(found.readings[0], writing))
    ]
    strips = [
        make_strip(writings[i].density, writings[i].cells[0].components, writings[i].cells[0].line)
        for i in whole
    ]
    looks = transcriber.transcribe([strip.picture for strip in strips])
    read = [
        Read(
            recognised[i].readings,
            writings[i].cells[0],
            recognised[i].probabilities[0],
            given,
            writings[i].region.constraints,
        )
        for i, given in zip(whole, looks, strict=True)
    ]
    for i, strip, given, pooled in zip(whole, strips, looks, pool(read, classifier.classes), strict=True):
        recognised[i] = replace(recognised[i], readings=pooled, transcript=Transcript(strip, given))
    return recognised


def _is_sure(reading: Reading, lattice: Segmentation) -> bool:
    """Whether a field is read with certainty, all of its ink being whole digits."""
    return reading.probability >= _SURE and all(c.seen is not None for c in lattice.candidates)


def digit_like(reading: Reading, writing: Writing) -> bool:
    """Whether what was read is digits on the whole, and not a few letters of a text that look like some."""
    if not reading.places:
        return False
    mean = exp(sum(log(max(place.probability, 1e-6)) for place in reading.places) / len(reading.places))
    return mean >= _DIGIT_LIKE and _letters_passed(reading, writing) <= _FEW_LETTERS * len(reading.places)


def is_crossed_out(reading: Reading, writing: Writing) -> bool:
    """Whether a digit seems to be crossed out, or a cell of a comb holds writing that is none.

    What was read as a digit has more strokes then than any digit has, or something as high as a digit was
    passed over.
    """
    if any(mean_strokes(place.candidate.density >= 128) > _MOST_STROKES for place in reading.places):
        return True
    if not writing.region.cells:
        return False
    taken = {id(place.candidate) for place in reading.places}
    usual = float(np.median([cell.digit_height for cell in writing.cells if cell.pieces] or [0.0]))
    return any(
        cell.digit_height >= _LETTER * usual and not any(id(c) in taken for c in cell.candidates)
        for cell in writing.cells
        if cell.pieces
    )


def decode_cells(
    writing: Writing, probabilities: Sequence[NDArray[np.float32]], classifier: Classifier
) -> list[list[Reading]]:
    """Decode the cells of a comb, each for itself.

    Args:
        writing: What is written in the comb.
        probabilities: For each cell what ``judge`` gives of its candidates.
        classifier: Judged them.

    Returns:
        For each cell its readings, the most probable first.
    """
    heights = [cell.digit_height for cell in writing.cells if cell.pieces]
    height = float(np.median(heights)) if len(heights) > 1 else None
    return [
        decode(cell, given, classifier.classes, most_digits=2, height=height)
        for cell, given in zip(writing.cells, probabilities, strict=True)
    ]


def _decode(
    writing: Writing, probabilities: Sequence[NDArray[np.float32]], classifier: Classifier
) -> list[Reading]:
    """Decode a field; the probabilities of a comb are calibrated cell by cell."""
    if writing.is_text:
        return [Reading("", 0.0, ())]
    constraints = writing.region.constraints
    if not writing.region.cells:
        return decode(writing.cells[0], probabilities[0], classifier.classes, constraints=constraints)
    calibration = classifier.card.cell_calibration
    cells = []
    for cell, readings in zip(writing.cells, decode_cells(writing, probabilities, classifier), strict=True):
        if cell.pieces:
            shares = calibration.apply_to_all([one.probability for one in readings])
            readings = [replace(one, probability=share) for one, share in zip(readings, shares, strict=True)]
        cells.append(_of_one_digit(readings) if writing.region.single else readings)
    return join_cells(cells, constraints)


def _of_one_digit(readings: list[Reading]) -> list[Reading]:
    """Keep the readings of a cell that are of one digit at the most, unless it surely holds several."""
    kept = [reading for reading in readings if len(reading.text) <= 1]
    return kept if sum(reading.probability for reading in kept) >= _ONE else readings


def _letters_passed(reading: Reading, writing: Writing) -> int:
    """Count the pieces about as high as digits that are passed over, in a cell of a comb one at most."""
    taken = {id(place.candidate) for place in reading.places}
    count = 0
    for cell in writing.cells:
        read = {piece for c in cell.candidates if id(c) in taken for piece in range(c.start, c.stop)}
        passed = sum(
            c.stop == c.start + 1 and c.start not in read and c.box[3] >= _LETTER * cell.digit_height
            for c in cell.candidates
        )
        count += min(passed, 1) if writing.region.cells else passed
    return count
