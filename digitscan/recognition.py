"""Recognition: the likeliest strings of a page's fields, all of them classified in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.candidates import judge_candidates
from digitscan.classifier import Classifier
from digitscan.classifier.transcriber import Transcriber
from digitscan.decoding import Paths, Reading, find_paths, join_cells
from digitscan.pooling import Read, pool
from digitscan.segmentation import Segmentation
from digitscan.strips import Strip, make_strip
from digitscan.strokes import mean_strokes
from digitscan.weighing import weigh_candidates
from digitscan.writings import Writing

_DIGIT_LIKE = 0.75
"""Mean probability of its digits under which what was read in a found place is taken for letters."""

_TEXT = -2.0
"""Log of how likely the best path's digits are beside such as are only just taken for digits, under which no
other path is looked for: of 2,176 places that were read as digits none had less than -1.1."""

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
    writings: Sequence[Writing],
    classifier: Classifier,
    transcriber: Transcriber | None,
    *,
    searched: bool,
    all_placed: bool = False,
) -> list[Recognised]:
    """Read fields.

    Args:
        writings: What is written in each field of a page.
        classifier: Judges the candidates.
        transcriber: Reads the fields as a whole where it is given; not combs, whose cells part the digits
            already, not what is surely whole digits, and not what looks like letters.
        searched: Whether the fields were found on the page and may hold letters as well.
        all_placed: Whether the runners-up of fields that both networks read are given their places too.

    Returns:
        For each field its readings, and what they come from.
    """
    rows = iter(judge_candidates([cell for writing in writings for cell in writing.cells], classifier))
    probabilities = [[next(rows) for _ in writing.cells] for writing in writings]
    paths = _find_paths(writings, probabilities, classifier)
    recognised = [
        Recognised(_readings(writing, its, classifier, searched=searched), given)
        for writing, its, given in zip(writings, paths, probabilities, strict=True)
    ]
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
        Read(recognised[i].readings, paths[i][0].weights, given, writings[i].region.constraints)
        for i, given in zip(whole, looks, strict=True)
    ]
    for i, strip, given, pooled in zip(whole, strips, looks, pool(read, all_placed=all_placed), strict=True):
        recognised[i] = replace(recognised[i], readings=pooled, transcript=Transcript(strip, given))
    return recognised


def _is_sure(reading: Reading, lattice: Segmentation) -> bool:
    """Whether a field is read with certainty, all of its ink being whole digits."""
    return reading.probability >= _SURE and all(c.seen is not None for c in lattice.candidates)


def digit_like(reading: Reading, writing: Writing) -> bool:
    """Whether what was read is digits on the whole, and not a few letters of a text that look like some."""
    count = len(reading.places)
    return count > 0 and _excess(reading) >= 0 and _letters_passed(reading, writing) <= _FEW_LETTERS * count


def _excess(reading: Reading) -> float:
    """Log of how likely the digits of a reading are beside such as are only just taken for digits."""
    return sum([log(max(place.probability, 1e-6) / _DIGIT_LIKE) for place in reading.places])


def are_crossed_out(readings: Sequence[Reading], writings: Sequence[Writing]) -> list[bool]:
    """Whether in each field a digit seems to be crossed out, or a cell of a comb holds writing that is none.

    What was read as a digit has more strokes then than any digit has, or something as high as a digit was
    passed over.
    """
    strokes = iter(mean_strokes([place.candidate.density for one in readings for place in one.places]))
    return [
        max((next(strokes) for _ in reading.places), default=0.0) > _MOST_STROKES
        or (bool(writing.region.cells) and _passes_over_digit(reading, writing))
        for reading, writing in zip(readings, writings, strict=True)
    ]


def _passes_over_digit(reading: Reading, writing: Writing) -> bool:
    """Whether nothing is read in a cell of a comb that holds something about as high as a digit."""
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
    (paths,) = _find_paths([writing], [probabilities], classifier)
    return [its.readings() for its in paths]


def _find_paths(
    writings: Sequence[Writing],
    probabilities: Sequence[Sequence[NDArray[np.float32]]],
    classifier: Classifier,
) -> list[list[Paths]]:
    """Find the paths through the cells of writings."""
    cells = [cell for writing in writings for cell in writing.cells]
    heights = [height for writing in writings for height in _usual_heights(writing)]
    given = [rows for its in probabilities for rows in its]
    most = [2 if writing.region.cells else None for writing in writings for _ in writing.cells]
    paths = iter(find_paths(weigh_candidates(cells, given, classifier.classes, heights), most))
    return [[next(paths) for _ in writing.cells] for writing in writings]


def _usual_heights(writing: Writing) -> list[float | None]:
    """Usual height of a digit in each cell, where it is known better than from the cell alone."""
    heights = [cell.digit_height for cell in writing.cells if cell.pieces] if writing.region.cells else []
    return [float(np.median(heights)) if len(heights) > 1 else None] * len(writing.cells)


def _readings(
    writing: Writing, paths: Sequence[Paths], classifier: Classifier, *, searched: bool
) -> list[Reading]:
    """The readings of a field; the probabilities of a comb are calibrated cell by cell."""
    if writing.is_text:
        return [Reading("", 0.0, ())]
    constraints = writing.region.constraints
    if not writing.region.cells:
        best = paths[0].best()
        return [best] if searched and _excess(best) < _TEXT else paths[0].readings(constraints)
    calibration = classifier.card.cell_calibration
    cells = []
    for cell, its in zip(writing.cells, paths, strict=True):
        readings = its.readings()
        if cell.pieces:
            shares = calibration.apply_to_all([one.probability for one in readings])
            readings = [one._replace(probability=share) for one, share in zip(readings, shares, strict=True)]
        cells.append(_of_one_digit(readings) if writing.region.single else readings)
    return join_cells(cells, constraints)


def _of_one_digit(readings: list[Reading]) -> list[Reading]:
    """Keep the readings of a cell that are of one digit at the most, unless it surely holds several."""
    kept = [reading for reading in readings if len(reading.text) <= 1]
    return kept if sum(reading.probability for reading in kept) >= _ONE else readings


def _letters_passed(reading: Reading, writing: Writing) -> int:
    """Count the pieces about as high as digits that are passed over, in a cell of a comb one at most."""
    if sum([place.candidate.stop - place.candidate.start for place in reading.places]) == sum(
        [cell.pieces for cell in writing.cells]
    ):
        return 0
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
