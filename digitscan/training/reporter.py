"""Where training tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """Where training tells how far it is."""

    def begin(self, what: str, total: int) -> None:
        """A part of the work of ``total`` steps begins."""

    def advance(self, steps: int) -> None:
        """Some steps of it are done."""

    def say(self, line: str) -> None:
        """A line to keep."""


def time_left(seconds: float) -> str:
    """Say how long something will go on.

    >>> time_left(8), time_left(100), time_left(4000)
    ('8 s left', '2 min left', '1 h 7 min left')
    """
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s left"
    return f"{minutes} min left" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min left"
