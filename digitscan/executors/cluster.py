"""Pages read on a Dask cluster, in chunks; only this process writes.

Dask tries the pages of a lost worker on another one. What it can not tell is which page of a chunk ends its
workers again and again: then the pages are tried one by one, each alone on the whole cluster.
"""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from digitscan import __version__
from digitscan.errors import DigitscanError, OutputError, SourceError
from digitscan.executors.documents import Document, Documents
from digitscan.executors.scheduler import check_versions, connect
from digitscan.executors.shipment import pack
from digitscan.executors.spool import Spool, receive
from digitscan.executors.tasks import CRASHED, OnOutcome, PageOutcome, PageTask, ReadingPlan, ignore
from digitscan.executors.tickets import Ticket
from digitscan.results import ErrorRecord

if TYPE_CHECKING:
    from distributed import Future

    from digitscan.executors.chunks import PageReading

_CHUNK = 32
"""Pages of a chunk at most: some seconds of work, beside which a task of Dask costs nothing."""
_CHUNKS = 2
"""Chunks for each thread of the workers: while the readings of one travel, it goes on with the other."""
_AHEAD = 5
"""Chunks submitted for each thread: while one waits for a slow page, the others have enough to do."""
_LOOK = 2.0
"""Seconds between two looks at how many workers there are."""
_PATIENCE = 60.0
"""Seconds that the cluster may be without workers."""


