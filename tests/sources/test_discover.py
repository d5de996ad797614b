from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from digitscan.sources import Source, find_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with images at several depths and things that are none."""
    names = (
        *("b.png", "a.JPG", "c.jpeg", "d.bmp", "e.webp", "f.tif", "g.TIFF", "h.pdf", "10.png", "9.png"),
        *("notes.txt", "noext", ".hidden.png", ".git/x.png", "empty/readme.txt"),
        *("sub/z.png", "sub/deep/y.Pdf", "sub/.cache/w.png"),
    )
    for name in names:
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


ALL = [
    "10.png",
    "9.png",
    "a.JPG",
    "b.png",
    "c.jpeg",
    "d.bmp",
    "e.webp",
    "f.tif",
    "g.TIFF",
    "h.pdf",
    "sub/deep/y.Pdf",
    "sub/z.png",
]


def found(*named: str) -> list[str]:
    """Names found, with the code of the problem of those that have one."""
    return [s.name + (f" [{s.problem.code}]" if s.problem else "") for s in find_sources(named)]


def test_folder_gives_its_images_in_order_without_hidden_ones(folder: Path) -> None:
    assert found("scans") == [f"scans/{name}" for name in ALL]
    assert found(str(folder / "scans")) == [str(folder / "scans" / name) for name in ALL]
    assert found(".") == [f"scans/{name}" for name in ALL]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipe_in_a_folder_is_passed_over_and_one_that_is_named_is_not(folder: Path) -> None:
    os.mkfifo("scans/pipe.png")
    assert found("scans") == [f"scans/{name}" for name in ALL]
    assert found("scans/pipe.png", "scans/p*.png") == ["scans/pipe.png"] * 2


def test_sources_carry_their_path(folder: Path) -> None:
    assert list(find_sources(["scans/b.png"])) == [Source("scans/b.png", Path("scans/b.png"))]


def test_named_files_need_no_suffix_and_may_be_hidden(folder: Path) -> None:
    assert found("scans/noext", "scans/.hidden.png", "scans/.git") == [
        "scans/noext",
        "scans/.hidden.png",
        "scans/.git/x.png",
    ]


def test_order_of_the_input_is_kept_with_problems_in_their_place(folder: Path) -> None:
    assert found(
        "scans/h.pdf", "gone.png", "scans/empty", "no*thing", "scans/b.png/x", "", "scans/a.JPG"
    ) == [
        "scans/h.pdf",
        "gone.png [not_found]",
        "scans/empty [no_images]",
        "no*thing [not_found]",
        "scans/b.png/x [not_found]",
        " [not_found]",
        "scans/a.JPG",
    ]


def test_file_named_twice_comes_twice(folder: Path) -> None:
    assert found("scans/b.png", "scans/b.png") == ["scans/b.png", "scans/b.png"]
    assert found("scans/sub", "scans/sub/z.png").count("scans/sub/z.png") == 2


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("scans/*.png", ["scans/10.png", "scans/9.png", "scans/b.png"]),
        ("scans/[ab].*", ["scans/a.JPG", "scans/b.png"]),
        ("scans/?.png", ["scans/9.png", "scans/b.png"]),
        ("scans/**/*.png", ["scans/10.png", "scans/9.png", "scans/b.png", "scans/sub/z.png"]),
        ("**/y.*", ["scans/sub/deep/y.Pdf"]),
        ("scans/.hid*", ["scans/.hidden.png"]),
        ("scans/.g*/*.png", ["scans/.git/x.png"]),
        ("scans/s*b", ["scans/sub/deep/y.Pdf", "scans/sub/z.png"]),
        ("scans/sub/**", ["scans/sub/deep/y.Pdf", "scans/sub/z.png"]),
        ("scans/emp*", ["scans/emp* [no_images]"]),
        ("scans/*.txt", ["scans/notes.txt"]),
    ],
)
def test_globs(folder: Path, pattern: str, expected: list[str]) -> None:
    assert found(pattern) == expected
    if "[no_images]" not in expected[0]:
        assert found(str(folder / pattern)) == [str(folder / name) for name in expected]


def test_literal_name_goes_before_a_pattern_and_a_list(folder: Path) -> None:
    for name in ("scan[1].png", "@odd.png", "scan1.png"):
        Path(name).touch()
    assert found("scan[1].png", "@odd.png") == ["scan[1].png", "@odd.png"]


def test_symlink_loops_end_and_overlaps_come_once(folder: Path) -> None:
    (folder / "scans/sub/loop").symlink_to(folder / "scans", target_is_directory=True)
    (folder / "scans/again").symlink_to(folder / "scans/sub", target_is_directory=True)
    (folder / "scans/self.png").symlink_to(folder / "scans/self.png")
    (folder / "scans/same.png").symlink_to(folder / "scans/b.png")
    names = found("scans")
    assert "scans/again/z.png" in names and "scans/sub/z.png" not in names
    assert "scans/self.png" in names
    assert len(names) == len(ALL) + 1
    assert found("scans/**/z.png") == ["scans/sub/z.png"]
    assert found("scans/self.png") == ["scans/self.png [not_found]"]


def test_folder_outside_reached_by_a_link_is_read(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "o.png").touch()
    (folder / "scans/empty/link").symlink_to(outside, target_is_directory=True)
    assert found("scans/empty") == ["scans/empty/link/o.png"]


def test_hard_links_are_files_of_their_own(folder: Path) -> None:
    os.link("scans/b.png", "scans/empty/1.png")
    os.link("scans/b.png", "scans/empty/2.png")
    assert found("scans/empty") == ["scans/empty/1.png", "scans/empty/2.png"]


def test_list_names_files_folders_and_patterns_but_no_lists(folder: Path) -> None:
    lines = "scans/b.png\r\n\n   \nscans/sub\nscans/[a].*\ngone.png\n@list.txt\n-\nscans/sp ace.png"
    Path("scans/sp ace.png").touch()
    Path("list.txt").write_bytes(b"\xef\xbb\xbf" + lines.encode())
    assert found("@list.txt") == [
        "scans/b.png",
        "scans/sub/deep/y.Pdf",
        "scans/sub/z.png",
        "scans/a.JPG",
        "gone.png [not_found]",
        "@list.txt [not_found]",
        "- [not_found]",
        "scans/sp ace.png",
    ]


def test_list_passes_names_that_are_not_utf8(folder: Path) -> None:
    Path("list.txt").write_bytes(b"scans/\xe9.png\n")
    Path(os.fsdecode(b"scans/\xe9.png")).touch()
    assert found("@list.txt") == [os.fsdecode(b"scans/\xe9.png")]


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "not_found"), (b"\n \n", "no_images"), (b"\x89PNG\0\0", "unsupported_format")],
)
def test_bad_lists(folder: Path, content: bytes | None, code: str) -> None:
    if content is not None:
        Path("list.txt").write_bytes(content)
    assert found("@list.txt", "scans/b.png") == [f"@list.txt [{code}]", "scans/b.png"]


def test_folder_as_list_is_a_problem(folder: Path) -> None:
    assert found("@scans") == ["@scans [not_a_file]"]


def test_unreadable_list_and_folder_are_problems(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("list.txt").write_text("scans/b.png")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    list_folder = Path.iterdir

    def refuse_sub(path: Path) -> Iterator[Path]:
        if path.name == "sub":
            raise PermissionError(13, "Permission denied")
        return list_folder(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(Path, "iterdir", refuse_sub)
    assert found("@list.txt", "scans") == [
        "@list.txt [permission_denied]",
        *(f"scans/{name}" for name in ALL if not name.startswith("sub/")),
        "scans/sub [permission_denied]",
    ]


def test_file_that_cannot_be_looked_at_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, **_: bool) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    assert found("scans/b.png") == ["scans/b.png [permission_denied]"]


def test_names_no_file_can_have_are_problems(folder: Path) -> None:
    assert found("a\0b", "a\0*", "x" * 5000) == [
        "a\0b [not_found]",
        "a\0* [not_found]",
        "x" * 5000 + " [not_found]",
    ]


def test_stdin_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"bytes")))
    assert list(find_sources(["-", "-"])) == [Source("-", None, b"bytes")] * 2


def test_stdin_that_cannot_be_read_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> bytes:
        raise IsADirectoryError(21, "Is a directory")

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(read=refuse)))
    assert found("-") == ["- [not_a_file]"]


def test_sources_come_as_they_are_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = find_sources(["scans/b.png", "-"])
    # Standard input is not touched before its turn.
    monkeypatch.setattr(sys, "stdin", None)
    assert next(sources).name == "scans/b.png"


def test_importing_loads_neither_pdfium_nor_opencv() -> None:
    code = "import sys, digitscan.sources; sys.exit('pypdfium2' in sys.modules or 'cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
