"""Runs ``digitscan`` as a process, and measures the time and the memory of it and of all its workers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from threading import Event, Thread
from time import perf_counter
from typing import NamedTuple

import psutil

from digitscan.errors import UsageError

INTERVAL = 0.05
"""Seconds between two looks at the memory."""


class Finished(NamedTuple):
    """A process that has ended.

    Attributes:
        code: Its exit code.
        err: What it said on stderr.
        seconds: From its start to its end.
        tree: Most memory of it and all below it at one time, in bytes; 0 where it was not watched.
        single: Most memory of one of them, in bytes.
    """

    code: int
    err: str
    seconds: float
    tree: int = 0
    single: int = 0


def run_digitscan(
    *arguments: object, allowed: Sequence[int] = (0,), watched: bool = False, limit: float | None = None
) -> Finished:
    """Run ``digitscan`` to its end.

    Args:
        arguments: Of the command line.
        allowed: Exit codes that are no failure.
        watched: Whether its memory is measured, which takes some of the time of a core.
        limit: Seconds that it may take; None for any.

    Raises:
        UsageError: It failed; the message is the last line of its own.
    """
    command = [sys.executable, "-m", "digitscan", *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as err:
        start = perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err)
        watch = Watch(process.pid) if watched else None
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired as error:
            raise UsageError(f"digitscan took longer than {limit} s") from error
        finally:
            end_tree(process)
            peaks = watch.stop() if watch else (0, 0)
        seconds = perf_counter() - start
        err.seek(0)
        said = err.read()
    if code not in allowed:
        raise UsageError("".join(said.strip().splitlines()[-1:]) or f"digitscan ended with exit code {code}")
    return Finished(code, said, seconds, *peaks)


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, and its workers with it."""
    if process.poll() is None:
        process.kill()
        process.wait()


class Watch:
    """Looks at the memory of a process and of all below it, over and over, until it is stopped.

    What counts is the proportional set size of Linux: pages of memory that several processes share, as those
    of libraries, count once among them. Elsewhere it is the unique set size.

    Args:
        pid: Of the process.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._tree = self._single = 0
        self._ended = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[int, int]:
        """End the watch; give the most memory of all at one time, and of one of them, in bytes."""
        self._ended.set()
        self._thread.join()
        return self._tree, self._single

    def _look(self) -> None:
        while not self._ended.wait(INTERVAL):
            sizes = measure_tree(self._process)
            self._tree = max(self._tree, sum(sizes))
            self._single = max(self._single, *sizes, 0)


def measure_tree(process: psutil.Process) -> list[int]:
    """Measure the memory of a process and of each below it, in bytes; none of those that have ended."""
    sizes = []
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
    for each in family:
        try:
            memory = each.memory_full_info()
        except psutil.Error:
            continue
        sizes.append(int(getattr(memory, "pss", memory.uss)))
    return sizes
