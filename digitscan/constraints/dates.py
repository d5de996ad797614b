"""Dates as forms ask for them: ``DDMMYYYY``, ``MMYY`` and the like."""

from __future__ import annotations

from calendar import monthrange
from itertools import groupby

_PARTS = {"DD": "day", "MM": "month", "YYYY": "year", "YY": "short year"}


class DateFormat:
    """How a date is written in digits.

    Args:
        text: Its parts, each once at the most: ``DD``, ``MM``, and ``YYYY`` or ``YY``.

    Raises:
        ValueError: It is made of something else.

    >>> form = DateFormat("DDMMYY")
    >>> form.is_date("290224"), form.is_date("310424")
    (True, False)
    """

    def __init__(self, text: str) -> None:
        parts = ["".join(letters) for _, letters in groupby(text)]
        kinds = [_PARTS.get(part, "") for part in parts]
        years = kinds.count("year") + kinds.count("short year")
        if not parts or "" in kinds or len(set(kinds)) < len(kinds) or years > 1:
            raise ValueError(
                f"date: {text!r} is no date; write it with DD, MM, and YYYY or YY, as in DDMMYYYY"
            )
        self._slices: dict[str, slice] = {}
        start = 0
        for part, kind in zip(parts, kinds, strict=True):
            self._slices[kind] = slice(start, start + len(part))
            start += len(part)
        self.length = start

    def is_date(self, text: str) -> bool:
        """Whether the digits are a day that there is; in a short year, that there is in some century."""
        if len(text) != self.length:
            return False
        values = {kind: int(text[part]) for kind, part in self._slices.items()}
        # Without a year, or with a short one, any that is a leap year if one of them can be.
        year = values.get("year", 2000 + values.get("short year", 0))
        month = values.get("month", 1)
        return year > 0 and 1 <= month <= 12 and 1 <= values.get("day", 1) <= monthrange(year, month)[1]
