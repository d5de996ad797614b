"""The records of ``classify``: one a picture."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from digitscan.results import ErrorRecord, Record

CLASSIFY_SCHEMA: Final = "digitscan.classify/1"
"""Name and version of the JSON format."""

Share = Annotated[float, Field(ge=0.0, le=1.0), AfterValidator(lambda value: round(value, 6))]
"""A probability, kept to six decimals, so that ten of them still sum to 1."""


class DigitResult(Record):
    """What digit a picture shows.

    ``page`` counts from 1 within its source; it is None with an error of the source itself. ``digit`` is
    None, ``confidence`` 0 and ``probabilities`` empty when there is an ``error``. ``probabilities`` are those
    of 0 to 9 and sum to 1; ``confidence`` is the highest of them. ``label`` is what the digit is, where it is
    known.
    """

    source: str
    page: Annotated[int, Field(ge=1)] | None = None
    label: Annotated[int, Field(ge=0, le=9)] | None = None
    digit: Annotated[int, Field(ge=0, le=9)] | None = None
    confidence: Share = 0.0
    probabilities: tuple[Share, ...] = ()
    error: ErrorRecord | None = None


class ClassifyResult(Record):
    """The ``json`` output."""

    schema_: Annotated[Literal["digitscan.classify/1"], Field(alias="schema")] = CLASSIFY_SCHEMA
    results: tuple[DigitResult, ...] = ()
