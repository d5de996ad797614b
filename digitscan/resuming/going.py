"""How a run goes on with what is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Going:
    """How an output is gone on with.

    Attributes:
        resume: Whether what an earlier run left is kept.
        retry_failed: Whether what failed then is read again.
        arriving: Whether inputs go on arriving; then the records of all that ever did stay.
    """

    resume: bool
    retry_failed: bool
    arriving: bool
