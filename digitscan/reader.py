"""The reader: one page through the whole flow, from grey pixels to typed results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.constraints import Constraints
from digitscan.decoding import Reading
from digitscan.fields import Region, find_boxes, find_fields, fit_to_boxes
from digitscan.ink import Ink, find_ink
from digitscan.options import REVIEW_BELOW, Layout
from digitscan.recognition import Recognised, Writing, digit_like, find_writing, is_crossed_out, recognise
from digitscan.results import Alternative, Digit, FieldResult, PageResult, Status
from digitscan.rules import find_rules, remove_rules
from digitscan.separators import find_separators
from digitscan.skew import measure_skew
from digitscan.straightening import Straightening
from digitscan.template import Template
from digitscan.weighing import Place
from digitscan.written import Written, written_on

MOST_ALTERNATIVES = 5

_SURELY_EMPTY = 0.995
"""Confidence that a field without any ink is empty."""

_DIRT = 0.3
"""Ink passed over leaves a field empty when it is lower than this share of the field's height."""

_CROSSED_OUT = 0.5
"""How likely a field is right, beside others, in which a digit seems to be crossed out."""

_HANGING = 0.3
"""Separators may hang this share of its height below a found line, whose box is that of its digits."""


@dataclass(frozen=True)
class FieldSteps:
    """How a region was read: what is written there, what the networks made of it, and the result.

    ``result`` is None when the region turned out to be no field.
    """

    writing: Writing
    recognised: Recognised
    result: FieldResult | None


@dataclass(frozen=True)
class PageSteps:
    """How a page was read.

    Attributes:
        grey: ``(H, W)`` the page, straightened; what follows is in its pixels, but for the results.
        straightening: How it was turned.
        ink: Its ink with the rules.
        written: Its ink without them.
        fields: Its regions, in the order in which they were found.
        classes: What the classifier's columns mean.
    """

    grey: NDArray[np.uint8]
    straightening: Straightening
    ink: Ink
    written: Written
    fields: tuple[FieldSteps, ...]
    classes: tuple[str, ...]


