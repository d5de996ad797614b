"""What became of the pages of ``scanned_forms.py``, and the tables that sum it up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.table import Table

MISPLACED = 0.25
"""A page is misplaced when a field of it is further off than this share of its height."""


class Sort(StrEnum):
    """What a page is."""

    FORM = "the form"
    OTHER = "another form"
    PROSE = "prose"
    BLANK = "blank paper"


class Way(StrEnum):
    """A template of the form that pages are read with."""

    REFERENCE = "reference"
    BOXES = "boxes alone"
    UNCHECKED = "reference, no check digits"


ALIGNED = (Way.REFERENCE, Way.BOXES)
"""The ways that differ in how pages are aligned."""

REVIEW_BELOW = (0.9, 0.7, 0.5, 0.0)
"""Confidences below which fields are reviewed: the program's own, less careful ones, and none."""

CONDITIONS = {0: "upright", 2: "180 degrees", 1: "quarter turn", 3: "quarter turn"}
"""How a page was laid, by its quarter turns."""


class Placing(NamedTuple):
    """How a page was aligned.

    Attributes:
        errors: Of each field, in its heights; None when the page was refused.
        seconds: It took.
    """

    errors: tuple[float, ...] | None
    seconds: float


class Answer(NamedTuple):
    """How a field was read.

    Attributes:
        name: Of the field.
        kind: ``digits`` or ``mark``.
        is_sure: Whether it has a check digit or a pattern.
        truth: What is written.
        value: What was read; None when the page was refused.
        status: As the result has it; ``refused`` when the page was.
        confidence: That it is right.
    """

    name: str
    kind: str
    is_sure: bool
    truth: str
    value: str | None
    status: str
    confidence: float

    @property
    def is_exact(self) -> bool:
        """Whether what was read is what is written."""
        return self.value == self.truth

    def is_ok(self, review_below: float) -> bool:
        """Whether it is given as ``ok`` where fields less confident than this are to be reviewed."""
        return bool(self.value) and self.status in ("ok", "review") and self.confidence >= review_below


class Outcome(NamedTuple):
    """What became of a page.

    Attributes:
        sort: What it is.
        quarters: Quarter turns by which it was laid wrong.
        decoding: Seconds to decode its JPEG.
        placings: How it was aligned.
        answers: How its fields were read, if it is the form.
    """

    sort: Sort
    quarters: int
    decoding: float
    placings: dict[Way, Placing]
    answers: dict[Way, tuple[Answer, ...]]


def measure_errors(truth: NDArray[np.float64], found: NDArray[np.float64]) -> tuple[float, ...]:
    """Measure how far fields were found from where they are.

    Args:
        truth: ``(N, 4, 2)`` corners of the fields on the scan, clockwise from the top left.
        found: The same, where they were found.

    Returns:
        Mean distance of each field's corners, in its heights.
    """
    distances = np.linalg.norm(found - truth, axis=2).mean(axis=1)
    heights = np.linalg.norm(truth[:, :2] - truth[:, :1:-1], axis=2).mean(axis=1)
    errors: list[float] = (distances / heights).tolist()
    return tuple(errors)


def draw_alignment(outcomes: Iterable[Outcome], way: Way) -> Table:
    """Draw a table of how pages of the form were aligned: a row for each condition, and one for all."""
    pages = [outcome for outcome in outcomes if outcome.sort is Sort.FORM]
    columns = ("pages", "refused", "misplaced", "median", "99th percentile", "greatest")
    table = _start_table(f"error of alignment in heights of the field, {way}", "laid", columns)
    for row in (*dict.fromkeys(CONDITIONS.values()), "all"):
        placings = [page.placings[way] for page in pages if row in ("all", CONDITIONS[page.quarters])]
        kept = [placing.errors for placing in placings if placing.errors is not None]
        misplaced = sum(max(errors) > MISPLACED for errors in kept)
        counts = (len(placings), len(placings) - len(kept), misplaced)
        table.add_row(row, *map(str, counts), *_describe([error for errors in kept for error in errors]))
    return table


