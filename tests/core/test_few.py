"""Few pages: they are read in the program's own process, from the documents in which they were counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sources.files import encode

from digitscan.classifier import default_model
from digitscan.executors import ReadingPlan, open_executor
from digitscan.executors.few import open_few
from digitscan.executors.inprocess import InProcess
from digitscan.options import Layout
from digitscan.ordering import read_in_order
from digitscan.sources import Source, document, open_content

PLAN = ReadingPlan(default_model(), Layout.AUTO, None, 0.9, False, 300, 10.0)


def tiff(path: Path, pages: int) -> Source:
    frames = [Image.new("L", (60 + number, 40), 255) for number in range(pages)]
    path.write_bytes(encode(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    return Source(str(path), path)


def test_documents_that_were_counted_are_not_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def noted(source: Source) -> NDArray[np.uint8]:
        opened.append(source)
        return open_content(source)

    monkeypatch.setattr(document, "open_content", noted)
    monkeypatch.setattr("digitscan.executors.cores", lambda: 2)
    sources = [tiff(tmp_path / "two.tif", 2), tiff(tmp_path / "one.tif", 1)]
    with open_executor(PLAN, sources) as executor:
        assert isinstance(executor, InProcess)
        found = [[page.width for page in one.pages()] for one in read_in_order(sources, executor)]
    assert found == [[60, 61], [60]]
    assert opened == sources


def test_document_that_was_replaced_after_it_was_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitscan.executors.cores", lambda: 2)
    source = tiff(tmp_path / "it.tif", 1)
    with open_executor(PLAN, [source]) as executor:
        tiff(tmp_path / "other.tif", 3)
        (tmp_path / "other.tif").replace(tmp_path / "it.tif")
        found = [[page.width for page in one.pages()] for one in read_in_order([source], executor)]
    assert found == [[60, 61, 62]]


@pytest.mark.parametrize(
    ("pages", "few"), [((4,), True), ((1, 1, 2), True), ((5,), False), ((1, 3, 1), False)]
)
def test_few_are_four_pages(pages: tuple[int, ...], few: bool, tmp_path: Path) -> None:
    sources = [tiff(tmp_path / f"{number}.tif", count) for number, count in enumerate(pages)]
    assert (open_few(sources, PLAN) is not None) == few


def test_what_cannot_be_counted(tmp_path: Path) -> None:
    """What is broken counts as a page; a URL may have any number."""
    (tmp_path / "broken.tif").write_bytes(b"II*\0")
    broken = Source("broken", tmp_path / "broken.tif")
    assert open_few([broken] * 4, PLAN) == {}
    assert open_few([Source("url", None, url="file:///x.tif")], PLAN) is None
    assert open_few(None, PLAN) is None
