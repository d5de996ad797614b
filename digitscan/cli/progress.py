"""Progress of training, on stderr."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_REDRAW = 0.1
"""Seconds between changes of the bar: a step of training may take less time than drawing it."""

_QUIET = 30.0
"""Seconds without a line after which, where there is no bar, one says how far it is."""


class TrainingProgress:
    """A bar on a terminal, and lines to keep above it or, elsewhere, alone."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=self._console, disable=not sys.stderr.isatty())
        self._task: TaskID | None = None
        self._what, self._total, self._done = "", 0, 0
        self._shown = self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._show()
        self._progress.stop()

    def begin(self, what: str, total: int) -> None:
        """Begin a part of the work of ``total`` steps."""
        self._show()
        self._task = self._progress.add_task(what, total=total)
        self._what, self._total, self._done = what, total, 0
        if self._progress.disable:
            self.say(what)

    def advance(self, steps: int) -> None:
        """Count steps of the part that began last."""
        self._done += steps
        now = time.monotonic()
        if self._progress.disable:
            if now - self._said >= _QUIET and self._done < self._total:
                self.say(f"{self._what}: {100 * self._done // self._total} %")
        elif now - self._shown >= _REDRAW:
            self._show()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, markup=False)
        self._said = time.monotonic()

    def _show(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=self._done)
        self._shown = time.monotonic()
