"""Watching folders: what arrives is read once, when it is complete."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from digitscan.watching import watch_sources

from .program import SLIP, TIMEOUT, Run, command, documents_of, run_process, state_of

pytest.importorskip("watchfiles")

STEPS = 4
STEP = 0.7
"""Seconds between the writes of a file that grows: less than it takes to count as finished."""


@contextmanager
def watching(*arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """The program while it watches; in the end it is interrupted."""
    with subprocess.Popen(
        command("read", "--watch", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            assert process.wait(TIMEOUT) == 130
        finally:
            process.kill()


def sources_in(output: Path) -> list[str]:
    if not output.exists():
        return []
    *lines, _ = output.read_text().split("\n")  # the last may be half written
    return [json.loads(line).get("source") for line in lines[1:]]


def wait_for(output: Path, *sources: str) -> None:
    end = time.monotonic() + TIMEOUT
    while sources_in(output) != list(sources):
        assert time.monotonic() < end, sources_in(output)
        time.sleep(0.05)


def grow(path: Path) -> None:
    content = SLIP.read_bytes()
    for step in range(STEPS):
        with path.open("ab") as file:
            file.write(content[step * len(content) // STEPS : (step + 1) * len(content) // STEPS])
        time.sleep(STEP)


def test_files_are_read_once_when_they_are_complete(folder: Path) -> None:
    output = folder / "out.jsonl"
    (folder / "in").mkdir()
    shutil.copy(SLIP, "in/there.png")
    with watching("in", "-o", output, cwd=folder):
        wait_for(output, "in/there.png")
        grow(folder / "in" / "growing.png")
        wait_for(output, "in/there.png", "in/growing.png")
        (folder / "in" / "below").mkdir()
        shutil.copy(SLIP, "in/below/deep.png")
        for unread in (".hidden.png", "notes.txt"):
            shutil.copy(SLIP, folder / "in" / unread)
        (folder / "in" / "empty.png").touch()
        wait_for(output, "in/there.png", "in/growing.png", "in/below/deep.png")
        shutil.copy(SLIP, "in/.part")
        (folder / "in" / ".part").rename("in/renamed.png")
        read = ("in/there.png", "in/growing.png", "in/below/deep.png", "in/renamed.png")
        wait_for(output, *read)
    assert {path.name for path in (folder / "in").iterdir()} == {
        *("there.png", "growing.png", "below", ".hidden.png", "notes.txt", "empty.png", "renamed.png")
    }
    # What is there is remembered; a file that changed is read again, and its last record stays.
    shutil.copy(SLIP, "in/growing.png")
    (folder / "in" / "there.png").unlink()
    shutil.copy(SLIP, "in/new.png")
    with watching("in", "-o", output, cwd=folder):
        wait_for(output, *read, "in/growing.png", "in/new.png")
    wait_for(output, "in/there.png", "in/below/deep.png", "in/renamed.png", "in/growing.png", "in/new.png")
    for document in documents_of(output)[1][1:]:
        assert document["error"] is None
        assert {**document, **state_of(folder / document["source"])} == document


@pytest.mark.parametrize("output", ["out.jsonl", "out.csv"])
def test_watching_goes_on_with_what_was_read(output: str, folder: Path) -> None:
    run_process("read", "good.png", "-o", output, cwd=folder)
    before = (folder / output).read_bytes()
    shutil.copy(SLIP, "new.png")
    named = ("good.png", "new.png")
    refused = run_process("read", "--watch", *named, "-o", output, "--review-below", "0.8", cwd=folder)
    assert refused.code == 2 and "review_below was 0.9, is 0.8" in refused.err
    with watching(*named, "-o", output, cwd=folder) as process:
        end = time.monotonic() + TIMEOUT
        while (folder / output).stat().st_size == len(before):
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=TIMEOUT)
    assert f"go on with: digitscan read --watch good.png new.png -o {output}\n" in told
    text = (folder / output).read_bytes()
    assert text.startswith(before)
    run_process("read", *named, "-o", output, cwd=folder)
    assert (folder / output).read_bytes() == text


def test_results_go_to_standard_output_line_by_line(folder: Path) -> None:
    with watching(".", cwd=folder) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["source"] == "good.png"
        shutil.copy(SLIP, "next.png")
        assert json.loads(process.stdout.readline())["source"] == "next.png"
    with watching(".", "--format", "csv", cwd=folder) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]
        assert [line.split(",")[0] for line in lines] == ["source", *["good.png"] * 3, *["next.png"] * 3]


def test_library_that_is_missing_is_named(
    folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    read = digitscan("read", "--watch", ".")
    assert (read.code, read.out) == (2, "")
    assert read.err == (
        "digitscan: --watch needs watchfiles; install it with: pip install 'digitscan[watch]'\n"
    )


def test_file_that_lies_there_for_long_need_not_wait(folder: Path) -> None:
    os.utime("good.png", (1, 1))
    shutil.copy(SLIP, "fresh.png")
    arriving = watch_sources([str(folder)])
    given: list[str] = []
    while len(given) < 2:
        source = next(arriving)
        if source is not None:
            given.append(source.name)
    assert given == [str(folder / "good.png"), str(folder / "fresh.png")]