class Cluster:
    """Reads pages on the workers of a Dask cluster; a context manager.

    Args:
        plan: How pages are read.
        address: The scheduler's, as ``tcp://host:8786``.
        page_timeout: Seconds after which a page is given up.

    Raises:
        ModelError: The model is unusable.
        TemplateError: A reference of the template cannot be used.
        UsageError: Dask is not installed, no scheduler answers, or a worker has another version of digitscan.
    """

    def __init__(self, plan: ReadingPlan, address: str, page_timeout: float) -> None:
        self._address = address
        self._backlog: deque[_Ticket] = deque()
        self._suspects: deque[_Ticket] = deque()
        self._underway: set[_Chunk] = set()
        self._finished: SimpleQueue[_Chunk] = SimpleQueue()
        self._made_again: list[_Chunk] = []
        self._spool = Spool()
        shipment = pack(plan, page_timeout)  # what is wrong with the plan is told best where it was made
        with ExitStack() as stack:
            stack.callback(self._spool.close)
            self._client = stack.enter_context(connect(address))
            from digitscan.executors.chunks import keep

            self._threads, self._looked, self._missed = 1, 0.0, time.monotonic()
            self._known: set[str] = set()
            self._look()
            self._documents = Documents(self._client)
            self._plan = self._client.submit(keep, pickle.dumps(shipment), pure=False), shipment.digest
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._stack:
            futures = [chunk.future for chunk in self._underway]
            if futures and self._client.status == "running":
                with suppress(Exception):
                    self._client.cancel(futures, force=True)

    @property
    def ahead(self) -> int:
        """How many tasks may be submitted before the result of the first is asked for."""
        return _AHEAD * _CHUNK * self._threads

    def submit(self, task: PageTask, on_outcome: OnOutcome = ignore) -> _Ticket:
        """Keep a task until there is a chunk of them, or somebody waits for one and a worker has nothing."""
        source, pipe = self._spool.on_disk(task.source)
        if source.path is not None:
            if pipe is not None:
                receive(pipe, source.path)  # workers may be on other machines
            source = replace(source, path=source.path.absolute())
        ticket = _Ticket(self.pump, PageTask(source, task.number, task.picture), on_outcome)
        self._backlog.append(ticket)
        if len(self._backlog) % _CHUNK == 0:
            self.pump(wait=False)
        return ticket

    def pump(self, *, wait: bool = True) -> None:
        """Take the chunks that were read, and send others; unless told not to, wait until there is a change.

        Raises:
            DigitscanError: Nothing more can be read.
        """
        again, self._made_again = self._made_again, []
        for chunk in again:
            self._take(chunk)
        wait = not self._hand_out() and wait and len(self._made_again) == len(again)
        with suppress(Empty):
            self._take(self._finished.get(timeout=_LOOK) if wait else self._finished.get_nowait())
            while True:
                self._take(self._finished.get_nowait())
        if time.monotonic() - self._looked > _LOOK:
            self._look()
        self._hand_out()

    def _look(self) -> None:
        """See which workers there are, which come and go, and how many threads they have."""
        try:
            threads = self._client.nthreads()
            if not self._known.issuperset(threads):
                check_versions(self._client)
        except (OSError, RuntimeError, TimeoutError) as error:
            raise self._lost() from error
        self._known = set(threads)
        self._looked = time.monotonic()
        if threads:
            self._threads, self._missed = sum(threads.values()), self._looked
        elif self._looked - self._missed > _PATIENCE:
            raise DigitscanError(f"the Dask scheduler at {self._address} has no workers")

    def _hand_out(self) -> bool:
        """Send what there is a worker for; gives whether some of it cannot be read, as is known already."""
        # Whoever shares a worker with a page that ends it is suspected with it.
        if self._suspects:
            return not self._underway and self._send(self._suspects, 1, alone=True)
        failed = False
        chunks = _CHUNKS * self._threads
        while self._backlog and len(self._underway) < chunks:
            if self._underway and self._documents.are_many:
                break
            # What is left at the end of a run is shared out, in ever smaller chunks.
            failed = self._send(self._backlog, min(_CHUNK, ceil(len(self._backlog) / chunks))) or failed
        return failed

    def _send(self, tickets: deque[_Ticket], size: int, *, alone: bool = False) -> bool:
        """Send the first tickets, as many as make a chunk; gives whether there were some that cannot be."""
        from digitscan.executors.chunks import SentPage, read_chunk

        chosen: list[_Ticket] = []
        pages: list[SentPage] = []
        documents: dict[str, Document] = {}
        failed = False
        while tickets and len(pages) < size and not (pages and self._documents.are_many):
            ticket = tickets.popleft()
            try:
                found, document = self._documents.locate(ticket.task.source, unseen=ticket.unseen)
            except SourceError as error:
                ticket.settle(_failed(error.code, error.message))
                failed = True
                continue
            if document is not None:
                documents[document.name] = document
            chosen.append(ticket)
            name = None if document is None else document.name
            pages.append(SentPage(pickle.dumps(ticket.task), found, name))
        if not pages:
            return failed
        contents = {name: document.future for name, document in documents.items()}
        future = self._client.submit(read_chunk, *self._plan, pages, contents, pure=False)
        chunk = _Chunk(future, chosen, list(documents.values()), alone)
        self._underway.add(chunk)
        future.add_done_callback(lambda _: self._finished.put(chunk))
        return failed

    def _take(self, chunk: _Chunk) -> None:
        """Give the readings of a chunk to those who wait for them.

        Its worker may have ended after it was read, and what was read with it: Dask has it read again.
        """
        if chunk.future.status in ("lost", "pending"):
            self._made_again.append(chunk)
            return
        self._underway.remove(chunk)
        readings = self._readings(chunk)
        if readings is None:
            if not chunk.alone:
                self._suspects.extend(chunk.tickets)
                return
            message = "the workers that read it crashed"
            chunk.tickets[0].settle(_failed(CRASHED, message))
            return
        again = []
        for ticket, reading in zip(chunk.tickets, readings, strict=True):
            if reading is None:
                ticket.unseen = True
                again.append(ticket)
                continue
            if reading.picture is not None and ticket.task.picture is not None:
                _write(ticket.task.picture, reading.picture)
            ticket.settle(reading.outcome)
        self._backlog.extendleft(reversed(again))

    def _readings(self, chunk: _Chunk) -> Sequence[PageReading | None] | None:
        """What the chunk came to; None when it ended as many workers as Dask allows."""
        from distributed import KilledWorker

        try:
            status = chunk.future.status
            if status not in ("error", "cancelled"):
                return chunk.future.result()
            error = chunk.future.exception() if status == "error" else None
        except Exception as lost:
            raise self._lost() from lost
        if isinstance(error, KilledWorker):
            return None
        if isinstance(error, DigitscanError):
            raise error
        if error is None:
            raise self._lost()
        line = " ".join(str(error).split())
        raise DigitscanError(
            f"the workers of {self._address} cannot read: {type(error).__name__}: {line};"
            f" install digitscan {__version__} there"
        ) from error

    def _lost(self) -> DigitscanError:
        return DigitscanError(f"the connection to the Dask scheduler at {self._address} is lost")


@dataclass(eq=False)
class _Ticket(Ticket):
    """A task; ``unseen`` where a worker did not find its file."""

    unseen: bool = False


@dataclass(eq=False)
class _Chunk:
    """Pages that are underway; ``alone`` where there is one, and nothing else is underway."""

    future: Future[list[PageReading | None]]
    tickets: list[_Ticket]
    documents: list[Document]
    alone: bool


def _failed(code: str, message: str) -> PageOutcome:
    return PageOutcome(0, error=ErrorRecord(code=code, message=message))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error
