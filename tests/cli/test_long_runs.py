"""Runs that are ended and gone on with, as a user sees them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from digitscan import __version__
from digitscan.classifier import default_model
from digitscan.tally import RunSummary

from .program import SAMPLES, SLIP, TIMEOUT, Run, command, documents_of, run_process, state_of

FORM = (
    'name = "slip"\n[page]\nwidth = 900\nheight = 520\n[[fields]]\nname = "one"\nbox = [384, 134, 432, 78]\n'
)


@pytest.fixture
def scans(folder: Path) -> list[str]:
    """Four pages in the current directory, and a file that is none."""
    names = [f"scans/{number}.png" for number in range(5)]
    (folder / "scans").mkdir()
    for name in names:
        shutil.copy(SLIP, name)
    (folder / names[3]).write_bytes(b"")
    return names


@contextmanager
def started(*arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        # Shells let what they start in the background ignore Ctrl-C, the tests and all that they start.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_lines(output: Path, count: int) -> None:
    end = time.monotonic() + TIMEOUT
    while not output.exists() or output.read_bytes().count(b"\n") < count:
        assert time.monotonic() < end
        time.sleep(0.01)


def hold(scan: str) -> None:
    """Put a pipe in the place of a scan, at which reading waits."""
    Path(scan).unlink()
    os.mkfifo(scan)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("output", ["out.jsonl", "out.csv"])
def test_interrupted_run_leaves_whole_documents(
    number: signal.Signals, output: str, scans: list[str], folder: Path
) -> None:
    arguments = ("read", *scans, "-o", output, "--jobs", 1)
    (folder / output).write_text("old")
    hold(scans[2])
    with started(*arguments, "--summary", "summary.json", cwd=folder) as process:
        wait_for_lines(folder / output, 3 if output == "out.jsonl" else 7)
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (130, "")
    *_, fields, advice, last = err.splitlines()
    assert fields.startswith("fields: ")
    assert advice == (
        f"digitscan: {output} holds what was read; go on with: digitscan read {' '.join(scans)} -o {output}"
        " --jobs 1 --summary summary.json --resume"
    )
    assert last == "digitscan: interrupted"
    assert RunSummary.model_validate_json((folder / "summary.json").read_bytes()).documents == 2
    text = (folder / output).read_text()
    assert "0.png" in text and "1.png" in text and "2.png" not in text
    (folder / scans[2]).unlink()
    shutil.copy(SLIP, scans[2])
    assert run_process(*arguments, "--resume", cwd=folder).code == 3
    resumed = (folder / output).read_bytes()
    assert run_process(*arguments, cwd=folder).code == 3
    assert (folder / output).read_bytes() == resumed


def test_interrupted_run_of_several_processes(folder: Path) -> None:
    (folder / "scans").mkdir()
    for number in range(24):
        shutil.copy(SLIP, folder / "scans" / f"{number}.png")
    arguments = ("read", "scans", "-o", "out.jsonl", "--jobs", 2)
    with started(*arguments, cwd=folder) as process:
        wait_for_lines(folder / "out.jsonl", 3)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    done = len(documents_of(folder / "out.jsonl")[1])
    assert 2 <= done < 24
    read = run_process(*arguments, "--resume", cwd=folder)
    assert read.err.splitlines()[0] == f"skipped: {done} that had been read"
    resumed = (folder / "out.jsonl").read_bytes()
    assert run_process(*arguments, cwd=folder).code == 0
    assert (folder / "out.jsonl").read_bytes() == resumed


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_killed_run_is_gone_on_with(scans: list[str], folder: Path) -> None:
    hold(scans[2])
    with started("read", *scans, "-o", "out.jsonl", "--jobs", 1, cwd=folder) as process:
        wait_for_lines(folder / "out.jsonl", 3)
        process.kill()
    (folder / scans[2]).unlink()
    shutil.copy(SLIP, scans[2])
    read = run_process("read", "scans", "-o", "out.jsonl", "--resume", cwd=folder)
    assert read.code == 3
    assert "skipped: 2 that had been read" in read.err.splitlines()
    assert [document["source"] for document in documents_of(folder / "out.jsonl")[1]] == scans


@pytest.mark.parametrize("output", ["out.jsonl", "out.csv"])
def test_file_that_may_not_grow_ends_the_run_with_a_line(output: str, scans: list[str], folder: Path) -> None:
    """As a full disk does."""
    arguments = ("read", "scans", "-o", output, "--quiet")
    assert run_process(*arguments, cwd=folder).code == 3
    unbroken = (folder / output).read_bytes()
    room = ["/bin/sh", "-c", 'ulimit -f "$0"; exec "$@"', str((len(unbroken) - 1) // 512)]
    cut = subprocess.run(
        [*room, *command(*arguments)], capture_output=True, text=True, cwd=folder, timeout=TIMEOUT
    )
    grown = f"{output}.journal" if output == "out.csv" else output
    assert (cut.returncode, cut.stdout) == (70, "")
    assert cut.stderr == f"digitscan: cannot write {grown}: File too large\n"
    left = (folder / output).read_bytes()
    assert unbroken.startswith(left) and 0 < len(left) < len(unbroken)
    assert run_process(*arguments, "--resume", cwd=folder).code == 3
    assert (folder / output).read_bytes() == unbroken


def test_other_formats_appear_when_they_are_complete(scans: list[str], folder: Path) -> None:
    (folder / "out.json").write_text("old")
    hold(scans[2])
    with started("read", *scans, "-o", "out.json", "--verbose", "--jobs", 1, cwd=folder) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "digitscan: interrupted" and "--resume" not in err
    assert (folder / "out.json").read_text() == "old"


def test_file_tells_the_run_and_the_states_of_the_sources(
    scans: list[str], folder: Path, digitscan: Run
) -> None:
    (folder / "form.toml").write_text(FORM)
    asked = ("--template", "form.toml", "--dpi", 200, "--review-below", 0.5)
    digitscan("read", *scans, "missing.png", *asked, "-o", "out.jsonl")
    run, documents = documents_of(folder / "out.jsonl")
    assert (run["digitscan"], run["dpi"], run["review_below"]) == (__version__, 200, 0.5)
    assert run["template"]["name"] == "slip"
    assert set(run["model"]) == {"model.json", *(path.name for path in default_model().glob("*.[kt]*"))}
    assert [document["source"] for document in documents] == [*scans, "missing.png"]
    for document in documents[:-1]:
        assert {**document, **state_of(folder / document["source"])} == document
    assert "size" not in documents[-1]


def test_resumed_run_reads_what_is_new(scans: list[str], folder: Path, digitscan: Run) -> None:
    assert digitscan("read", *scans[:2], scans[3], "-o", "out.csv").code == 3
    read = digitscan("read", *scans, "-o", "out.csv", "--resume", "--summary", "summary.json")
    # What could not be read then still counts.
    assert read.code == 3
    summary = RunSummary.model_validate_json((folder / "summary.json").read_bytes())
    assert (summary.documents, summary.skipped, summary.errors) == (2, 3, {})
    told = read.err.splitlines()
    assert told[0] == "skipped: 3 that had been read, 1 of them with an error (--retry-failed)"
    assert told[1].startswith("2 pages of 2 documents in ")
    shutil.copy(SLIP, scans[3])
    assert digitscan("read", *scans, "-o", "out.csv", "--resume").code == 0
    sources = [row.split(",")[0] for row in (folder / "out.csv").read_text().splitlines()[1:]]
    assert sources == [name for name in scans for _ in range(3)]


def test_resumed_run_starts_no_processes_for_nothing(
    scans: list[str], folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("read", *scans, "-o", "out.jsonl", "--jobs", 2, "--resume")
    digitscan(*asked)
    before = (folder / "out.jsonl").read_bytes()
    monkeypatch.setattr(BaseProcess, "start", lambda process: pytest.fail("a process is started"))
    assert digitscan(*asked).code == 3
    assert (folder / "out.jsonl").read_bytes() == before


def test_resumed_run_with_a_broken_model_leaves_what_was_read(
    scans: list[str], folder: Path, digitscan: Run
) -> None:
    shutil.copytree(default_model(), "model")
    asked = ("--model", "model", "-o", "out.jsonl", "--jobs", 2, "--resume")
    digitscan("read", *scans[:2], *asked)
    before = (folder / "out.jsonl").read_bytes()
    (folder / "model" / "model.tflite").write_bytes(b"")
    assert digitscan("read", *scans, *asked).code == 4
    assert (folder / "out.jsonl").read_bytes() == before


def test_doubts_of_what_was_read_before_count(folder: Path, digitscan: Run) -> None:
    doubting = ("read", "good.png", "--review-below", 1, "--fail-on-review", "-o", "out.csv")
    assert digitscan(*doubting).code == 1
    assert digitscan(*doubting, "--resume").code == 1


def test_failed_sources_are_retried_when_asked(scans: list[str], folder: Path, digitscan: Run) -> None:
    asked = ("read", *scans, "-o", "out.jsonl", "--resume")
    digitscan(*asked)
    before = (folder / "out.jsonl").read_bytes()
    assert "digitscan: scans/3.png" not in digitscan(*asked).err
    assert "digitscan: scans/3.png: the file is empty" in digitscan(*asked, "--retry-failed").err
    assert (folder / "out.jsonl").read_bytes() == before


CHANGES = {
    "option": (("--keep-separators",), "keep_separators was false, is true"),
    "template": (("--template", "form.toml"), "the template is another one"),
    "model": (("--model", "model"), "the model is another one"),
}


@pytest.mark.parametrize("output", ["out.jsonl", "out.csv"])
@pytest.mark.parametrize("change", CHANGES)
def test_run_that_reads_otherwise_is_refused(change: str, output: str, folder: Path, digitscan: Run) -> None:
    (folder / "form.toml").write_text(FORM)
    shutil.copytree(default_model(), "model")
    card = json.loads(Path("model/model.json").read_text())
    Path("model/model.json").write_text(json.dumps({**card, "name": "another"}))
    digitscan("read", "good.png", "-o", output)
    before = (folder / output).read_bytes()
    options, told = CHANGES[change]
    read = digitscan("read", "good.png", "-o", output, "--resume", *options)
    assert (read.code, read.out, read.err) == (2, "", f"digitscan: cannot resume {output}: {told}\n")
    assert (folder / output).read_bytes() == before


def test_template_is_known_by_what_it_says(folder: Path, digitscan: Run) -> None:
    """Its comments may change, but not the picture that pages are laid on."""
    for name in ("rowing_club.toml", "rowing_club.png"):
        shutil.copy(SAMPLES / name, name)
    asked = ("read", "good.png", "--template", "rowing_club.toml", "-o", "out.jsonl")
    assert digitscan(*asked).code == 3
    form = (folder / "rowing_club.toml").read_text()
    (folder / "rowing_club.toml").write_text(f"# ours\n{form}")
    assert digitscan(*asked, "--resume").code == 3
    with (folder / "rowing_club.png").open("ab") as reference:
        reference.write(b"more")
    assert digitscan(*asked, "--resume").code == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--resume",), "--resume needs a file"),
        (("--resume", "-o", "out.json"), "--resume needs a file"),
        (("--resume", "-o", "out.txt"), "--resume needs a file"),
        (("--resume", "-o", "/dev/null", "--format", "csv"), "--resume needs a file"),
        (("--retry-failed", "-o", "out.csv"), "--retry-failed is for --resume"),
        (("--watch", "-o", "out.json"), "--watch writes jsonl or csv"),
        (("--watch", "--format", "table"), "--watch writes jsonl or csv"),
        (("--watch", "missing"), "--watch is for folders and files"),
        (("--watch", "*.png"), "--watch is for folders and files"),
        (("--watch", "-"), "--watch is for folders and files"),
    ],
)
def test_options_that_go_with_nothing(
    options: tuple[str, ...], told: str, folder: Path, digitscan: Run
) -> None:
    read = digitscan("read", "good.png", *options)
    assert read.code == 2
    assert read.err.startswith(f"digitscan: {told}") and read.err.count("\n") == 1


# The summary


def test_summary_is_told_of_runs_into_files(scans: list[str], folder: Path, digitscan: Run) -> None:
    read = digitscan("read", *scans, "-o", "out.csv", "--summary", "summary.json")
    summary = json.loads((folder / "summary.json").read_text())
    assert list(summary) == [
        "documents",
        "pages",
        "fields",
        "errors",
        "skipped",
        "seconds",
        "pages_per_second",
    ]
    assert (summary["documents"], summary["pages"], summary["skipped"]) == (5, 4, 0)
    assert summary["errors"] == {"empty_file": 1}
    assert list(summary["fields"]) == ["ok", "review", "empty", "invalid"]
    assert sum(summary["fields"].values()) == 12
    error, pages, fields, errors = read.err.splitlines()
    assert error.startswith("digitscan: scans/3.png: ")
    assert pages.startswith("4 pages of 5 documents in ") and pages.endswith(" pages/s")
    assert fields == "fields: " + ", ".join(f"{n} {status}" for status, n in summary["fields"].items())
    assert errors == "errors: 1 empty_file"
    assert digitscan("read", *scans, "-o", "out.csv", "--quiet").err == ""


def test_single_page_is_silent(folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png", "-o", "out.jsonl", "--summary", "summary.json")
    assert (read.code, read.err) == (0, "")
    assert json.loads((folder / "summary.json").read_text())["pages"] == 1


def test_summary_that_cannot_be_written_is_told_at_once(folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png", "-o", "out.csv", "--summary", "no/summary.json")
    assert read.code == 70
    assert read.err == "digitscan: cannot write no/summary.json: the folder no does not exist\n"
    assert not (folder / "out.csv").exists()
