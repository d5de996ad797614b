"""Running the program: as a process of its own, or within this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
SLIP = SAMPLES / "white_on_black.png"
"""The smallest sample: three fields."""

TIMEOUT = 120


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> dict[str, Any]:
        """The documents of ``json`` on stdout, by source; all of stdout must be JSON."""
        return {document["source"]: document for document in json.loads(self.out)["documents"]}


Run = Callable[..., Outcome]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "digitscan", *map(str, arguments)]


def run_process(
    *arguments: object, cwd: Path | None = None, stdin: bytes = b"", **environment: str
) -> Outcome:
    done = subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=TIMEOUT,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def documents_of(output: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The run and the documents of a ``jsonl`` file, every line of which must be whole."""
    text = output.read_text()
    assert text.endswith("\n")
    first, *documents = map(json.loads, text.splitlines())
    return first["run"], documents


def state_of(path: Path) -> dict[str, int]:
    """What a ``jsonl`` file tells of a source's file."""
    status = path.stat()
    return {"size": status.st_size, "modified": status.st_mtime_ns}
