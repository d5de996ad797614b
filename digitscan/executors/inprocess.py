"""Pages read in this process, each when its result is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from digitscan.executors.pages import PageReader
from digitscan.executors.tasks import OnOutcome, PageOutcome, PageTask, ignore


class InProcess:
    """Reads one page after the other, as they are asked for.

    Args:
        reader: Reads them.
    """

    ahead = 1

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader

    def submit(self, task: PageTask, on_outcome: OnOutcome = ignore) -> _Waiting:
        """Keep a task until its result is asked for."""
        return _Waiting(self._reader, task, on_outcome)


@dataclass(frozen=True)
class _Waiting:
    reader: PageReader
    task: PageTask
    on_outcome: OnOutcome

    def result(self) -> PageOutcome:
        outcome = self.reader.read(self.task)
        self.on_outcome(outcome)
        return outcome
