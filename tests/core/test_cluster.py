"""A Dask cluster: what its workers read, see and survive."""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster
from PIL import Image
from sources.files import encode

from digitscan.classifier import default_model
from digitscan.errors import ModelError, TemplateError, UsageError
from digitscan.executors import PageOutcome, PageTask, ReadingPlan
from digitscan.executors.cluster import Cluster
from digitscan.executors.inprocess import InProcess
from digitscan.executors.pages import PageReader
from digitscan.executors.processes import Processes
from digitscan.filestate import FileState
from digitscan.options import Layout
from digitscan.ordering import read_in_order
from digitscan.sources import Source, find_sources, state
from digitscan.template import load_template

ROOT = Path(__file__).parents[2]
PLAN = ReadingPlan(default_model(), Layout.AUTO, None, 0.9, False, 300, 10.0)
PATIENCE = 30
"""Seconds for the cluster to come to rest."""


@pytest.fixture(scope="module")
def dask() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as cluster:
        yield cluster


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers see other files at our paths."""

    def other(source: Source) -> FileState | None:
        found = state(source)
        return found and FileState(found.size, found.modified + 1)

    monkeypatch.setattr("digitscan.executors.documents.state", other)


def tiff(frames: int) -> bytes:
    images = [Image.new("L", (100 + number, 30), 255) for number in range(frames)]
    return encode(images[0], "TIFF", save_all=True, append_images=images[1:])


def kill_worker() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_reader(function: Callable[..., object], *given: object) -> Source:
    """Run a function, but not in a worker itself, only in the process that reads for it."""
    if "Dask" in multiprocessing.current_process().name:
        return Trap("trap", None, function=in_reader, given=(function, *given))
    function(*given)
    return Source("trap", None, b"")


def mark_slowly(folder: Path) -> None:
    (folder / str(time.monotonic_ns())).touch()
    time.sleep(0.3)


@dataclass(frozen=True)
class Trap(Source):
    """A source that runs a function in the process that it gets to."""

    function: Callable[..., object] = kill_worker
    given: tuple[object, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.given


def trap(function: Callable[..., object], *given: object) -> Source:
    # A path keeps it from being written to a file, which would spring no trap; it is never looked at.
    return Trap("trap", None, url="trap://", function=in_reader, given=(function, *given))


def width(outcome: PageOutcome) -> int | str:
    return outcome.page.width if outcome.page else outcome.error.code if outcome.error else "nothing"


def widths(cluster: Cluster, sources: list[Source]) -> list[int | str]:
    """Reads the sources; gives the width of each page, or the code of its error."""
    pending = [cluster.submit(PageTask(source, 1)) for source in sources]
    return [width(one.result()) for one in pending]


def rests(dask: LocalCluster) -> bool:
    """Whether the cluster keeps nothing of us."""
    end = time.monotonic() + PATIENCE
    while dask.scheduler.tasks and time.monotonic() < end:
        time.sleep(0.05)
    return not dask.scheduler.tasks


def everything(sources: list[Source], executor: Any) -> list[Any]:
    return [(one.source.name, list(one.pages()), one.error) for one in read_in_order(sources, executor)]


def test_workers_read_what_this_process_does(dask: LocalCluster, pages: list[Source], tmp_path: Path) -> None:
    """Files, standard input, URLs and what is broken; a long document goes in several chunks."""
    (tmp_path / "broken.png").write_bytes(encode(Image.new("L", (50, 50)), "PNG")[:60])
    (tmp_path / "empty.png").touch()
    (tmp_path / "long.tif").write_bytes(tiff(20))
    (tmp_path / "cut.tif").write_bytes(tiff(20)[:-300])
    (tmp_path / "sub").mkdir()
    sources = [
        *find_sources([str(ROOT / "samples" / "white_on_black.png"), f"file://{tmp_path}/*.tif"]),
        Source("-", None, tiff(3)),
        *(Source(path.name, path) for path in sorted(tmp_path.iterdir())),
        Source("none", tmp_path / "none.png"),
        Source("gone", None, url=f"file://{tmp_path}/gone.png"),
    ]
    with Cluster(PLAN, dask.scheduler_address, 60) as cluster:
        found = everything(sources, cluster)
    assert found == everything(sources, InProcess(PageReader(PLAN)))
    with Processes(PLAN, 1, 60) as pool:
        assert found == everything(sources, pool)
    assert rests(dask)


@pytest.mark.usefixtures("elsewhere")
def test_documents_that_workers_do_not_see_are_sent(
    dask: LocalCluster, pages: list[Source], tmp_path: Path
) -> None:
    (tmp_path / "long.tif").write_bytes(tiff(20))
    path = tmp_path / "long.tif"
    sources = [*pages, Source("long", path), Source("-", None, tiff(2)), Source("no", tmp_path / "none.png")]
    with Cluster(PLAN, dask.scheduler_address, 60) as cluster:
        found = everything(sources, cluster)
        picture = cluster.submit(PageTask(pages[0], 1, tmp_path / "drawn.png"))
        assert width(picture.result()) == 60
    assert found == everything(sources, InProcess(PageReader(PLAN)))
    with Image.open(tmp_path / "drawn.png") as drawn:
        assert drawn.width >= 60
    assert rests(dask)


def test_template_goes_with_its_reference(
    dask: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "samples")
    plan = replace(PLAN, template=load_template(Path("rowing_club.toml")))
    page = Source("filled", Path("rowing_club_filled.jpg"))
    with Cluster(plan, dask.scheduler_address, 60) as cluster:
        (found,) = everything([page], cluster)
    assert found == everything([page], InProcess(PageReader(plan)))[0]
    assert found[1][0].alignment is not None


def test_worker_killed_from_outside_costs_nothing(dask: LocalCluster, pages: list[Source]) -> None:
    slow = [trap(time.sleep, 0.02) if number % 3 == 0 else page for number, page in enumerate(pages * 20)]
    wanted = ["empty_file" if number % 3 == 0 else 60 + number % 8 for number in range(160)]
    with Cluster(PLAN, dask.scheduler_address, 60) as cluster:
        pending = [cluster.submit(PageTask(source, 1)) for source in slow]
        found = []
        for number, one in enumerate(pending):
            if number == 20:
                os.kill(dask.workers[0].pid, signal.SIGKILL)
            found.append(width(one.result()))
    assert found == wanted
    assert rests(dask)


def test_readings_that_are_lost_with_their_workers_are_made_again(
    dask: LocalCluster, pages: list[Source]
) -> None:
    """They had been read, but were not taken yet."""

    def states() -> set[str]:
        return {task.state for task in list(dask.scheduler.tasks.values()) if "read_chunk" in str(task.key)}

    def wait_until(there: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not there() and time.monotonic() < end:
            time.sleep(0.02)
        assert there()

    many = pages * 4
    with Cluster(PLAN, dask.scheduler_address, 60) as cluster:
        pending = [cluster.submit(PageTask(source, 1)) for source in many]
        wait_until(lambda: states() == {"memory"})
        time.sleep(0.2)  # until we know of it
        for worker in dask.workers.values():
            os.kill(worker.pid, signal.SIGKILL)
        wait_until(lambda: "memory" not in states())
        assert [width(one.result()) for one in pending] == [60 + number % 8 for number in range(32)]
    assert rests(dask)


def test_page_that_ends_its_workers_costs_itself_alone(dask: LocalCluster, pages: list[Source]) -> None:
    many = pages * 6
    many[19] = Trap("trap", None, url="trap://")
    wanted: list[int | str] = [60 + number % 8 for number in range(48)]
    wanted[19] = "crashed"
    allowed, dask.scheduler.allowed_failures = dask.scheduler.allowed_failures, 0
    try:
        with Cluster(PLAN, dask.scheduler_address, 60) as cluster:
            assert widths(cluster, many) == wanted
    finally:
        dask.scheduler.allowed_failures = allowed
    assert rests(dask)


def test_page_that_crashes_or_hangs_costs_itself_alone(dask: LocalCluster, pages: list[Source]) -> None:
    pages[2] = trap(os.abort)
    pages[5] = trap(time.sleep, 600)
    with Cluster(PLAN, dask.scheduler_address, 3) as cluster:
        assert widths(cluster, pages) == [60, 61, "crashed", 63, 64, "timeout", 66, 67]


def test_workers_are_free_when_a_run_is_interrupted(
    dask: LocalCluster, pages: list[Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also from chunks that they have begun with, of eight pages each here."""
    monkeypatch.setattr("digitscan.executors.cluster._CHUNKS", 1)
    marks = tmp_path / "marks"
    marks.mkdir()
    with pytest.raises(KeyboardInterrupt), Cluster(PLAN, dask.scheduler_address, 60) as cluster:
        for _ in range(64):
            cluster.submit(PageTask(trap(mark_slowly, marks), 1))
        while len(list(marks.iterdir())) < 3:
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert rests(dask)
    with Cluster(PLAN, dask.scheduler_address, 60) as cluster:
        assert widths(cluster, pages) == [60 + number for number in range(8)]
    assert len(list(marks.iterdir())) < 12


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitscan.executors.scheduler._PATIENCE", 0.5)
    with pytest.raises(UsageError, match="no Dask scheduler answers at tcp://127"):
        Cluster(PLAN, "tcp://127.0.0.1:9", 60)


