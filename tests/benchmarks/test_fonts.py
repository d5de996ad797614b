from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from fonts import find_fonts, print_text
from measuring import count_edits

ROOT = Path(__file__).parents[2]
DEJAVU = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


@pytest.mark.parametrize("height", [8, 19, 40])
def test_digits_are_printed_as_high_as_asked(height: int) -> None:
    scan = print_text("375", DEJAVU, height, np.random.default_rng(0))
    rows = np.flatnonzero((scan < 150).any(axis=1))
    assert abs(rows[-1] - rows[0] + 1 - height) <= 1
    assert rows[0] >= height // 3
    assert len(scan) - 1 - rows[-1] >= height // 3


@pytest.mark.parametrize(
    ("one", "other", "edits"), [("0403", "0403", 0), ("043", "0403", 1), ("", "12", 2), ("17", "71", 2)]
)
def test_edits(one: str, other: str, edits: int) -> None:
    assert count_edits(one, other) == edits


def test_fonts_are_found_in_folders_within_the_folder(tmp_path: Path) -> None:
    (tmp_path / "family").mkdir()
    (tmp_path / "family" / "plain.WOFF2").touch()
    (tmp_path / "family" / "LICENSE").touch()
    assert [path.name for path in find_fonts(tmp_path)] == ["plain.WOFF2"]


@pytest.mark.parametrize("content", [None, b"no font"])
def test_a_folder_without_fonts_is_told_in_one_line(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "broken.ttf").write_bytes(content)
    script = str(ROOT / "benchmarks" / "fonts.py")
    done = subprocess.run([sys.executable, script, "--fonts", tmp_path], capture_output=True, text=True)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(tmp_path) in done.stderr
