"""The program as a process: its streams, its signals, what it loads."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from digitscan import __version__

from .program import ROOT, SAMPLES, SLIP, TIMEOUT, command, run_process

SCRIPT = shutil.which("digitscan", path=sysconfig.get_path("scripts"))


def modules_after(code: str, *arguments: object) -> set[str]:
    """The modules that a fresh interpreter holds when ``code`` has run."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


HELD_BACK = 30
"""Seconds after which a document is taken to be held back."""

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")

RUN_MAIN = (
    "from digitscan.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
)
HEAVY = {"numpy", "cv2", "pydantic", "ai_edge_litert", "pypdfium2", "tensorflow", "keras", "jax"}
HEAVY |= {"distributed", "fsspec"}


def test_version() -> None:
    shown = run_process("--version")
    assert (shown.code, shown.out, shown.err) == (0, f"digitscan {__version__}\n", "")


@pytest.mark.skipif(SCRIPT is None, reason="the script is not installed beside the interpreter")
@pytest.mark.parametrize(
    "arguments", [["--version"], ["read", "--help"], ["read", "--colour"], ["read", str(SLIP)]]
)
def test_module_and_script_are_the_same(arguments: list[str]) -> None:
    script = subprocess.run([str(SCRIPT), *arguments], capture_output=True, text=True, timeout=TIMEOUT)
    module = run_process(*arguments)
    assert (module.code, module.out, module.err) == (script.returncode, script.stdout, script.stderr)
    assert module.out + module.err


def test_interruption_while_the_program_is_loaded_is_one_line() -> None:
    interrupted = """
import sys

class Interrupt:
    def find_spec(self, name, *_):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from digitscan.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", interrupted, "--version"], capture_output=True, text=True, timeout=TIMEOUT
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "digitscan: interrupted\n")


def test_good_run_writes_results_and_nothing_else() -> None:
    """Neither native library nor interpreter says a word, whatever the kind of file."""
    sources = [SLIP, SAMPLES / "photo_tally.jpg", SAMPLES / "two_pages.tif", SAMPLES / "columns.pdf"]
    read = run_process("read", *sources)
    assert (read.code, read.err) == (0, "")
    assert list(read.documents) == [str(source) for source in sources]
    assert [len(document["pages"]) for document in read.documents.values()] == [1, 1, 2, 2]


def test_import_loads_nothing_heavy() -> None:
    assert not modules_after("import digitscan") & HEAVY


def test_version_and_help_load_nothing_heavy() -> None:
    assert not modules_after(RUN_MAIN, "--version") & HEAVY
    # The parser of arguments may load pydantic for its own ends once a command is named.
    for command_line in (["read", "--help"], ["template", "draft", "--help"]):
        assert not modules_after(RUN_MAIN, *command_line) & (HEAVY - {"pydantic"})


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv"])
def test_program_loads_nothing_that_reads_where_others_read(suffix: str, tmp_path: Path) -> None:
    loaded = modules_after(RUN_MAIN, "read", SLIP, "--jobs", 2, "-o", tmp_path / f"out.{suffix}")
    assert not loaded & (HEAVY - {"pydantic"})


def test_reading_loads_no_training_libraries() -> None:
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", *command("read", SLIP)[1:]],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in loaded.stderr.splitlines()}
    assert loaded.returncode == 0
    assert {"numpy", "cv2", "ai_edge_litert"} <= names
    assert not {"tensorflow", "keras", "jax", "torch", "scipy", "mlxtend", "requests"} & names
    assert "digitscan.training" not in loaded.stderr


def test_program_whose_workers_read_loads_nothing_that_reads() -> None:
    loaded = modules_after(RUN_MAIN, "read", SLIP, "--jobs", 2, "--quiet")
    assert "digitscan.executors.processes" in loaded
    assert not loaded & (HEAVY - {"pydantic"})


def test_reading_needs_no_network() -> None:
    guard = (
        "import sys\n"
        "def refuse(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.bind'):\n"
        "        raise RuntimeError(event)\n"
        "sys.addaudithook(refuse)\n"
    )
    assert "digitscan.reader" in modules_after(guard + RUN_MAIN, "read", SAMPLES / "columns.pdf", "--quiet")
    with pytest.raises(AssertionError, match=r"socket\.getaddrinfo"):
        modules_after(guard + "import socket\nsocket.getaddrinfo('localhost', 80)")


def test_reader_of_the_pipe_may_leave() -> None:
    # More than a pipe holds, so that the program notices.
    sources = [SLIP, *[SAMPLES / "columns.pdf"] * 8]
    with subprocess.Popen(
        command("read", *sources, "--format", "jsonl"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert json.loads(process.stdout.readline())["source"] == str(SLIP)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(TIMEOUT) == 0


def test_gone_reader_of_messages_stops_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    with subprocess.Popen(
        command("read", "missing.png", SLIP, "--verbose", "-o", output), stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        process.stderr.close()
        assert process.wait(TIMEOUT) == 3
    assert len(output.read_text().splitlines()) == 4


def open_once_read(pipe: Path, process: subprocess.Popen[bytes]) -> BinaryIO:
    """Opens a named pipe for writing as soon as the process has opened it for reading."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        try:
            return os.fdopen(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "wb")
        except OSError as error:
            assert error.errno == errno.ENXIO
            time.sleep(0.01)
    process.kill()
    raise AssertionError("the pipe was not opened")


@needs_pipes
def test_document_is_handed_on_before_the_next_one_is_opened(tmp_path: Path) -> None:
    later = tmp_path / "later.png"
    os.mkfifo(later)
    with subprocess.Popen(
        command("read", SLIP, "missing.png", later, "--format", "jsonl"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        # The program waits for the pipe's writer, which is not here yet; a line held back would never come.
        impatience = threading.Timer(HELD_BACK, process.kill)
        impatience.start()
        lines = [process.stdout.readline() for _ in range(2)]
        impatience.cancel()
        assert [json.loads(line)["source"] for line in lines] == [str(SLIP), "missing.png"]
        with open_once_read(later, process) as pipe:
            pipe.write(SLIP.read_bytes())
        out, _ = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 3
        assert json.loads(out)["error"] is None


def redirected(redirection: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the program with its streams as a shell lays them."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *command(*arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )


def test_closed_streams() -> None:
    silent = redirected("2>&-", "read", SLIP, "missing.png")
    assert silent.returncode == 3
    assert [document["source"] for document in json.loads(silent.stdout)["documents"]] == [
        str(SLIP),
        "missing.png",
    ]
    mute = redirected(">&-", "read", SLIP)
    assert (mute.returncode, mute.stderr) == (
        70,
        "digitscan: cannot write to standard output: it is closed\n",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_streams() -> None:
    full = redirected(">/dev/full", "read", SLIP)
    assert full.returncode == 70
    assert full.stderr == "digitscan: cannot write to standard output: No space left on device\n"
    silent = redirected("2>/dev/full", "read", "missing.png", SLIP)
    assert silent.returncode == 3
    assert len(json.loads(silent.stdout)["documents"]) == 2
