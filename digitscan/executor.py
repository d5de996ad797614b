"""Where pages are read: in this process, or in several."""

from __future__ import annotations

import multiprocessing
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

    def reader(self) -> Reader:
        """Load the model and make the reader.

        Raises:
            ModelError: The model is unusable.
        """
        return Reader(
            Classifier(self.model), layout=self.layout, template=self.template, review_below=self.review_below
        )


class Executor(Protocol):
    """Reads pages, some at a time."""

    ahead: int
    """Pages that may wait to be read or written, a bound on memory."""

    def submit(self, image: NDArray[np.uint8], number: int) -> Callable[[], PageResult]:
        """Begin to read a page; what is returned waits for the result and gives it."""


class _InProcess:
    ahead = 0

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def submit(self, image: NDArray[np.uint8], number: int) -> Callable[[], PageResult]:
        result = self._reader.read_page(image, number)
        return lambda: result


class _InProcesses:
    def __init__(self, pool: ProcessPoolExecutor, jobs: int) -> None:
        self._pool = pool
        self.ahead = 2 * jobs

    def submit(self, image: NDArray[np.uint8], number: int) -> Callable[[], PageResult]:
        future: Future[PageResult] = self._pool.submit(_read_page, image, number)
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
    reader = reading.reader()  # here too when workers read, so that a broken model is found before any page
    if jobs == 1:
        yield _InProcess(reader)
        return
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


def _read_page(image: NDArray[np.uint8], number: int) -> PageResult:
    return _reader.read_page(image, number)
