"""Worker processes: what a crash, a hang and a kill cost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PIL import Image
from sources.files import encode

from digitscan.classifier import default_model
from digitscan.errors import ModelError
from digitscan.executors import PageTask, ReadingPlan
from digitscan.executors.processes import Processes
from digitscan.executors.worker import work
from digitscan.options import Layout
from digitscan.ordering import read_in_order
from digitscan.sources import Source

PLAN = ReadingPlan(default_model(), Layout.AUTO, None, 0.9, False, 300, 10.0)

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


def kill_oneself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Trap(Source):
    """A source that runs a function in the process that it gets to."""

    spring: Callable[..., object] = kill_oneself
    given: tuple[object, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return self.spring, self.given


def widths(pool: Processes, sources: list[Source]) -> list[int | str]:
    """Reads the sources; gives the width of each page, or the code of its error."""
    pending = [pool.submit(PageTask(source, 1)) for source in sources]
    outcomes = [one.result() for one in pending]
    return [
        outcome.page.width if outcome.page else outcome.error.code if outcome.error else "nothing"
        for outcome in outcomes
    ]


@needs_signals
def test_page_that_crashes_its_worker_costs_itself_alone(pages: list[Source]) -> None:
    pages[3] = Trap("trap", None)
    with Processes(PLAN, 2, 60) as pool:
        assert widths(pool, pages) == [60, 61, 62, "crashed", 64, 65, 66, 67]
        last = pool.submit(PageTask(pages[3], 1)).result()
    assert last.error is not None
    assert last.error.message == "the process that read it crashed: killed by SIGKILL"


def test_worker_that_ends_by_itself(pages: list[Source]) -> None:
    pages[0] = Trap("trap", None, spring=os._exit, given=(7,))
    with Processes(PLAN, 1, 60) as pool:
        last = pool.submit(PageTask(pages[0], 1)).result()
        assert widths(pool, pages[1:]) == [61, 62, 63, 64, 65, 66, 67]
    assert last.error is not None
    assert last.error.message == "the process that read it crashed: exit code 7"


def test_page_that_hangs_is_given_up(pages: list[Source]) -> None:
    pages[2] = Trap("trap", None, spring=time.sleep, given=(600,))
    with Processes(PLAN, 2, 1.5) as pool:
        pending = pool.submit(PageTask(pages[2], 1))
        assert widths(pool, pages) == [60, 61, "timeout", 63, 64, 65, 66, 67]
    outcome = pending.result()
    assert outcome.error is not None
    assert outcome.error.message == "reading took longer than 1.5 s and was given up"


@needs_signals
def test_worker_killed_from_outside_costs_nothing(pages: list[Source]) -> None:
    with Processes(PLAN, 2, 60) as pool:
        pending = [pool.submit(PageTask(source, 1)) for source in pages * 4]
        found = []
        for number, one in enumerate(pending):
            if number % 6 == 2:
                pool.workers[number // 6 % 2].process.kill()
            outcome = one.result()
            found.append(outcome.page.width if outcome.page else outcome.error)
    assert found == [60, 61, 62, 63, 64, 65, 66, 67] * 4


def test_broken_model_is_found_at_once(tmp_path: Path) -> None:
    broken = ReadingPlan(tmp_path, Layout.AUTO, None, 0.9, False, 300, 10.0)
    with pytest.raises(ModelError, match=str(tmp_path)):
        Processes(broken, 2, 60)


def test_workers_are_gone_afterwards(pages: list[Source]) -> None:
    with Processes(PLAN, 2, 60) as pool:
        widths(pool, pages)
        processes = [worker.process for worker in pool.workers]
    assert [process.exitcode for process in processes] == [0, 0]


@pytest.mark.parametrize("cut", [False, True])
def test_pages_of_long_documents_come_in_order(pages: list[Source], cut: bool, tmp_path: Path) -> None:
    """The pages of a document are read in both workers; what comes through a pipe reaches them too."""
    frames = [Image.new("L", (100 + number, 30), 255) for number in range(40)]
    data = encode(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    long = Source("-", None, data[:-3000] if cut else data)
    with Processes(PLAN, 2, 60) as pool:
        documents = [
            (document.source.name, [(page.page, page.width) for page in document.pages()], document.error)
            for document in read_in_order([pages[0], long, pages[1]], pool)
        ]
    sizes = [(number, 99 + number) for number in range(1, 41)]
    if cut:
        sizes[-1] = (40, 0)
    assert documents == [
        (pages[0].name, [(1, 60)], None),
        ("-", sizes, None),
        (pages[1].name, [(1, 61)], None),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipe_that_nobody_writes_to_costs_itself_alone(pages: list[Source], tmp_path: Path) -> None:
    """And one that is written to later is read as others are."""
    silent, late = (Source(name, tmp_path / name) for name in ("silent", "late"))
    for source in (silent, late):
        os.mkfifo(tmp_path / source.name)
    frames = [Image.new("L", (100 + number, 30), 255) for number in range(5)]
    data = encode(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    with Processes(PLAN, 2, 2) as pool:
        documents = read_in_order([pages[0], silent, *pages[1:], late], pool)
        found: list[list[int]] = []
        for document in documents:
            if not found:
                Thread(target=(tmp_path / "late").write_bytes, args=[data]).start()
            found.append([page.width for page in document.pages()])
            if document.source == silent:
                assert document.error is not None and document.error.code == "timeout"
    assert found == [[60], [], [61], [62], [63], [64], [65], [66], [67], [100, 101, 102, 103, 104]]


def test_worker_that_nobody_listens_to_ends_silently(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = multiprocessing.Pipe()
    ours.close()
    for plan in (replace(PLAN, model=tmp_path), PLAN):
        worker = multiprocessing.get_context("spawn").Process(target=work, args=(theirs, plan))
        worker.start()
        worker.join(60)
        assert worker.exitcode == 0
    assert capfd.readouterr().err == ""
