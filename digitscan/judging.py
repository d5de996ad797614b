"""Judging: what the readings of a field amount to, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from digitscan.classifier.card import Calibration
from digitscan.decoding import Reading
from digitscan.fields import Region
from digitscan.layers import Layers
from digitscan.marks import is_ticked
from digitscan.recognition import are_crossed_out, digit_like
from digitscan.results import Alternative, Box, Digit, FieldResult, Status
from digitscan.separators import find_separators
from digitscan.writings import Writing
from digitscan.written import Written

MOST_ALTERNATIVES = 5

_SURELY_EMPTY = 0.995
"""Confidence that a field without any ink is empty."""

_DIRT = 0.3
"""Ink passed over leaves a field empty when it is lower than this share of the field's height."""

_CROSSED_OUT = 0.5
"""How likely a field is right, beside others, in which a digit seems to be crossed out."""

_HANGING = 0.3
"""Separators may hang this share of its height below a found line, whose box is that of its digits."""

_NOT_FOUND = 1e-3
"""Probability, at least, of all strings together that were not found: what obeys is not sure because nothing
else that was found does."""


class _Judged(NamedTuple):
    """A field's readings, judged.

    Attributes:
        writing: What is written there.
        first: The most probable reading.
        readings: Those that obey, or all if none does.
        confidences: How sure each of these is.
        issues: What the best of them breaks.
    """

    writing: Writing
    first: Reading
    readings: Sequence[Reading]
    confidences: Sequence[float]
    issues: tuple[str, ...]

    @property
    def boxes(self) -> list[tuple[float, float, float, float]]:
        """The region's and those of the best reading's digits, in pixels of the straightened page."""
        return [self.writing.region.box, *(place.candidate.box for place in self.readings[0].places)]


