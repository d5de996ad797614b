"""Runs ``digitscan`` as a process, and measures the time and the memory of it and of all its workers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
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
        stillest: The longest time in which the file that it writes did not grow, in seconds.
    """

    code: int
    err: str
    seconds: float
    tree: int = 0
    single: int = 0
    stillest: float = 0.0


def run_digitscan(
    *arguments: object, allowed: Sequence[int] = (0,), watched: bool = False, growing: Path | None = None
) -> Finished:
    """Run ``digitscan`` to its end.

    Args:
        arguments: Of the command line.
        allowed: Exit codes that are no failure.
        watched: Whether its memory is measured, which takes some of the time of a core.
        growing: The file that it writes, when that is watched too.

    Raises:
        UsageError: It failed; the message is the last line of its own.
    """
    command = [sys.executable, "-m", "digitscan", *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as err:
        start = perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err)
        watch = Watch(process.pid, growing) if watched else None
        try:
            code = process.wait()
        finally:
            process.kill()
            if watch:
                watch.stop()
        seconds = perf_counter() - start
        err.seek(0)
        said = err.read()
    if code not in allowed:
        raise UsageError("".join(said.strip().splitlines()[-1:]) or f"digitscan ended with exit code {code}")
    if watch is None:
        return Finished(code, said, seconds)
    return Finished(code, said, seconds, watch.tree, watch.single, watch.stillest)


class Watch:
    """Looks at a process and all below it, over and over, until it is stopped.

    What counts is the proportional set size of Linux: pages of memory that several processes share, as those
    of libraries, count once among them. Elsewhere it is the unique set size.

    Args:
        pid: Of the process.
        growing: A file that it writes.

    Attributes:
        tree: Most memory of all of them at one time, in bytes.
        single: Most memory of one of them, in bytes.
        stillest: The longest time in which the file did not grow, in seconds.
    """

    def __init__(self, pid: int, growing: Path | None = None) -> None:
        self.tree = self.single = 0
        self.stillest = 0.0
        self._process = psutil.Process(pid)
        self._growing = growing
        self._ended = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        grown, size = perf_counter(), 0
        while not self._ended.wait(INTERVAL):
            sizes = measure_tree(self._process)
            self.tree = max(self.tree, sum(sizes))
            self.single = max(self.single, *sizes, 0)
            before = size
            size = self._growing.stat().st_size if self._growing and self._growing.exists() else 0
            if before:  # not the time until it begins
                self.stillest = max(self.stillest, perf_counter() - grown)
            if size != before:
                grown = perf_counter()


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
