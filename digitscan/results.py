"""The result records: all that writers, reports and scripts know of a reading.

Boxes are ``(x, y, width, height)`` in pixels of the page image as given, ``x`` and ``y`` counted from its
top left. Confidences are probabilities between 0 and 1.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from digitscan.options import Layout

SCHEMA: Final = "digitscan/1"
"""Name and version of the JSON format."""

Box = tuple[int, int, Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Probability = Annotated[float, Field(ge=0.0, le=1.0), AfterValidator(lambda value: round(value, 4))]
"""A probability, kept to four decimals: more would claim what no calibration can hold."""
Plain = Annotated[str, Field(pattern="^[0-9]*$")]
"""Digits alone."""
AsWritten = Annotated[str, Field(pattern="^([0-9]+([.,/-][0-9]+)*)?$")]
"""Digits, with the separators between them where those are kept."""
Status = Literal["ok", "review", "empty", "invalid"]
DOUBTFUL: Final = frozenset[Status]({"review", "invalid"})
"""Statuses of the fields that a person should look at."""
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Record(BaseModel):
    """Base of all records: immutable, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Digit(Record):
    """One recognised digit of a field."""

    text: Annotated[str, Field(pattern="^[0-9]$")]
    confidence: Probability
    box: Box


class Alternative(Record):
    """A runner-up of a field's text."""

    text: AsWritten
    confidence: Probability


class FieldResult(Record):
    """What was read in one field.

    ``confidence`` is the probability that all digits of ``text`` are right; for an ``empty`` field, that it
    is empty; for a mark, that ``checked`` is right. ``checked`` tells whether a box is ticked, and is left
    out where a field is for digits; a mark has no text. ``status`` is ``ok``, ``review`` (confidence below
    the asked threshold), ``empty`` (nothing written) or ``invalid`` (breaks a rule of the template); then
    ``issues`` names the rules, each with what is wrong. ``plain`` is ``text`` without separators where these
    are kept; it is left out where they are not.
    """

    name: str
    text: AsWritten
    plain: Plain | SkipJsonSchema[None] = None
    checked: bool | SkipJsonSchema[None] = None
    confidence: Probability
    status: Status
    box: Box
    issues: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    digits: tuple[Digit, ...] = ()

    @property
    def value(self) -> str:
        """What was read, in a word: the text, or ``true`` or ``false`` for a mark."""
        return self.text if self.checked is None else str(self.checked).lower()


class ErrorRecord(Record):
    """Why a source could not be read, or not to its end, or why a page could not."""

    code: Annotated[str, Field(pattern="^[a-z_]+$")]
    message: str


class AlignmentResult(Record):
    """How a page was brought onto its form.

    ``method`` is what it went by: the form's ``reference``; without one the printed ``boxes``, those on a
    sheet found by its ``corners``, or the edges of the ``page`` alone, where there are no boxes. ``quality``
    tells how much of what the form has is where it should be; 0 where nothing could be compared. ``degrees``
    is how far the page was turned back, counter-clockwise.
    """

    method: Literal["reference", "boxes", "corners", "page"]
    quality: Probability
    degrees: Annotated[float, Field(ge=-180.0, le=180.0), AfterValidator(lambda value: round(value, 2))]


class PageResult(Record):
    """What was read on one page; ``page`` counts from 1, ``width`` and ``height`` are pixels.

    With a template, ``template`` is its name and ``alignment`` tells how the page was brought onto it;
    ``error`` is there when it does not fit, and then there are no fields. All three are left out otherwise.
    A page of several that could not be read has an ``error`` too; its ``width`` and ``height`` are 0 then.
    """

    page: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=0)]
    height: Annotated[int, Field(ge=0)]
    template: str | SkipJsonSchema[None] = None
    alignment: AlignmentResult | SkipJsonSchema[None] = None
    error: ErrorRecord | SkipJsonSchema[None] = None
    fields: tuple[FieldResult, ...] = ()

    @property
    def document_error(self) -> ErrorRecord | None:
        """The error as that of the page's document: its message says which page."""
        if self.error is None:
            return None
        return ErrorRecord(code=self.error.code, message=f"page {self.page}: {self.error.message}")


class DocumentResult(Record):
    """One source: its pages, and the error that ended it, if any. Pages read before the error are kept.

    A source that was read to its end has the error of the first page that has one. In a ``jsonl`` file
    ``size`` (bytes) and ``modified`` (nanoseconds since 1970) tell which state of the source's file was read;
    they are left out elsewhere, and where the source is no file.
    """

    source: str
    size: Annotated[int, Field(ge=0)] | SkipJsonSchema[None] = None
    modified: int | SkipJsonSchema[None] = None
    error: ErrorRecord | None = None
    pages: tuple[PageResult, ...] = ()


class TemplateRecord(Record):
    """The template of a run: its name, and the SHA-256 of what it says and of its reference pictures."""

    name: str
    sha256: Sha256


class RunRecord(Record):
    """All that decides the results of a run but the sources; two runs with the same one read the same.

    ``digitscan`` is the version, ``model`` the SHA-256 of each file of the model; the others are options of
    ``digitscan read``.
    """

    digitscan: str
    model: dict[str, Sha256]
    template: TemplateRecord | None
    layout: Layout
    review_below: Annotated[float, Field(ge=0.0, le=1.0)]
    keep_separators: bool
    dpi: int
    max_megapixels: float


class RunResult(Record):
    """The ``json`` output.

    One line of ``jsonl`` is a ``DocumentResult`` with the same ``schema`` key; in a file the first line has
    ``run`` in place of a document.
    """

    schema_: Annotated[Literal["digitscan/1"], Field(alias="schema")] = SCHEMA
    run: RunRecord | SkipJsonSchema[None] = None
    documents: tuple[DocumentResult, ...] = ()
