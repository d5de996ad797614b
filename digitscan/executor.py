"""Where pages are read: in this process, or in several."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.options import Layout
from digitscan.reader import Reader
from digitscan.results import PageResult
from digitscan.template import Template


@dataclass(frozen=True)
class ReadingPlan:
    """How pages are to be read; travels to other processes, where a reader is made of it once."""

    model: Path
    layout: Layout
    template: Template | None
    review_below: float
    keep_separators: bool

    def reader(self, *, threads: int = 1) -> Reader:
        """Load the model and make the reader.

        Args:
            threads: Threads that each network runs in.

        Raises:
            ModelError: The model is unusable.
        """
        return Reader(
            Classifier(self.model, threads=threads),
            layout=self.layout,
            template=self.template,
            review_below=self.review_below,
            keep_separators=self.keep_separators,
        )


class Executor(Protocol):
    """Reads pages, some at a time."""

    ahead: int
    """Pages that may wait to be read or written, a bound on memory."""

    def submit(self, image: NDArray[np.uint8], number: int, picture: Path | None) -> Callable[[], PageResult]:
        """Begin to read a page; what is returned waits for the result and gives it.

        Args:
            image: ``(H, W)`` the page.
            number: Its number in its document, from 1.
            picture: Where a picture of how it was read goes; None for none.
        """


class _InProcess:
    ahead = 0

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def submit(self, image: NDArray[np.uint8], number: int, picture: Path | None) -> Callable[[], PageResult]:
        result = _read_page(self._reader, image, number, picture)
        return lambda: result


class _InProcesses:
    def __init__(self, pool: ProcessPoolExecutor, jobs: int) -> None:
        self._pool = pool
        self.ahead = 2 * jobs

    def submit(self, image: NDArray[np.uint8], number: int, picture: Path | None) -> Callable[[], PageResult]:
        future: Future[PageResult] = self._pool.submit(_read_in_worker, image, number, picture)
        return future.result


@contextmanager
def open_executor(reading: ReadingPlan, jobs: int) -> Iterator[Executor]:
    """Open what reads the pages.

    Args:
        reading: How.
        jobs: In how many processes; 1 is this one.

    Raises:
        ModelError: The model is unusable.
    """
    if jobs == 1:
        yield _InProcess(reading.reader(threads=os.cpu_count() or 1))
        return
    reading.reader()  # so that a broken model is found before any page
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(reading,)) as pool:
        try:
            yield _InProcesses(pool, jobs)
        finally:
            pool.shutdown(cancel_futures=True)


_reader: Reader


def _start(reading: ReadingPlan) -> None:
    global _reader
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the first process ends the others
    cv2.setNumThreads(1)
    _reader = reading.reader()


def _read_in_worker(image: NDArray[np.uint8], number: int, picture: Path | None) -> PageResult:
    return _read_page(_reader, image, number, picture)


def _read_page(reader: Reader, image: NDArray[np.uint8], number: int, picture: Path | None) -> PageResult:
    if picture is None:
        return reader.read_page(image, number)
    from digitscan.debug.picture import write_picture

    result, steps = reader.explain_page(image, number)
    write_picture(picture, steps)
    return result