@pytest.mark.parametrize("address", ["nowhere://x", "tcp://", "tcp://no host"])
def test_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="no Dask scheduler answers at"):
        Cluster(PLAN, address, 60)


def copy_model(folder: Path) -> None:
    for name in ("model.json", "model.tflite", "transcriber.tflite"):
        shutil.copy(default_model() / name, folder)


@pytest.mark.parametrize("broken", ["model.json", "model.tflite", "transcriber.tflite"])
@pytest.mark.parametrize("missing", [True, False])
def test_broken_model_is_found_at_once(
    broken: str, missing: bool, dask: LocalCluster, tmp_path: Path
) -> None:
    copy_model(tmp_path)
    if missing:
        (tmp_path / broken).unlink()
    else:
        (tmp_path / broken).write_bytes((tmp_path / broken).read_bytes()[:-9])
    with pytest.raises(ModelError, match=rf"^{re.escape(str(tmp_path))}\b.*\b{broken}\b"):
        Cluster(replace(PLAN, model=tmp_path), dask.scheduler_address, 60)


def test_model_that_workers_cannot_load_is_named(
    dask: LocalCluster, pages: list[Source], tmp_path: Path
) -> None:
    """Its files are those that its card describes, but one holds no network."""
    copy_model(tmp_path)
    (tmp_path / "model.tflite").write_bytes(b"no network")
    card = json.loads((tmp_path / "model.json").read_bytes())
    card["sha256"]["model.tflite"] = hashlib.sha256(b"no network").hexdigest()
    (tmp_path / "model.json").write_text(json.dumps(card))
    with Cluster(replace(PLAN, model=tmp_path), dask.scheduler_address, 60) as cluster:
        pending = cluster.submit(PageTask(pages[0], 1))
        with pytest.raises(ModelError, match=r"^worker tcp://\S+: .*model\.tflite: not a LiteRT model$"):
            pending.result()


def test_broken_reference_is_found_at_once(dask: LocalCluster, tmp_path: Path) -> None:
    copied = shutil.copy(ROOT / "samples/rowing_club.toml", tmp_path)
    reference = tmp_path / "rowing_club.png"
    reference.write_bytes(b"no picture")
    form = load_template(Path(copied))
    with pytest.raises(TemplateError, match=f"^reference {re.escape(str(reference))}: "):
        Cluster(replace(PLAN, template=form), dask.scheduler_address, 60)


def test_workers_of_another_version(dask: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitscan.executors.scheduler.__version__", "99.0")
    with pytest.raises(UsageError, match=r"worker tcp://.* has digitscan .*; install digitscan 99.0 there"):
        Cluster(PLAN, dask.scheduler_address, 60)