def draw_fields(outcomes: Iterable[Outcome]) -> Table:
    """Draw a table of the fields read exactly; those of refused pages were not."""
    pages = [outcome for outcome in outcomes if outcome.sort is Sort.FORM]
    table = _start_table("fields read exactly", "fields", ("number", *ALIGNED))
    rows: dict[str, Callable[[Answer], bool]] = {
        "digits": lambda answer: answer.kind == "digits",
        "of these, with check digits or a pattern": lambda answer: answer.kind == "digits" and answer.is_sure,
        "of these, others": lambda answer: answer.kind == "digits" and not answer.is_sure,
        "marks": lambda answer: answer.kind == "mark",
    }
    for row, belongs in rows.items():
        exact = {
            way: [answer.is_exact for page in pages for answer in page.answers[way] if belongs(answer)]
            for way in ALIGNED
        }
        shares = (f"{np.mean(given):.2%}" if given else "-" for given in exact.values())
        table.add_row(row, str(len(exact[Way.REFERENCE])), *shares)
    return table


def draw_check(outcomes: Iterable[Outcome], name: str) -> Table:
    """Draw a table of what the check digits of a field are worth; it is read with and without them.

    How many are given as ``ok``, and how many of these are wrong, depends on the confidence below which
    fields are to be reviewed.
    """
    pages = [outcome for outcome in outcomes if outcome.sort is Sort.FORM]
    ways = {Way.REFERENCE: "with the check digit", Way.UNCHECKED: "without"}
    columns = [f"{what}, {how}" for how in ways.values() for what in ("ok", "wrong of these")]
    table = _start_table(f"card numbers of {len(pages)} pages, reference", "review below", columns)
    for review_below in REVIEW_BELOW:
        counts = []
        for way in ways:
            answers = [answer for page in pages for answer in page.answers[way] if answer.name == name]
            given = [answer for answer in answers if answer.is_ok(review_below)]
            counts += [len(given), sum(not answer.is_exact for answer in given)]
        table.add_row(f"{review_below:g}", *map(str, counts))
    return table


def draw_refusals(outcomes: Sequence[Outcome]) -> Table:
    """Draw a table of how many pages that are not the form were refused."""
    table = _start_table("pages refused that are not the form", "page", ("number", *ALIGNED))
    for sort in (Sort.OTHER, Sort.PROSE, Sort.BLANK):
        pages = [outcome for outcome in outcomes if outcome.sort is sort]
        refused = (sum(page.placings[way].errors is None for page in pages) for way in ALIGNED)
        table.add_row(sort, *map(str, (len(pages), *refused)))
    return table


def draw_times(outcomes: Iterable[Outcome]) -> Table:
    """Draw a table of the time to align a page of the form, beside the time to decode its JPEG."""
    pages = [outcome for outcome in outcomes if outcome.sort is Sort.FORM]
    table = _start_table("time for a page, medians", "", ("milliseconds", "times the decoding"))
    table.add_row("decode the JPEG", f"{1000 * median(page.decoding for page in pages):.1f}", "1.00")
    for way in ALIGNED:
        seconds = [page.placings[way].seconds for page in pages]
        ratios = [taken / page.decoding for taken, page in zip(seconds, pages, strict=True)]
        table.add_row(f"align, {way}", f"{1000 * median(seconds):.1f}", f"{median(ratios):.2f}")
    return table


def _start_table(title: str, first: str, columns: Iterable[str]) -> Table:
    return Table(first, *columns, title=title, title_justify="left", box=box.MARKDOWN)


def _describe(errors: Sequence[float]) -> tuple[str, str, str]:
    """Give median, 99th percentile and greatest; dashes where there are none."""
    if not errors:
        return ("-", "-", "-")
    middle, most, greatest = np.percentile(errors, (50, 99, 100))
    return (f"{middle:.2%}", f"{most:.2%}", f"{greatest:.2%}")
