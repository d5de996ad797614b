"""Runs that are killed and resumed, as processes: nothing is lost, nothing is there twice."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from cli.program import TIMEOUT, command, run_process
from distributed import LocalCluster

PAGES = 300
KILLS = 10
CHANCE = 20240611
MOST = 15
"""Documents that a run writes at the most before it is killed; ten such runs leave some to read."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small pages of different widths; every tenth has its number on it."""
    folder = tmp_path_factory.mktemp("scans")
    for number in range(PAGES):
        page = np.full((48, 96 + number), 235, np.uint8)
        if number % 10 == 0:
            cv2.putText(page, f"{number:03}", (10, 36), cv2.FONT_HERSHEY_SIMPLEX, 1, 30, 2, cv2.LINE_AA)
        cv2.imwrite(str(folder / f"{number:03}.png"), page)
    return folder


@pytest.fixture(scope="module")
def unbroken(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run writes that nothing happens to, by suffix."""
    results = {}
    for suffix in (".jsonl", ".csv"):
        output = tmp_path_factory.mktemp("unbroken") / f"out{suffix}"
        done = run_process("read", scans, "--jobs", 2, "-q", "-o", output)
        assert (done.code, done.err) == (0, "")
        results[suffix] = output.read_bytes()
    assert results[".jsonl"].count(b'"source"') == PAGES
    return results


def wait_for(output: Path, documents: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until an output has so many more documents than it has now, or its process has ended."""
    given_up = time.monotonic() + TIMEOUT
    before = count_documents(output)
    while count_documents(output) < before + documents and process.poll() is None:
        assert time.monotonic() < given_up
        time.sleep(0.002)


def count_documents(output: Path) -> int:
    """Count the lines of a file, or of the journal of a CSV, where pages without fields have no row."""
    lines = output.with_name(f"{output.name}.journal") if output.suffix == ".csv" else output
    return lines.read_bytes().count(b"\n") if lines.exists() else 0


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes that read pages; multiprocessing has another one beside them."""
    children = psutil.Process(process.pid).children()
    return [child for child in children if any("spawn_main" in part for part in child.cmdline())]


def kill_worker(process: subprocess.Popen[bytes], chance: random.Random) -> None:
    chance.choice(workers_of(process)).kill()


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_run_that_is_killed_again_and_again_ends_as_if_nothing_had_happened(
    suffix: str, scans: Path, unbroken: dict[str, bytes], tmp_path: Path
) -> None:
    chance = random.Random(CHANCE)
    output = tmp_path / f"out{suffix}"
    options = ("read", scans, "--jobs", 2, "-q", "--resume", "-o", output)
    kinds = ["first process", "worker", "Ctrl-C"] * KILLS
    for kind in kinds[: KILLS if suffix == ".jsonl" else 3]:
        process = subprocess.Popen(
            command(*options),
            stderr=subprocess.PIPE,
            preexec_fn=partial(
                signal.signal, signal.SIGINT, signal.SIG_DFL
            ),  # a shell's background ignores it
        )
        wait_for(output, chance.randrange(1, MOST), process)
        assert process.poll() is None, process.communicate()
        match kind:
            case "first process":
                process.kill()
            case "Ctrl-C":
                process.send_signal(signal.SIGINT)
            case "worker":
                kill_worker(process, chance)
                wait_for(output, chance.randrange(1, MOST), process)
                process.kill()
        _, told = process.communicate(timeout=TIMEOUT)
        assert process.returncode == (130 if kind == "Ctrl-C" else -signal.SIGKILL)
        assert b"Traceback" not in told
    assert run_process(*options).code == 0
    assert output.read_bytes() == unbroken[suffix]


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as cluster:
        yield cluster


def test_dask_worker_that_is_killed_loses_nothing_and_doubles_nothing(
    cluster: LocalCluster, scans: Path, unbroken: dict[str, bytes], tmp_path: Path
) -> None:
    output = tmp_path / "out.jsonl"
    options = ("read", scans, "--scheduler", cluster.scheduler_address, "-q", "-o", output)
    process = subprocess.Popen(command(*options), stderr=subprocess.PIPE)
    wait_for(output, random.Random(CHANCE).randrange(1, MOST), process)
    assert process.poll() is None, process.communicate()
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    _, told = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, told) == (0, b"")
    assert output.read_bytes() == unbroken[".jsonl"]
