from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from digitscan.cli import main

from .program import SLIP, Outcome, Run


@pytest.fixture
def digitscan(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The program within this process; native libraries' output is captured too."""
    for name, value in (("OPENCV_LOG_LEVEL", "SILENT"), ("TF_CPP_MIN_LOG_LEVEL", "3")):
        monkeypatch.setenv(name, value)  # as the program sets them, but only for this test

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["digitscan", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as finished:
            main()
        out, err = capfd.readouterr()
        assert isinstance(finished.value.code, int)
        assert "Traceback" not in err
        return Outcome(finished.value.code, out, err)

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with one good page in it: ``good.png``."""
    shutil.copy(SLIP, tmp_path / "good.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path
