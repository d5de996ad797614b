"""The reader: one page through the whole flow, from grey pixels to typed results."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.crops import make_crops
from digitscan.decoding import Place, Reading, decode, join_cells
from digitscan.fields import Region, find_fields
from digitscan.ink import find_ink
from digitscan.options import REVIEW_BELOW, Layout
from digitscan.results import Alternative, Digit, FieldResult, PageResult, Status
from digitscan.rules import find_rules, remove_rules
from digitscan.segmentation import Segmentation, segment
from digitscan.skew import Straightening, measure_skew
from digitscan.template import Template
from digitscan.written import Written, written_on

MOST_ALTERNATIVES = 5

_DIGIT_LIKE = 0.5
"""Mean probability of its digits under which what was read in a found place is taken for letters."""

_FEW_LETTERS = 0.25
"""Letters among the digits, as a share of them, from which on a found place is text."""

_LETTER = 0.6
"""Ink passed over is a letter when it is at least this share of a digit's height high."""

_SURELY_EMPTY = 0.995
"""Confidence that a field without any ink is empty."""

_LOWEST = 0.15
"""Writing in a box is at least this share of its height high."""

_DIRT = 0.3
"""Ink passed over leaves a field empty when it is lower than this share of the field's height."""


class Reader:
    """Reads pages with one classifier and one way to find fields.

    Args:
        classifier: Names the crops.
        layout: How fields are found; a template goes before it.
        template: The known form that every page is, or None.
        review_below: Confidence below which a field's status is ``review``.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        layout: Layout = Layout.AUTO,
        template: Template | None = None,
        review_below: float = REVIEW_BELOW,
    ) -> None:
        self._classifier = classifier
        self._layout = layout
        self._template = template
        self._review_below = review_below

    def read_page(self, grey: NDArray[np.uint8], number: int = 1) -> PageResult:
        """Read one page.

        Args:
            grey: ``(H, W)`` the page.
            number: Its number in its document, from 1.

        Returns:
            The page's fields in reading order, or in the template's.
        """
        height, width = grey.shape
        straightening = Straightening(0.0, (width, height))
        ink = find_ink(grey)
        if self._template is None and self._layout is not Layout.FIELD:
            straightening = Straightening(measure_skew(ink.mask), (width, height))
            if straightening.degrees:
                ink = find_ink(straightening.apply(grey))
        rules = find_rules(ink.mask, ink.stroke)
        written = written_on(remove_rules(ink.density, rules))
        if self._template is not None:
            regions = self._template.regions(width, height)
        else:
            regions = find_fields(self._layout, rules, written.boxes, (height, width), ink.stroke)
        lattices = [_lattices(region, written) for region in regions]
        readings = self._decode(regions, lattices)
        fields = []
        for region, cells, found in zip(regions, lattices, readings, strict=True):
            field = self._field(region, cells, found, straightening)
            if field is not None:
                fields.append(field)
        return PageResult(page=number, width=width, height=height, fields=tuple(fields))

    def _decode(
        self, regions: Sequence[Region], lattices: Sequence[Sequence[Segmentation]]
    ) -> list[list[Reading]]:
        """Classify the candidates of all fields in one batch, and decode each field."""
        crops = make_crops([c.density for cells in lattices for cell in cells for c in cell.candidates])
        probabilities = self._classifier.classify(crops)
        readings, start = [], 0
        for region, cells in zip(regions, lattices, strict=True):
            heights = [cell.digit_height for cell in cells if cell.pieces]
            parts = []
            for cell in cells:
                stop = start + len(cell.candidates)
                parts.append(
                    decode(
                        cell,
                        probabilities[start:stop],
                        self._classifier.classes,
                        most_digits=1 if region.cells else None,
                        height=float(np.median(heights)) if len(heights) > 1 else None,
                    )
                )
                start = stop
            readings.append(parts[0] if len(parts) == 1 else join_cells(parts))
        return readings

    def _field(
        self,
        region: Region,
        cells: Sequence[Segmentation],
        readings: Sequence[Reading],
        straightening: Straightening,
    ) -> FieldResult | None:
        """Make the result of one region, or None when it turns out to be no field."""
        calibration = self._classifier.card.calibration
        box = straightening.restore(region.box)
        if not any(cell.pieces for cell in cells) or _only_dirt(region, cells, readings[0]):
            if not region.sure:
                return None
            confidence = min(_SURELY_EMPTY, readings[0].probability)
            return FieldResult(name=region.name, text="", confidence=confidence, status="empty", box=box)
        obeying = [reading for reading in readings if region.obeys is None or region.obeys(reading.text)]
        best = (obeying or readings)[0]
        confidence = calibration.apply(best.probability)
        found = self._template is None and self._layout is not Layout.FIELD
        if not best.text or (found and not _digit_like(best, cells)):  # there is ink, and it is no digits
            if not region.sure:
                return None
            return FieldResult(name=region.name, text="", confidence=0.0, status="review", box=box)
        status: Status = "ok" if confidence >= self._review_below else "review"
        if not obeying:
            status = "invalid"
        others = [reading for reading in obeying or readings if reading is not best][:MOST_ALTERNATIVES]
        return FieldResult(
            name=region.name,
            text=best.text,
            confidence=confidence,
            status=status,
            box=box,
            alternatives=tuple(
                Alternative(text=other.text, confidence=calibration.apply(other.probability))
                for other in others
            ),
            digits=tuple(_digit(place, straightening) for place in best.places),
        )


def _lattices(region: Region, written: Written) -> list[Segmentation]:
    """Segment a region, or each cell of a comb by itself."""
    _, y, _, height = region.box
    if not region.cells:
        boxes = [region.box]
    else:
        boxes = [(left, y, right - left, height) for left, right in pairwise(region.cells)]
    lowest = _LOWEST * height if region.sure else 0.0
    return [segment(*written.within(box), lowest) for box in boxes]


def _only_dirt(region: Region, cells: Sequence[Segmentation], best: Reading) -> bool:
    """Whether nothing was read and the ink is too low to be writing."""
    highest = max(candidate.box[3] for cell in cells for candidate in cell.candidates)
    return not best.text and highest < _DIRT * region.box[3]


def _digit_like(reading: Reading, cells: Sequence[Segmentation]) -> bool:
    """Whether what was read is digits on the whole, and not a few letters of a text that look like some."""
    if not reading.places:
        return False
    mean = float(np.exp(np.mean([log(max(place.probability, 1e-6)) for place in reading.places])))
    return mean >= _DIGIT_LIKE and _letters_passed(reading, cells) <= _FEW_LETTERS * len(reading.places)


def _letters_passed(reading: Reading, cells: Sequence[Segmentation]) -> int:
    """Count the pieces about as high as digits that the reading passes over."""
    taken = {id(place.candidate) for place in reading.places}
    count = 0
    for cell in cells:
        read = {piece for c in cell.candidates if id(c) in taken for piece in range(c.start, c.stop)}
        count += sum(
            c.stop == c.start + 1 and c.start not in read and c.box[3] >= _LETTER * cell.digit_height
            for c in cell.candidates
        )
    return count


def _digit(place: Place, straightening: Straightening) -> Digit:
    return Digit(
        text=str(place.digit),
        confidence=min(1.0, place.probability),
        box=straightening.restore(place.candidate.box),
    )
