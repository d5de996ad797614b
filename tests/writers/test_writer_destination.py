from __future__ import annotations

import errno
import json
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from digitscan.errors import OutputError
from digitscan.options import OutputFormat
from digitscan.results import FieldResult, PageResult
from digitscan.writers import Writer, open_writer

PAGE = PageResult(
    page=1,
    width=9,
    height=9,
    fields=tuple(
        FieldResult(name=f"field {number}", text="1", confidence=0.5, status="ok", box=(1, 1, 1, 1))
        for number in range(40)
    ),
)


def write_one_document(writer: Writer) -> None:
    writer.begin_document("a.png")
    writer.write_page(PAGE)
    writer.end_document(None)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("format", list(OutputFormat))
def test_file_holds_what_standard_output_gets(
    format: OutputFormat, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    with open_writer(format, output) as writer:
        write_one_document(writer)
    assert capsys.readouterr().out == ""
    with open_writer(format, None) as writer:
        write_one_document(writer)
    text = capsys.readouterr().out
    assert "field 39" in text
    assert output.read_bytes() == text.encode()
    assert names(tmp_path) == ["out"]


def test_file_is_replaced_when_it_is_complete(tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    output.write_text("old")
    with open_writer(OutputFormat.JSON, output) as writer:
        write_one_document(writer)
        assert output.read_text() == "old"
    assert len(json.loads(output.read_text())["documents"]) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("old", [True, False])
def test_exception_leaves_everything_as_it_was(error: type[BaseException], old: bool, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    if old:
        output.write_text("old")
    with pytest.raises(error), open_writer(OutputFormat.JSON, output) as writer:
        write_one_document(writer)
        assert len(names(tmp_path)) == 1 + old
        raise error
    assert names(tmp_path) == ["out.json"] * old
    assert not old or output.read_text() == "old"


def test_errors_of_the_run_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_writer(OutputFormat.JSON, tmp_path / "out.json"):
        raise FileNotFoundError("a scan")


def test_new_file_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with open_writer(OutputFormat.CSV, tmp_path / "out.csv"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o640


def test_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    output.touch()
    output.chmod(0o600)
    with open_writer(OutputFormat.CSV, output):
        (temporary,) = (path for path in tmp_path.iterdir() if path != output)
        assert temporary.stat().st_mode & 0o777 == 0o600
    assert output.stat().st_mode & 0o777 == 0o600


def test_symbolic_link_stays(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    link = tmp_path / "latest.csv"
    link.symlink_to(folder / "today.csv")
    for _ in ("new", "replaced"):
        with open_writer(OutputFormat.CSV, link):
            pass
        assert link.is_symlink()
        assert (folder / "today.csv").read_text().startswith("source,")


def test_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    output = tmp_path / ("n" * 251 + ".csv")
    with open_writer(OutputFormat.CSV, output):
        pass
    assert output.exists()


def test_missing_folder(tmp_path: Path) -> None:
    output = tmp_path / "missing" / "out.json"
    with pytest.raises(OutputError) as error, open_writer(OutputFormat.JSON, output):
        pytest.fail("opened")
    assert str(error.value) == f"cannot write {output}: the folder {output.parent} does not exist"


def test_folder_as_output(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as error, open_writer(OutputFormat.JSON, tmp_path):
        pytest.fail("opened")
    assert str(error.value) == f"cannot write {tmp_path}: Is a directory"


def test_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    output = tmp_path / "file" / "out.json"
    with pytest.raises(OutputError) as error, open_writer(OutputFormat.JSON, output):
        pytest.fail("opened")
    assert str(error.value) == f"cannot write {output}: Not a directory"


def test_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(
        *_: object, **__: object
    ) -> None:  # root may write everywhere, so the mode of a folder proves nothing
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    output = tmp_path / "out.json"
    with pytest.raises(OutputError) as error, open_writer(OutputFormat.JSON, output):
        pytest.fail("opened")
    assert str(error.value) == f"cannot write {output}: Permission denied"


@pytest.mark.parametrize("missing", [2000, 1])
def test_no_room_left_while_writing(missing: int, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    with open_writer(OutputFormat.JSON, output) as writer:
        write_one_document(writer)
    room = output.stat().st_size - missing
    output.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(OutputError) as error, open_writer(OutputFormat.JSON, output) as writer:
            write_one_document(writer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(error.value) == f"cannot write {output}: File too large"
    assert names(tmp_path) == ["out.json"]
    assert output.read_text() == "old"


def test_no_room_left_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    output = tmp_path / "out.json"
    with pytest.raises(OutputError) as error, open_writer(OutputFormat.JSON, output):
        pass
    assert str(error.value) == f"cannot write {output}: No space left on device"
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
@pytest.mark.parametrize("format", list(OutputFormat))
def test_full_device(format: OutputFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError) as error, open_writer(format, Path("/dev/full")) as writer:
        write_one_document(writer)
    assert str(error.value) == "cannot write /dev/full: No space left on device"
    assert Path("/dev/full").is_char_device()

    full = open("/dev/full", "w")  # noqa: PTH123, SIM115 (closing it fails, by design)
    monkeypatch.setattr(sys, "stdout", full)
    with pytest.raises(OutputError) as error, open_writer(format, None) as writer:
        write_one_document(writer)
    assert str(error.value) == "cannot write to standard output: No space left on device"
    with suppress(OSError):
        full.close()


def test_closed_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with (
        pytest.raises(OutputError, match="standard output: it is closed"),
        open_writer(OutputFormat.CSV, None),
    ):
        pytest.fail("opened")


def test_named_pipe_is_written_as_it_is(tmp_path: Path) -> None:
    output = tmp_path / "pipe"
    os.mkfifo(output)
    reader = os.open(output, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with open_writer(OutputFormat.JSON, output) as writer:
            write_one_document(writer)
        assert len(json.loads(os.read(reader, 60_000))["documents"]) == 1
    finally:
        os.close(reader)
    assert output.is_fifo()


@pytest.mark.parametrize("format", list(OutputFormat))
def test_reader_of_a_named_pipe_goes_away(format: OutputFormat, tmp_path: Path) -> None:
    output = tmp_path / "pipe"
    os.mkfifo(output)
    reader = os.open(output, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(BrokenPipeError) as error, open_writer(format, output) as writer:
        os.close(reader)
        write_one_document(writer)
    assert error.value.__context__ is None


@pytest.mark.parametrize("format", list(OutputFormat))
def test_reader_of_standard_output_goes_away(format: OutputFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, end = os.pipe()
    stdout = os.fdopen(end, "w")
    monkeypatch.setattr(sys, "stdout", stdout)
    with pytest.raises(BrokenPipeError) as error, open_writer(format, None) as writer:
        os.close(reader)
        write_one_document(writer)
    assert error.value.__context__ is None
    with suppress(BrokenPipeError):
        stdout.close()