@dataclass(frozen=True)
class Judge:
    """Makes results of readings.

    Attributes:
        calibration: What turns the probability of a string into a confidence.
        review_below: Confidence below which a field's status is ``review``.
        keep_separators: Whether texts keep the separators between their digits.
        of_form: Whether fields are those of a form: then the cells of combs hold one digit each.
    """

    calibration: Calibration
    review_below: float
    keep_separators: bool
    of_form: bool

    def fields(
        self,
        writings: Sequence[Writing],
        readings: Sequence[Sequence[Reading]],
        layers: Layers,
        *,
        searched: bool,
        placed: bool = True,
    ) -> list[FieldResult | None]:
        """Make the results of a page's regions.

        Args:
            writings: What is written in each.
            readings: The readings of each, the most probable first.
            layers: The page's.
            searched: Whether the regions were found on the page, where there may be letters too.
            placed: Whether something printed tells that the fields are there; letters make them doubtful if
                not.

        Returns:
            For each its result, or None when the region turns out to be no field.
        """
        judged = [
            _Judged(writing, its[0], *self._obeying(its, writing.region))
            for writing, its in zip(writings, readings, strict=True)
        ]
        crossed_out = are_crossed_out([one.readings[0] for one in judged], writings)
        boxes = iter(layers.straightening.restore([box for one in judged for box in one.boxes]))
        return [
            self._field(
                one,
                [next(boxes) for _ in one.boxes],
                crossed,
                layers.written,
                searched=searched,
                placed=placed,
            )
            for one, crossed in zip(judged, crossed_out, strict=True)
        ]

    def _field(
        self,
        judged: _Judged,
        boxes: Sequence[Box],
        crossed_out: bool,
        written: Written,
        *,
        searched: bool,
        placed: bool,
    ) -> FieldResult | None:
        """Make the result of a region; ``boxes`` are its own and its digits' on the page as given."""
        writing, first, readings, confidences, issues = judged
        region, best, confidence = writing.region, readings[0], confidences[0]
        box, *digit_boxes = boxes
        blank = "" if self.keep_separators else None
        if not writing.is_text and (not writing.has_ink or _only_dirt(writing, first)):
            if not region.sure:
                return None
            confidence = min(_SURELY_EMPTY, first.probability)
            return FieldResult(
                name=region.name, text="", plain=blank, confidence=confidence, status="empty", box=box
            )
        if crossed_out:
            confidence *= _CROSSED_OUT
        of_digits = not (searched or not placed) or digit_like(best, writing)
        if not best.text or (searched and not of_digits):  # there is ink, and it is no digits
            if not region.sure:
                return None
            return FieldResult(
                name=region.name, text="", plain=blank, confidence=0.0, status="review", box=box
            )
        uneven = _uneven_cells(best, region) if self.of_form else ()
        doubtful = uneven or not of_digits
        status: Status = "ok" if confidence >= self.review_below and not doubtful else "review"
        if issues:
            status = "invalid"
        text, *other_texts = self._texts(readings[: MOST_ALTERNATIVES + 1], region, written)
        return FieldResult(
            name=region.name,
            text=text,
            plain=best.text if self.keep_separators else None,
            confidence=confidence,
            status=status,
            box=box,
            issues=(*issues, *uneven),
            alternatives=tuple(
                Alternative(text=other, confidence=its)
                for other, its in zip(other_texts, confidences[1:], strict=False)
            ),
            digits=tuple(
                Digit(text=str(place.digit), confidence=min(1.0, place.probability), box=its)
                for place, its in zip(best.places, digit_boxes, strict=True)
            ),
        )

    def mark(self, region: Region, layers: Layers) -> FieldResult:
        """Make the result of a box that is ticked or not."""
        probability = is_ticked(region.box, layers.written, layers.stroke)
        confidence = max(probability, 1 - probability)
        return FieldResult(
            name=region.name,
            text="",
            plain="" if self.keep_separators else None,
            checked=probability >= 0.5,
            confidence=confidence,
            status="ok" if confidence >= self.review_below else "review",
            box=layers.straightening.restore([region.box])[0],
        )

    def _obeying(
        self, readings: Sequence[Reading], region: Region
    ) -> tuple[Sequence[Reading], list[float], tuple[str, ...]]:
        """Keep the readings that obey; give their probabilities, and what the best one breaks if none obeys.

        Given that the text obeys, a reading's probability is its share among those that do. Readings that
        were not found count too: as many of them obey as of those that were.
        """
        constraints = region.constraints
        found = [reading.probability for reading in readings]
        if not region.cells:  # those of combs were calibrated cell by cell
            found = self.calibration.apply_to_all(found)
        if constraints is None:
            return readings, found, ()
        obeying = [i for i, reading in enumerate(readings) if constraints.obeyed(reading.text)]
        if not obeying:
            return readings, found, tuple(constraints.broken(readings[0].text))
        others = max(_NOT_FOUND, 1.0 - sum(found)) * len(obeying) / len(readings)
        whole = sum(found[i] for i in obeying) + others
        return [readings[i] for i in obeying], [found[i] / whole for i in obeying], ()

    def _texts(self, readings: Sequence[Reading], region: Region, written: Written) -> list[str]:
        """Give the texts of a region's readings, with the separators between their digits if asked to."""
        if not self.keep_separators:
            return [reading.text for reading in readings]
        x, y, width, height = region.box
        below = 0.0 if region.sure else _HANGING * height
        ((ink, origin, *_),) = written.cut_out([(x, y, width, height + below)])
        texts = []
        for reading in readings:
            separators = find_separators([place.candidate for place in reading.places], ink, origin)
            pairs = zip_longest(reading.text, separators, fillvalue="")
            texts.append("".join(digit + separator for digit, separator in pairs))
        return texts


def _only_dirt(writing: Writing, best: Reading) -> bool:
    """Whether nothing was read and the ink is too low to be writing."""
    highest = max(candidate.box[3] for cell in writing.cells for candidate in cell.candidates)
    return not best.text and highest < _DIRT * writing.region.box[3]


def _uneven_cells(reading: Reading, region: Region) -> tuple[str, ...]:
    """Name the cells of a comb that are blank between digits, and those that hold several."""
    if not region.cells or not reading.places:
        return ()
    middles = [place.candidate.box[0] + place.candidate.box[2] / 2 for place in reading.places]
    cells = np.clip(np.searchsorted(region.cells, middles) - 1, 0, len(region.cells) - 2)
    counts = np.bincount(cells, minlength=len(region.cells) - 1)
    first, last = int(cells.min()), int(cells.max())
    return (
        *(f"cells: cell {i + 1} is blank between digits" for i in range(first, last) if not counts[i]),
        *(f"cells: cell {i + 1} holds {counts[i]} digits" for i in np.flatnonzero(counts > 1).tolist()),
    )
