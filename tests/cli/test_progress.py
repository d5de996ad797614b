"""How far a long run says it is."""

from __future__ import annotations

import re
import time

import pytest
from rich.console import Console

from digitscan.cli.progress import ReadingProgress
from digitscan.results import ErrorRecord, FieldResult, PageResult
from digitscan.tally import Tally

DOUBTFUL = FieldResult(name="n", text="1", confidence=0.5, status="review", box=(1, 1, 1, 1))
BROKEN = ErrorRecord(code="damaged", message="damaged")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def read_document(tally: Tally, progress: ReadingProgress, pages: int) -> None:
    """A document of some pages with a field each; without pages it is damaged."""
    if pages:
        progress.count(pages)
    for number in range(1, pages + 1):
        tally.add_page(PageResult(page=number, width=9, height=9, fields=(DOUBTFUL,)))
        progress.move()
    tally.end_document(None if pages else BROKEN)
    progress.move()


def test_lines_where_there_is_no_bar(capsys: pytest.CaptureFixture[str], clock: list[float]) -> None:
    tally = Tally()
    with ReadingProgress(tally, 1000, bar=False) as progress:
        for _ in range(8):
            clock[0] += 3.0
            read_document(tally, progress, 300)
        read_document(tally, progress, 0)
    assert capsys.readouterr().err.splitlines() == [
        "901 pages, 75.1 pages/s, 901 fields, 901 doubtful, 0 failed",
        "2,101 pages, 87.5 pages/s, 2,101 fields, 2,101 doubtful, 0 failed",
    ]


def test_total_grows_as_pages_get_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Console, "is_terminal", True)
    monkeypatch.setenv("COLUMNS", "120")
    tally = Tally()
    tally.skipped.count(failed=False, doubtful=False)
    shown = []
    with ReadingProgress(tally, 5, bar=True) as progress:
        for pages in (3, 0, 10):
            read_document(tally, progress, pages)
            progress._show()
            progress._progress.refresh()
            shown.append(re.findall(r"\d+/\d+", capsys.readouterr().err)[-1])
    assert [entry.split("/") for entry in shown] == [["3", "6"], ["3", "5"], ["13", "14"]]
