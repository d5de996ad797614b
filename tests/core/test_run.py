"""A run: what becomes of pages with errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from sources.files import encode

from digitscan.errors import ExitCode, SourceError
from digitscan.executors import OnOutcome, PageOutcome, PageTask, ignore
from digitscan.options import OutputFormat
from digitscan.results import ErrorRecord, PageResult
from digitscan.run import run
from digitscan.sources import Source, open_document
from digitscan.tally import Tally
from digitscan.writers import open_writer

WHOLE = encode(
    Image.new("L", (60, 40), 255),
    "TIFF",
    save_all=True,
    append_images=[Image.new("L", (60, 40), shade) for shade in (250, 245)],
)
CUT = WHOLE[:-2000]
TRUNCATED = "truncated: page 3: the TIFF file ends before the data of a page; it was not copied whole"
"""The error of the third page of what is cut."""


class Done:
    """The outcome of a task that was read at once."""

    def __init__(self, outcome: PageOutcome) -> None:
        self._outcome = outcome

    def result(self) -> PageOutcome:
        return self._outcome


class Misfits:
    """Finds that the pages of some numbers do not fit, and that the readers of others are lost."""

    def __init__(self, numbers: set[int], ahead: int, lost: set[int] | None = None) -> None:
        self.ahead = ahead
        self._numbers = numbers
        self._lost = lost or set()

    def submit(self, task: PageTask, on_outcome: OnOutcome = ignore) -> Done:
        outcome = self._read(task)
        on_outcome(outcome)
        return Done(outcome)

    def _read(self, task: PageTask) -> PageOutcome:
        if task.number in self._lost:
            return PageOutcome(0, error=ErrorRecord(code="crashed", message="gone"))
        document = open_document(task.source, max_megapixels=1)
        if not task.number:
            return PageOutcome(document.count)
        try:
            height, width = document.read(task.number).shape
        except SourceError as caught:
            error = ErrorRecord(code=caught.code, message=caught.message)
            return PageOutcome(document.count, error=error)
        misfit = ErrorRecord(code="template_mismatch", message=f"misfit {task.number}")
        page = PageResult(
            page=task.number,
            width=width,
            height=height,
            error=misfit if task.number in self._numbers else None,
        )
        return PageOutcome(document.count, page)


def run_all(contents: list[bytes], executor: Misfits, output: Path) -> tuple[Tally, list[str | None]]:
    """Reads the contents as one source each; gives the counts and what was told of each document."""
    told: list[str | None] = []

    def on_document(source: Source, error: ErrorRecord | None) -> None:
        told.append(f"{error.code}: {error.message}" if error else None)

    with open_writer(OutputFormat.JSON, output) as writer:
        tally = run(
            [Source(f"{number}.tif", None, data) for number, data in enumerate(contents)],
            executor,
            writer,
            pictures=None,
            on_page=lambda source, page: None,
            on_document=on_document,
        )
    return tally, told


@pytest.mark.parametrize("ahead", [1, 2, 99])
@pytest.mark.parametrize(
    ("cut", "misfits", "expected"),
    [
        (False, set(), None),
        (False, {1}, "template_mismatch: page 1: misfit 1"),
        (False, {2, 3}, "template_mismatch: page 2: misfit 2"),
        (True, set(), TRUNCATED),
        (True, {2}, "template_mismatch: page 2: misfit 2"),
    ],
)
def test_first_error_of_a_page_becomes_that_of_its_document(
    cut: bool, misfits: set[int], expected: str | None, ahead: int, tmp_path: Path
) -> None:
    output = tmp_path / "out.json"
    tally, told = run_all([CUT if cut else WHOLE] * 2, Misfits(misfits, ahead), output)
    assert told == [expected] * 2
    assert (tally.pages, tally.failed) == (2 * 3, 2 if expected else 0)
    assert tally.exit_code(fail_on_review=True) is (ExitCode.UNREADABLE if expected else ExitCode.OK)
    for document in json.loads(output.read_text())["documents"]:
        failed = sorted(misfits | {3}) if cut else sorted(misfits)
        assert [page["page"] for page in document["pages"] if "error" in page] == failed
        error = document["error"]
        assert (f"{error['code']}: {error['message']}" if error else None) == expected


def test_error_of_a_page_is_not_that_of_another_document(tmp_path: Path) -> None:
    single = encode(Image.new("L", (60, 40), 255), "TIFF")
    tally, told = run_all([single, WHOLE, single], Misfits({3}, 99), tmp_path / "out.json")
    assert told == [None, "template_mismatch: page 3: misfit 3", None]
    assert tally.failed == 1


@pytest.mark.parametrize("ahead", [1, 3, 99])
@pytest.mark.parametrize("lost", [{1}, {2}, {1, 2, 3}])
def test_lost_page_costs_no_other(lost: set[int], ahead: int, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    _, told = run_all([WHOLE] * 3, Misfits(set(), ahead, lost), output)
    assert told == [f"crashed: page {min(lost)}: gone"] * 3
    for document in json.loads(output.read_text())["documents"]:
        pages = [(page["page"], page["width"], "error" in page) for page in document["pages"]]
        assert pages == [(n, 0 if n in lost else 60, n in lost) for n in (1, 2, 3)]


def test_document_that_cannot_be_opened_without_a_crash(tmp_path: Path) -> None:
    tally, told = run_all([WHOLE, WHOLE], Misfits(set(), 99, {0, 1}), tmp_path / "out.json")
    assert told == ["crashed: gone"] * 2
    assert (tally.pages, tally.failed) == (0, 2)
