"""Pages read in processes of our own: one that crashes or hangs costs the page that it reads, not the run.

Neither ``concurrent.futures`` nor ``multiprocessing.Pool`` can tell which task ended a worker, and both give
up, or wait for ever, when one is killed in the middle of a message: their workers share pipes. Here each has
a pipe of its own, whose other end closes with the worker.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from digitscan.errors import DigitscanError
from digitscan.executors.spool import Spool
from digitscan.executors.tasks import (
    CRASHED,
    TIMEOUT,
    OnOutcome,
    PageOutcome,
    PageTask,
    ReadingPlan,
    ignore,
)
from digitscan.executors.tickets import Ticket
from digitscan.executors.worker import READY, work
from digitscan.results import ErrorRecord

_QUEUED = 2
"""Tasks given to a worker at a time: while the outcome of one travels, it goes on with the other."""
_AHEAD = 16
"""Tasks submitted for each worker: while one waits for a slow page, the others have enough to do."""
_TRIES = 2
"""How often a page is tried whose worker ends: it may have been another's memory that was short."""
_STARTS = 3
"""Workers in a row that may end before they can read."""
_PATIENCE = 5.0
"""Seconds that a worker without tasks may take to end."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables of numerical libraries; each worker has one thread."""


class Processes:
    """Reads pages in worker processes; a context manager.

    Args:
        plan: How pages are read.
        jobs: How many workers.
        page_timeout: Seconds after which a page is given up.
        at_once: Whether workers are started now; else with the first task, if there is one.

    Attributes:
        workers: The processes.

    Raises:
        ModelError: The model is unusable.
        TemplateError: A reference of the template cannot be used.
        DigitscanError: Workers cannot be started.
    """

    def __init__(self, plan: ReadingPlan, jobs: int, page_timeout: float, *, at_once: bool = True) -> None:
        self.ahead = _AHEAD * jobs
        self._plan = plan
        self._jobs = jobs
        self._timeout = page_timeout
        self._spool = Spool()
        self._backlog: deque[_Ticket] = deque()
        self._failed_starts = 0
        self.workers: list[_Worker] = []
        if at_once:
            self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close(at_once=kind is not None)

    def _start(self) -> None:
        """Start the workers, and wait until one can read."""
        for name in _THREADS:
            os.environ.setdefault(name, "1")
        try:
            self.workers.extend(_Worker(self._plan) for _ in range(self._jobs))
            while not any(worker.ready for worker in self.workers):
                self.pump()
        except BaseException:
            self._close(at_once=True)
            raise

    def submit(self, task: PageTask, on_outcome: OnOutcome = ignore) -> _Ticket:
        """Give a task to a worker that has room for it, or keep it until one has.

        Raises:
            DigitscanError: Workers were to be started with the first task, and cannot be.
        """
        if not self.workers:
            self._start()
        source, pipe = self._spool.on_disk(task.source)
        ticket = _Ticket(self.pump, PageTask(source, task.number, task.picture, pipe), on_outcome)
        self._backlog.append(ticket)
        self._hand_out()
        return ticket

    def pump(self) -> None:
        """Wait until a worker says something, ends, or is given up, and see to that.

        Raises:
            DigitscanError: Nothing more can be read.
        """
        deadlines = [worker.since + self._timeout for worker in self.workers if worker.since is not None]
        patience = max(min(deadlines) - time.monotonic(), 0.0) if deadlines else None
        speaking = wait([worker.connection for worker in self.workers], patience)
        for worker in list(self.workers):
            if worker.connection in speaking:
                self._listen(worker)
            elif worker.since is not None and time.monotonic() - worker.since >= self._timeout:
                self._lose(worker, timed_out=True)
        self._hand_out()

    def _listen(self, worker: _Worker) -> None:
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):
            self._lose(worker, timed_out=False)
            return
        if isinstance(said, DigitscanError):
            raise said
        if said == READY:
            worker.ready = True
            self._failed_starts = 0
        else:
            worker.tickets.popleft().settle(said)
        worker.since = time.monotonic() if worker.tickets else None

    def _lose(self, worker: _Worker, *, timed_out: bool) -> None:
        """Put another worker in the place of one that ended or hangs, and see to its tasks."""
        worker.end(at_once=True)
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                raise DigitscanError(f"the processes that read pages cannot start: {worker.ending}")
        elif worker.tickets:
            first = worker.tickets[0]
            first.tries += 1
            if timed_out:
                message = f"reading took longer than {self._timeout:g} s and was given up"
                worker.tickets.popleft().settle(_lost(TIMEOUT, message))
            elif first.tries >= _TRIES:
                message = f"the process that read it crashed: {worker.ending}"
                worker.tickets.popleft().settle(_lost(CRASHED, message))
        self._backlog.extendleft(reversed(worker.tickets))
        self.workers[self.workers.index(worker)] = _Worker(self._plan)

    def _hand_out(self) -> None:
        for room in range(1, _QUEUED + 1):
            for worker in self.workers:
                if self._backlog and worker.ready and len(worker.tickets) < room:
                    worker.give(self._backlog)

    def _close(self, *, at_once: bool) -> None:
        for worker in self.workers:
            worker.connection.close()
        for worker in self.workers:
            worker.end(at_once=at_once)
        self._spool.close()


@dataclass(eq=False)
class _Ticket(Ticket):
    """A task; ``tries`` tells how many workers have ended with it."""

    tries: int = 0


@dataclass
class _Worker:
    """A worker process, our end of its pipe, and the tasks that it has.

    Attributes:
        ready: Whether it can read.
        since: When it began with the first of its tasks, in seconds; None while it has none.
    """

    plan: ReadingPlan
    ready: bool = False
    since: float | None = None
    tickets: deque[_Ticket] = field(default_factory=deque)
    process: BaseProcess = field(init=False)
    connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, self.plan), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, backlog: deque[_Ticket]) -> None:
        """Hand it the first of the waiting tasks; they stay when it has ended, which shows later."""
        try:
            self.connection.send(backlog[0].task)
        except OSError:
            return
        self.since = time.monotonic() if not self.tickets else self.since
        self.tickets.append(backlog.popleft())

    def end(self, *, at_once: bool) -> None:
        """End it: when it is done with its tasks, or now."""
        self.connection.close()
        if not at_once:
            self.process.join(_PATIENCE)
        self.process.kill()
        self.process.join()

    @property
    def ending(self) -> str:
        """How it ended."""
        code = self.process.exitcode or 0
        if code >= 0:
            return f"exit code {code}"
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"


def _lost(code: str, message: str) -> PageOutcome:
    return PageOutcome(0, error=ErrorRecord(code=code, message=message))
