"""Progress of training, on stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class TrainingProgress:
    """A bar on a terminal, and lines to keep above it or, elsewhere, alone."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=self._console, disable=not sys.stderr.isatty())
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, what: str, total: int) -> None:
        """Begin a part of the work of ``total`` steps."""
        self._task = self._progress.add_task(what, total=total)
        if self._progress.disable:
            self.say(what)

    def advance(self, steps: int) -> None:
        """Count steps of the part that began last."""
        if self._task is not None:
            self._progress.advance(self._task, steps)

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, markup=False)
