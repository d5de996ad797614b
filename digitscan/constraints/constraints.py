"""The constraints of a field."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Annotated, Self

import regex
from pydantic import BaseModel, ConfigDict, Field, model_validator

from digitscan.constraints.check import find_check, keeps_check
from digitscan.constraints.dates import DateFormat

_PATIENCE = 0.2
"""Seconds that a pattern may take over a text; a careless one would take for ever over some."""


_ORDERED = (
    ("min_length", "length"),
    ("length", "max_length"),
    ("min_length", "max_length"),
    ("min", "max"),
)
"""Keys of which the first is never more than the second."""


class Constraints(BaseModel):
    """What a field's text, which is digits alone, must obey.

    Attributes:
        length: Digits, if that is fixed.
        min_length: Digits at least.
        max_length: Digits at most.
        pattern: Regular expression that the whole text matches.
        min: Least value as a number.
        max: Greatest value as a number.
        check: Check digits, by a module of python-stdnum.
        date: How a date is written, ``DDMMYYYY``.

    Raises:
        ValueError: The pattern is no regular expression, the check or the form of the date is unknown, or
            nothing can obey all of them.

    >>> amount = Constraints(max_length=4, pattern="[1-9].*", max=5000)
    >>> list(amount.broken("6000"))
    ['max: 6000 is more than 5000']
    >>> amount.may_begin("60"), amount.may_begin("06")
    (True, False)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    length: Annotated[int, Field(ge=1)] | None = None
    min_length: Annotated[int, Field(ge=0)] | None = None
    max_length: Annotated[int, Field(ge=1)] | None = None
    pattern: str | None = None
    min: Annotated[int, Field(ge=0)] | None = None
    max: Annotated[int, Field(ge=0)] | None = None
    check: str | None = None
    date: str | None = None

    @model_validator(mode="after")
    def _refuse_mistakes(self) -> Self:
        if self.pattern is not None:
            try:
                regex.compile(self.pattern)
            except (regex.error, OverflowError, RecursionError) as error:
                raise ValueError(f"pattern: is not a regular expression: {error}") from error
        if self.check is not None:
            find_check(self.check)
        if self.date is not None:
            DateFormat(self.date)
        for low, high in _ORDERED:
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise ValueError(f"{low}: is {least}, and {high} is {most}: nothing is so")
        return self

    def broken(self, text: str) -> Iterator[str]:
        """Name the constraints that a text breaks, each with what is wrong."""
        count = f"{len(text)} digit{'s' * (len(text) != 1)}"
        if self.length is not None and len(text) != self.length:
            yield f"length: {count}, not {self.length}"
        if self.min_length is not None and len(text) < self.min_length:
            yield f"min_length: {count}, less than {self.min_length}"
        if self.max_length is not None and len(text) > self.max_length:
            yield f"max_length: {count}, more than {self.max_length}"
        if self.pattern is not None and not self._matches(text, partial=False):
            yield f"pattern: does not match {self.pattern}"
        if self.min is not None and int(text or "0") < self.min:
            yield f"min: {text} is less than {self.min}"
        if self.max is not None and int(text or "0") > self.max:
            yield f"max: {text} is more than {self.max}"
        if self.check is not None and not keeps_check(self.check, text):
            yield f"check: {text} is not right by {self.check}"
        if self.date is not None and not DateFormat(self.date).is_date(text):
            yield f"date: {text} is no {self.date}"

    def obeyed(self, text: str) -> bool:
        """Whether a text breaks none of them."""
        return next(self.broken(text), None) is None

    @property
    def are_any(self) -> bool:
        """Whether there are constraints at all."""
        return any(getattr(self, key) is not None for key in Constraints.model_fields)

    def may_begin(self, text: str) -> bool:
        """Whether a text that obeys may begin so, as far as length and pattern tell."""
        most = min(inf if limit is None else limit for limit in (self.length, self.max_length))
        return len(text) <= most and (self.pattern is None or self._matches(text, partial=True))

    def _matches(self, text: str, *, partial: bool) -> bool:
        try:
            return regex.fullmatch(self.pattern or "", text, partial=partial, timeout=_PATIENCE) is not None
        except TimeoutError:
            return False
