"""A run: what becomes of pages with errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sources.files import encode

from digitscan.errors import ExitCode
from digitscan.options import OutputFormat
from digitscan.results import ErrorRecord, PageResult
from digitscan.run import Tally, run
from digitscan.sources import Source
from digitscan.writers import open_writer

WHOLE = encode(
    Image.new("L", (60, 40), 255),
    "TIFF",
    save_all=True,
    append_images=[Image.new("L", (60, 40), shade) for shade in (250, 245)],
)
CUT = WHOLE[:-2000]
TRUNCATED = "truncated: the TIFF file ends before the data of a page; it was not copied whole"
"""The error of the third page of what is cut."""


class Misfits:
    """Finds that the pages of some numbers do not fit."""

    def __init__(self, numbers: set[int], ahead: int) -> None:
        self.ahead = ahead
        self._numbers = numbers

    def submit(self, image: NDArray[np.uint8], number: int, picture: Path | None) -> Callable[[], PageResult]:
        height, width = image.shape
        error = ErrorRecord(code="template_mismatch", message=f"misfit {number}")
        return lambda: PageResult(
            page=number, width=width, height=height, error=error if number in self._numbers else None
        )


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
            dpi=300,
            max_megapixels=1,
            pictures=None,
            on_page=lambda source, page: None,
            on_document=on_document,
        )
    return tally, told


@pytest.mark.parametrize("ahead", [0, 2, 99])
@pytest.mark.parametrize(
    ("cut", "misfits", "expected"),
    [
        (False, set(), None),
        (False, {1}, "template_mismatch: page 1: misfit 1"),
        (False, {2, 3}, "template_mismatch: page 2: misfit 2"),
        (True, set(), TRUNCATED),
        (True, {1, 2}, TRUNCATED),
    ],
)
def test_first_error_of_a_page_becomes_that_of_its_document(
    cut: bool, misfits: set[int], expected: str | None, ahead: int, tmp_path: Path
) -> None:
    output = tmp_path / "out.json"
    tally, told = run_all([CUT if cut else WHOLE] * 2, Misfits(misfits, ahead), output)
    assert told == [expected] * 2
    assert (tally.pages, tally.failed) == (2 * (2 if cut else 3), 2 if expected else 0)
    assert tally.exit_code(fail_on_review=True) is (ExitCode.UNREADABLE if expected else ExitCode.OK)
    for document in json.loads(output.read_text())["documents"]:
        assert [page["page"] for page in document["pages"] if "error" in page] == sorted(misfits)
        error = document["error"]
        assert (f"{error['code']}: {error['message']}" if error else None) == expected


def test_error_of_a_page_is_not_that_of_another_document(tmp_path: Path) -> None:
    single = encode(Image.new("L", (60, 40), 255), "TIFF")
    tally, told = run_all([single, WHOLE, single], Misfits({3}, 99), tmp_path / "out.json")
    assert told == [None, "template_mismatch: page 3: misfit 3", None]
    assert tally.failed == 1