class Reader:
    """Reads pages with one classifier and one way to find fields.

    Args:
        classifier: Names the crops.
        layout: How fields are found; a template goes before it.
        template: The known form that every page is, or None.
        review_below: Confidence below which a field's status is ``review``.
        keep_separators: Whether texts keep the separators between their digits.

    Raises:
        ModelError: The model's transcriber is missing or damaged.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        layout: Layout = Layout.AUTO,
        template: Template | None = None,
        review_below: float = REVIEW_BELOW,
        keep_separators: bool = False,
    ) -> None:
        self._classifier = classifier
        self._transcriber = classifier.open_transcriber()
        self._layout = layout
        self._template = template
        self._review_below = review_below
        self._keep_separators = keep_separators

    def read_page(self, grey: NDArray[np.uint8], number: int = 1) -> PageResult:
        """Read one page.

        Args:
            grey: ``(H, W)`` the page.
            number: Its number in its document, from 1.

        Returns:
            The page's fields in reading order, or in the template's.
        """
        return self.explain_page(grey, number)[0]

    def explain_page(self, grey: NDArray[np.uint8], number: int = 1) -> tuple[PageResult, PageSteps]:
        """Read one page as ``read_page`` does; give the result, and what was found on the way to it."""
        height, width = grey.shape
        straightening = Straightening.none((width, height))
        ink = find_ink(grey)
        if self._searched:
            straightening = Straightening.turn(measure_skew(ink.mask), (width, height))
            if straightening.changes:
                grey = straightening.apply(grey)
                ink = find_ink(grey)
        rules = find_rules(ink.density, ink.stroke)
        written = written_on(remove_rules(ink.density, rules))
        if self._template is not None:
            boxes = find_boxes(rules, (height, width), ink.stroke, written.boxes)
            regions = fit_to_boxes(self._template.pages[0].regions(width, height), boxes)
        else:
            regions = find_fields(self._layout, rules, written.boxes, (height, width), ink.stroke)
        writings = [find_writing(region, written) for region in regions]
        found = recognise(writings, self._classifier, self._transcriber, searched=self._searched)
        fields = tuple(
            FieldSteps(one, recognised, self._field(one, recognised.readings, written, straightening))
            for one, recognised in zip(writings, found, strict=True)
        )
        results = tuple(field.result for field in fields if field.result is not None)
        steps = PageSteps(grey, straightening, ink, written, fields, self._classifier.card.classes)
        return PageResult(page=number, width=width, height=height, fields=results), steps

    @property
    def _searched(self) -> bool:
        """Whether fields are looked for on the page, where there may be letters too."""
        return self._template is None and self._layout is not Layout.FIELD

    def _field(
        self,
        writing: Writing,
        readings: Sequence[Reading],
        written: Written,
        straightening: Straightening,
    ) -> FieldResult | None:
        """Make the result of one region, or None when it turns out to be no field."""
        region = writing.region
        box = straightening.restore(region.box)
        blank = "" if self._keep_separators else None
        if not writing.has_ink or _only_dirt(writing, readings[0]):
            if not region.sure:
                return None
            confidence = min(_SURELY_EMPTY, readings[0].probability)
            return FieldResult(
                name=region.name, text="", plain=blank, confidence=confidence, status="empty", box=box
            )
        readings, confidences, issues = self._judge(readings, region.constraints)
        best, confidence = readings[0], confidences[0]
        if is_crossed_out(best, writing):
            confidence *= _CROSSED_OUT
        if not best.text or (
            self._searched and not digit_like(best, writing)
        ):  # there is ink, and it is no digits
            if not region.sure:
                return None
            return FieldResult(
                name=region.name, text="", plain=blank, confidence=0.0, status="review", box=box
            )
        status: Status = "ok" if confidence >= self._review_below else "review"
        if issues:
            status = "invalid"
        others = readings[1 : MOST_ALTERNATIVES + 1]
        text, *other_texts = self._texts([best, *others], region, written)
        return FieldResult(
            name=region.name,
            text=text,
            plain=best.text if self._keep_separators else None,
            confidence=confidence,
            status=status,
            box=box,
            issues=issues,
            alternatives=tuple(
                Alternative(text=other, confidence=its)
                for other, its in zip(other_texts, confidences[1:], strict=False)
            ),
            digits=tuple(_digit(place, straightening) for place in best.places),
        )

    def _judge(
        self, readings: Sequence[Reading], constraints: Constraints | None
    ) -> tuple[Sequence[Reading], list[float], tuple[str, ...]]:
        """Keep the readings that obey; give their probabilities, and what the best one breaks if none obeys.

        Given that the text obeys, a reading's probability is its share among those that do. Readings that
        were not found count too: as many of them obey as of those that were.
        """
        found = [self._classifier.card.calibration.apply(reading.probability) for reading in readings]
        if constraints is None:
            return readings, found, ()
        obeying = [i for i, reading in enumerate(readings) if constraints.obeyed(reading.text)]
        if not obeying:
            return readings, found, tuple(constraints.broken(readings[0].text))
        others = max(0.0, 1.0 - sum(found)) * len(obeying) / len(readings)
        whole = (sum(found[i] for i in obeying) + others) or 1.0  # none of them may have any probability
        return [readings[i] for i in obeying], [found[i] / whole for i in obeying], ()

    def _texts(self, readings: Sequence[Reading], region: Region, written: Written) -> list[str]:
        """Give the texts of a region's readings, with the separators between their digits if asked to."""
        if not self._keep_separators:
            return [reading.text for reading in readings]
        x, y, width, height = region.box
        below = 0.0 if region.sure else _HANGING * height
        ink, origin = written.within((x, y, width, height + below))
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


def _digit(place: Place, straightening: Straightening) -> Digit:
    return Digit(
        text=str(place.digit),
        confidence=min(1.0, place.probability),
        box=straightening.restore(place.candidate.box),
    )
