"""What a worker of a Dask cluster does with a chunk of pages.

Dask closes a worker that cannot import what a task is made of, so this module needs little, and the rest is
imported where its absence is an error of the task.

A worker reads no page itself. Neither PDFium nor an interpreter of LiteRT is for several threads, which
workers often have, and a page that crashes or hangs would take the worker with it: each of its threads has a
process that reads for it, under the watch that ``processes.py`` keeps on crashes and on time.
"""

from __future__ import annotations

import multiprocessing
import pickle
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import Worker, get_worker

from digitscan.errors import DigitscanError
from digitscan.executors.tasks import PageOutcome, PageTask
from digitscan.filestate import FileState
from digitscan.sources import Source, state

if TYPE_CHECKING:
    from digitscan.executors.processes import Processes
    from digitscan.executors.shipment import Shipment

_IDLE = 30.0
"""Seconds that a process without pages is kept for the next chunk."""


@dataclass(frozen=True)
class SentPage:
    """A page of a chunk.

    Attributes:
        task: The pickled ``PageTask``; nobody between those who ask and who read needs to understand it.
        state: Size and time of its file where it was asked for; a worker that sees another one gives it back.
        document: The name of its document in the chunk's, where its bytes are sent along.
    """

    task: bytes
    state: FileState | None = None
    document: str | None = None


@dataclass(frozen=True)
class PageReading:
    """What became of a page, and the picture of how it was read, as the bytes of its file."""

    outcome: PageOutcome
    picture: bytes | None = None


def keep(value: bytes) -> bytes:
    """Give what is to be at hand on the workers.

    As the result of a task Dask makes it again where the worker that had it is lost; what is scattered would
    be lost with it.
    """
    return value


def read_chunk(
    shipment: bytes, digest: str, pages: Sequence[SentPage], documents: Mapping[str, bytes]
) -> list[PageReading | None]:
    """Read some pages; None for those whose file this worker does not see.

    Args:
        shipment: How, as a pickled ``Shipment``.
        digest: What tells it from others.
        pages: Which.
        documents: The content of documents, by their name in ``pages``.

    Raises:
        DigitscanError: No page can be read here; one line names the worker and says why.
    """
    worker = get_worker()
    scratch = Path(worker.local_directory)
    try:
        with tempfile.TemporaryDirectory(prefix="digitscan-", dir=scratch) as folder:
            for name, content in documents.items():
                Path(folder, name).write_bytes(content)
            tasks = [_seen(page, Path(folder), number) for number, page in enumerate(pages)]
            with _processes.borrow(shipment, digest, scratch) as process:
                pending = [(task, process.submit(task)) if task is not None else None for task in tasks]
                readings: list[PageReading | None] = []
                for one in pending:
                    _stop_if_cancelled(worker)
                    readings.append(None if one is None else _reading(one[0], one[1].result()))
            return readings
    except DigitscanError as error:
        raise type(error)(f"worker {worker.address}: {error}") from error
    except OSError as error:
        message = (
            f"worker {worker.address}: {error.filename or scratch}: {(error.strerror or str(error)).lower()}"
        )
        raise DigitscanError(message) from error


def _seen(page: SentPage, folder: Path, number: int) -> PageTask | None:
    """The task with the paths that are right on this machine; None when it is not here."""
    task: PageTask = pickle.loads(page.task)
    source = task.source
    if page.document is not None:
        source = replace(source, path=folder / page.document)
    elif source.path is not None and not _is_same(source, page.state):
        return None
    if task.picture is None:
        return PageTask(source, task.number)
    drawings = folder / f"drawings-{number}"  # the file's own name is shown on it
    drawings.mkdir()
    return PageTask(source, task.number, drawings / task.picture.name)


def _is_same(source: Source, expected: FileState | None) -> bool:
    """Whether this machine has the very file, and may read it."""
    if source.path is None or state(source) != expected:
        return False
    try:
        source.path.open("rb").close()
    except OSError:
        return False
    return True


def _reading(task: PageTask, outcome: PageOutcome) -> PageReading:
    if task.picture is None or not task.picture.is_file():
        return PageReading(outcome)
    return PageReading(outcome, task.picture.read_bytes())


class _CancelledError(Exception):
    """Nobody waits for the chunk any more."""


def _stop_if_cancelled(worker: Worker) -> None:
    """End the chunk where it was cancelled, which Dask itself does not do once it runs."""
    task = worker.state.tasks.get(worker.get_current_task())
    if task is None or task.state != "executing":
        raise _CancelledError


class _ProcessesAtHand:
    """Processes that read, one for each thread that reads at a time; kept for a while in between."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Idle] = []

    @contextmanager
    def borrow(self, shipment: bytes, digest: str, scratch: Path) -> Iterator[Processes]:
        """Give one for as long as the block lasts; after an error it is ended.

        Raises:
            DigitscanError: It cannot be started.
        """
        idle = self._take(digest)
        process, owned = (idle.process, idle.owned) if idle else self._start(shipment, scratch)
        with ExitStack() as stack:
            stack.push(owned)
            yield process
            stack.pop_all()
        self._put_back(digest, process, owned)

    def _take(self, digest: str) -> _Idle | None:
        with self._lock:
            idle = next((one for one in self._idle if one.digest == digest), None)
            if idle is not None:
                self._idle.remove(idle)
                idle.timer.cancel()
        return idle

    def _start(self, shipment: bytes, scratch: Path) -> tuple[Processes, ExitStack]:
        from digitscan.executors.processes import Processes

        content: Shipment = pickle.loads(shipment)
        with self._lock:
            plan = content.unpack(scratch / f"digitscan-{content.digest}")
        # A worker that a nanny started is a daemon, which may have no children lest they outlive it; these
        # end when it ends.
        multiprocessing.current_process().daemon = False
        owned = ExitStack()
        return owned.enter_context(Processes(plan, 1, content.page_timeout)), owned

    def _put_back(self, digest: str, process: Processes, owned: ExitStack) -> None:
        timer = threading.Timer(_IDLE, lambda: self._end(idle))
        timer.daemon = True
        idle = _Idle(digest, process, owned, timer)
        with self._lock:
            self._idle.append(idle)
        timer.start()

    def _end(self, idle: _Idle) -> None:
        with self._lock:
            if idle not in self._idle:
                return
            self._idle.remove(idle)
        idle.owned.close()


@dataclass(frozen=True, eq=False)
class _Idle:
    digest: str
    process: Processes
    owned: ExitStack
    timer: threading.Timer


_processes = _ProcessesAtHand()
