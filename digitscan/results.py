"""The result records: all that writers, reports and scripts know of a reading.

Boxes are ``(x, y, width, height)`` in pixels of the page image as given, ``x`` and ``y`` counted from its
top left. Confidences are probabilities between 0 and 1.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

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
    is empty. ``status`` is ``ok``, ``review`` (confidence below the asked threshold), ``empty`` (nothing
    written) or ``invalid`` (breaks a rule of the template); then ``issues`` names the rules, each with what
    is wrong. ``plain`` is ``text`` without separators where these are kept; it is left out where they are
    not.
    """

    name: str
    text: AsWritten
    plain: Plain | SkipJsonSchema[None] = None
    confidence: Probability
    status: Status
    box: Box
    issues: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    digits: tuple[Digit, ...] = ()


class PageResult(Record):
    """What was read on one page; ``page`` counts from 1, ``width`` and ``height`` are pixels."""

    page: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    fields: tuple[FieldResult, ...] = ()


class ErrorRecord(Record):
    """Why a source could not be read, or not to its end."""

    code: Annotated[str, Field(pattern="^[a-z_]+$")]
    message: str


class DocumentResult(Record):
    """One source: its pages, and the error that ended it, if any. Pages read before the error are kept."""

    source: str
    error: ErrorRecord | None = None
    pages: tuple[PageResult, ...] = ()


class RunResult(Record):
    """The ``json`` output; one line of ``jsonl`` is a ``DocumentResult`` with the same ``schema`` key."""

    schema_: Annotated[Literal["digitscan/1"], Field(alias="schema")] = SCHEMA
    documents: tuple[DocumentResult, ...] = ()
