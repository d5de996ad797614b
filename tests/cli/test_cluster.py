"""``read`` on a Dask cluster, and what it reads by URL."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from distributed import LocalCluster

from .program import SAMPLES, SLIP, Run, run_process


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as cluster:
        yield cluster.scheduler_address


def test_cluster_gives_the_bytes_of_a_single_process(scheduler: str, folder: Path) -> None:
    """Whatever the source, on both streams, and Dask says nothing."""
    (folder / "cut.png").write_bytes(SLIP.read_bytes()[:100])
    (folder / "slip.png").write_bytes(SLIP.read_bytes())
    names = ["good.png", SAMPLES / "columns.pdf", "cut.png", "none.png", "-"]
    arguments = ["read", *names, f"file://{folder}/s*.png", f"file://{folder}/none.png", "--format", "jsonl"]
    stdin = (SAMPLES / "two_pages.tif").read_bytes()
    here = run_process(*arguments, "--jobs", 1, cwd=folder, stdin=stdin)
    there = run_process(*arguments, "--scheduler", scheduler, cwd=folder, stdin=stdin)
    assert there == here
    assert here.code == 3
    assert here.out.count("\n") == len(names) + 2


def test_pictures_come_back_from_the_cluster(scheduler: str, folder: Path, digitscan: Run) -> None:
    here = digitscan("read", "good.png", "--debug", "here", "--jobs", 1)
    there = digitscan("read", "good.png", "--debug", "there", "--scheduler", scheduler)
    assert (here.code, there.code) == (0, 0)
    (one,), (other,) = (folder / "here").iterdir(), (folder / "there").iterdir()
    assert (one.name, one.read_bytes()) == (other.name, other.read_bytes())


def test_no_cluster_is_one_line(folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitscan.executors.scheduler._PATIENCE", 0.5)
    read = digitscan("read", "good.png", "--scheduler", "tcp://127.0.0.1:9")
    assert (read.code, read.out) == (2, "")
    assert read.err == "digitscan: no Dask scheduler answers at tcp://127.0.0.1:9\n"


@pytest.mark.usefixtures("folder")
def test_cluster_and_processes_exclude_each_other(digitscan: Run) -> None:
    read = digitscan("read", "good.png", "--scheduler", "tcp://127.0.0.1:9", "--jobs", 2)
    assert (read.code, read.out) == (2, "")
    assert "--scheduler and --jobs" in read.err


@pytest.mark.usefixtures("folder")
def test_missing_extra_is_named(digitscan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    read = digitscan("read", "good.png", "--scheduler", "tcp://127.0.0.1:9")
    assert (read.code, read.out) == (2, "")
    assert "pip install 'digitscan[dask]'" in read.err


def test_urls_are_names_in_results(digitscan: Run, folder: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe({"/scans/b.png": SLIP.read_bytes(), "/scans/a/a.png": SLIP.read_bytes()})
    try:
        read = digitscan("read", "good.png", "memory://scans", "memory://none.png", "--jobs", 1)
    finally:
        memory.rm("/", recursive=True)
    good, *others, missing = read.documents.values()
    assert [other["source"] for other in others] == ["memory:///scans/a/a.png", "memory:///scans/b.png"]
    assert [other["pages"] for other in others] == [good["pages"]] * 2
    assert missing["error"]["code"] == "not_found"
    assert read.err == "digitscan: memory://none.png: no such file or folder\n"
    assert read.code == 3
