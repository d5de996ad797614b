from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pytest
from PIL import Image

from digitscan.errors import SourceError
from digitscan.sources import Source, find_sources, open_pages, state

from .files import encode, pattern

PICTURE = encode(Image.fromarray(pattern()), "PNG")


@pytest.fixture
def bucket() -> Iterator[fsspec.AbstractFileSystem]:
    """Storage that lives in this process, with images at several depths and things that are none."""
    memory = fsspec.filesystem("memory")
    names = ("9.png", "10.png", "notes.txt", ".hidden.png", "sub/z.PDF", "sub/.cache/w.png", "sub-b/a.tif")
    memory.pipe({f"/scans/{name}": PICTURE for name in names})
    memory.pipe("/texts/readme.txt", b"")
    yield memory
    memory.rm("/", recursive=True)


def names(*named: str) -> list[str]:
    found = list(find_sources(named))
    assert not any(source.problem for source in found)
    return [source.name.removeprefix("memory:///scans/") for source in found]


def codes(*named: str) -> list[str]:
    return [source.problem.code for source in find_sources(named) if source.problem]


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("url", ["memory://scans", "memory://scans/"])
def test_folder_is_searched_as_one_on_disk(url: str) -> None:
    assert names(url) == ["10.png", "9.png", "sub/z.PDF", "sub-b/a.tif"]


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ("*.png", ["10.png", "9.png"]),
        (".*.png", [".hidden.png"]),
        ("sub*/*", ["sub/z.PDF", "sub-b/a.tif"]),
        ("s*", ["sub/z.PDF", "sub-b/a.tif"]),
        ("**", ["10.png", "9.png", "notes.txt", "sub/z.PDF", "sub-b/a.tif"]),
    ],
)
def test_pattern(ending: str, found: list[str]) -> None:
    assert names(f"memory://scans/{ending}") == found


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("memory://texts", "no_images"),
        ("memory://scans/*.bmp", "not_found"),
        ("memory://tex*", "no_images"),
        ("nowhere://scans/a.png", "unsupported_url"),
    ],
)
def test_what_is_not_there_is_one_problem(url: str, code: str) -> None:
    assert codes(url) == [code]


def test_order_is_that_of_the_disk(tmp_path: Path) -> None:
    """A folder and a pattern give the same files in the same order, by path and by URL."""
    for name in ("b/2.png", "b-1/x.png", "b.png", "a/z/1.png", "a/b.tif", "B/3.jpg", "c d/#4.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PICTURE)
    for ending in ("", "/**/*.png"):
        by_path = [source.name for source in find_sources([f"{tmp_path}{ending}"])]
        by_url = [
            source.name.removeprefix("file://") for source in find_sources([f"file://{tmp_path}{ending}"])
        ]
        assert by_url == by_path


@pytest.mark.usefixtures("bucket")
def test_document_is_fetched_when_it_is_read() -> None:
    (source,) = find_sources(["memory://scans/9.png"])
    (page,) = open_pages(source)
    assert np.array_equal(page.image, pattern())
    missing = Source("m", None, url="memory://scans/none.png")
    with pytest.raises(SourceError) as caught:
        next(open_pages(missing))
    assert (caught.value.code, caught.value.message) == ("not_found", "no such file or folder")


def test_state_tells_a_changed_document(bucket: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    (source,) = find_sources(["memory://scans/9.png"])
    before = state(source)
    assert before is not None and before[0] == len(PICTURE)
    assert state(source) == before
    bucket.pipe("/scans/9.png", PICTURE + b"\0")
    assert state(source) != before
    path = tmp_path / "a.png"
    path.write_bytes(PICTURE)
    os.utime(path, (1_000_000, 1_000_000))
    assert (
        state(Source("a", None, url=f"file://{path}")) == state(Source("a", path)) == (len(PICTURE), 10**15)
    )
    assert state(Source("-", None, PICTURE)) is None
    assert state(Source("m", None, url="memory://none.png")) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a*.png?size=3", "https://127.0.0.1:9/scans/"])
def test_web_address_is_one_document(url: str) -> None:
    (source,) = find_sources([url])
    assert (source.name, source.url, source.problem) == (url, url, None)
    with pytest.raises(SourceError) as caught:
        next(open_pages(source))
    assert caught.value.code == "unreadable"
    assert "\n" not in caught.value.message


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    (source,) = find_sources(["s3://bucket/*.png"])
    assert source.problem is not None
    assert source.problem.code == "unsupported_url"
    assert "pip install 'digitscan[cloud]'" in source.problem.message


def test_missing_storage_package_is_named() -> None:
    (source,) = find_sources(["gs://bucket/*.png"])
    assert source.problem is not None
    assert source.problem.code == "unsupported_url"
    assert "gcsfs" in source.problem.message
