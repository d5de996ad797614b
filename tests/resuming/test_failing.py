"""What cannot be written ends the run with one line, and what was written stays whole."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitscan.errors import OutputError

from .runs import KINDS, files_of, go, put

kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def scans(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "scans"
    folder.mkdir()
    return [put(folder / f"{number:02}.png", "2" * 30) for number in range(40)]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted")
    yield folder
    subprocess.run(["umount", folder], check=True)


def check_goes_on(output: Path, kind: str, scans: list[Path], tmp_path: Path) -> None:
    """Some documents are there, each whole; with room, the rest follows."""
    other = tmp_path / "other" / "out"
    other.parent.mkdir()
    go(other, kind, scans)
    unbroken = files_of(other)
    left = files_of(output)
    assert left.keys() == unbroken.keys()
    for name, content in left.items():
        assert unbroken[name].startswith(content) and content.endswith(b"\n")
        assert content.count(b"\n") > 1
    read, skipped = go(output, kind, scans, resume=True)
    assert skipped.documents > 0
    assert len(read) + skipped.documents == len(scans)
    assert files_of(output) == unbroken


@kinds
def test_disk_that_is_full(kind: str, scans: list[Path], small_disk: Path, tmp_path: Path) -> None:
    output = small_disk / "out"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(48_000))
    with pytest.raises(OutputError) as error:
        go(output, kind, scans)
    assert str(error.value) == f"cannot write {output}: No space left on device"
    ballast.unlink()
    moved = tmp_path / "out"
    for path in (path for path in small_disk.iterdir()):
        shutil.copy(path, moved.with_name(path.name))
    check_goes_on(moved, kind, scans, tmp_path)


@kinds
@pytest.mark.parametrize("room", [60_000, 60_001, 90_000])
def test_file_that_may_not_grow(
    kind: str, room: int, scans: list[Path], results: Path, tmp_path: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(OutputError, match="File too large"):
            go(results / "out", kind, scans)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    check_goes_on(results / "out", kind, scans, tmp_path)


def interrupted_by(change: Callable[[], object], when: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the change when this scan is read."""
    really_read = Path.read_text

    def read_text(path: Path) -> str:
        if path == when:
            change()
        return really_read(path)

    monkeypatch.setattr(Path, "read_text", read_text)


@kinds
def test_folder_that_is_deleted(
    kind: str, scans: list[Path], results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted_by(lambda: shutil.rmtree(results), scans[5], monkeypatch)
    with pytest.raises(OutputError) as error:
        go(results / "out", kind, scans)
    assert str(error.value) == (
        f"cannot write {results / 'out'}: it was deleted, moved or replaced while it was written"
    )
    assert not results.exists()


@kinds
def test_folder_that_is_moved(
    kind: str, scans: list[Path], results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupted_by(lambda: results.rename(tmp_path / "moved"), scans[5], patched)
        with pytest.raises(OutputError, match="moved"):
            go(results / "out", kind, scans)
    check_goes_on(tmp_path / "moved" / "out", kind, scans, tmp_path)


@kinds
def test_two_runs_at_once(
    kind: str, scans: list[Path], results: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second one is refused, and the first one does not notice."""
    output = results / "out"

    def resume() -> None:
        with pytest.raises(OutputError) as error:
            go(output, kind, scans, resume=True)
        assert str(error.value) == f"cannot write {output}: another run is writing it"

    interrupted_by(resume, scans[5], monkeypatch)
    go(output, kind, scans)
    monkeypatch.undo()
    go(tmp_path / "out", kind, scans)
    assert files_of(output) == files_of(tmp_path / "out")


@kinds
def test_missing_folder(kind: str, scans: list[Path], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"the folder .* does not exist"):
        go(tmp_path / "missing" / "out", kind, scans)


@kinds
def test_no_room_for_putting_records_in_order(
    kind: str, scans: list[Path], results: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was written stays as it is, and the next run puts it in order."""
    output = results / "out"
    go(output, kind, scans[:3])
    turned = scans[3::-1]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse_after(0))
        with pytest.raises(OutputError, match="No space left"):
            go(output, kind, turned, resume=True)
    assert sorted(path.name for path in results.iterdir()) == sorted(files_of(output))
    read, _ = go(output, kind, turned, resume=True)
    assert read == []
    go(tmp_path / "out", kind, turned)
    assert files_of(output) == files_of(tmp_path / "out")


@pytest.mark.parametrize("kind", ["csv", "wide"])
def test_killed_between_the_replacements_of_rows_and_journal(
    kind: str, scans: list[Path], results: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    output = results / "out"
    for number, path in enumerate(scans[:4]):
        put(path, "2" * (number + 1))
    go(output, kind, scans[:3])
    turned = scans[3::-1]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse_after(1))
        with pytest.raises(OutputError):
            go(output, kind, turned, resume=True)
    go(output, kind, turned, resume=True)
    go(tmp_path / "out", kind, turned)
    assert files_of(output) == files_of(tmp_path / "out")


def refuse_after(count: int) -> Callable[[Path, Path], Path]:
    """A ``Path.replace`` that works so often."""
    really_replace = Path.replace
    done = []

    def replace(path: Path, target: Path) -> Path:
        done.append(target)
        if len(done) > count:
            raise OSError(28, os.strerror(28))
        return really_replace(path, target)

    return replace
