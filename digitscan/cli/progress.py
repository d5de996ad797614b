"""Progress on stderr: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from digitscan.tally import Tally

_REDRAW = 0.1
"""Seconds between changes of the bar: a step may take less time than drawing it."""


class _Display(ABC):
    """A bar, or lines; a context manager.

    Args:
        bar: Whether there is a bar.
        told: Whether something of the task is told behind its bar.
        stays: Whether the bar stays when all is done.
    """

    _pause: ClassVar[float]
    """Seconds without a line after which, where there is no bar, one says how far it is."""

    def __init__(self, *, bar: bool, told: bool = False, stays: bool = True) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        if told:
            columns.append(TextColumn("{task.fields[told]}"))
        self._progress = Progress(*columns, console=self._console, disable=not bar, transient=not stays)
        self._task: TaskID | None = None
        self._shown = self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._show()
        self._progress.stop()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, markup=False)
        self._said = time.monotonic()

    def _move(self) -> None:
        """Show how far it is, if it is time for that."""
        now = time.monotonic()
        if not self._progress.disable:
            if now - self._shown >= _REDRAW:
                self._show()
        elif now - self._said >= self._pause and (line := self._line()):
            self.say(line)

    def _show(self) -> None:
        if self._task is not None:
            self._update(self._task)
        self._shown = time.monotonic()

    @abstractmethod
    def _update(self, task: TaskID) -> None:
        """Bring the bar to where it is."""

    @abstractmethod
    def _line(self) -> str:
        """Say how far it is; nothing where that is not worth a line."""


class TrainingProgress(_Display):
    """The parts of a training, one after the other, and lines to keep above them."""

    _pause = 30.0

    def __init__(self) -> None:
        super().__init__(bar=sys.stderr.isatty())
        self._what, self._total, self._done = "", 0, 0

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
        self._move()

    def _update(self, task: TaskID) -> None:
        self._progress.update(task, completed=self._done)

    def _line(self) -> str:
        return f"{self._what}: {100 * self._done // self._total} %" if self._done < self._total else ""


class ReadingProgress(_Display):
    """How far the reading of documents is.

    Args:
        tally: What was read so far.
        documents: How many documents there are; each is taken for a page until it is known how many it has.
            None for documents that go on arriving.
        bar: Whether there is a bar.
    """

    _pause = 10.0

    def __init__(self, tally: Tally, documents: int | None, *, bar: bool) -> None:
        super().__init__(bar=bar, told=True, stays=False)
        self._tally = tally
        self._documents = documents
        self._more = 0
        self._began = time.monotonic()
        self._task = self._progress.add_task("Reading", total=documents, told="")

    def count(self, pages: int) -> None:
        """Count the pages of a document that was opened."""
        self._more += pages - 1

    def move(self) -> None:
        """Show how far it is, if it is time for that."""
        self._move()

    def _update(self, task: TaskID) -> None:
        total = None
        if self._documents is not None:
            total = self._documents + self._more - self._tally.blank - self._tally.skipped.documents
        self._progress.update(task, completed=self._tally.pages, total=total, told=self._told())

    def _line(self) -> str:
        return f"{self._tally.pages:,} pages, {self._told()}" if self._tally.pages else ""

    def _told(self) -> str:
        tally = self._tally
        rate = tally.pages / max(time.monotonic() - self._began, 1e-3)
        counts = f"{tally.fields:,} fields, {tally.doubtful:,} doubtful, {tally.failed:,} failed"
        return f"{rate:.1f} pages/s, {counts}"
