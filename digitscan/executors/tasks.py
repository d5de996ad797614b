"""What goes to those who read pages, and what comes back; all of it travels to other processes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from digitscan.options import Layout

if TYPE_CHECKING:
    from digitscan.results import ErrorRecord, PageResult
    from digitscan.sources import Source
    from digitscan.template import Template


@dataclass(frozen=True)
class ReadingPlan:
    """How pages are to be read.

    Attributes:
        model: The model directory.
        layout: How fields are found; a template goes before it.
        template: The known form that every page is, or None.
        review_below: Confidence below which a field is to be reviewed.
        keep_separators: Whether texts keep the separators between their digits.
        dpi: Resolution at which pages of a PDF are drawn, in dots per inch.
        max_megapixels: Larger pages are refused, in millions of pixels.
    """

    model: Path
    layout: Layout
    template: Template | None
    review_below: float
    keep_separators: bool
    dpi: int
    max_megapixels: float


@dataclass(frozen=True)
class PageTask:
    """A page to read.

    Attributes:
        source: The document.
        number: The page, from 1; 0 asks for no page, only how many there are.
        picture: Where a picture of how it was read goes; None for none.
        pipe: A named pipe whose content is to be put at the path of the document before its first page is
            read; None for what is there already.
    """

    source: Source
    number: int
    picture: Path | None = None
    pipe: Path | None = None


class PageOutcome:
    """What became of a task.

    The page is packed on its way to another process, and unpacked where it is asked for: those who only hand
    it on, as the workers of a cluster do, never see its hundreds of values.

    Args:
        count: Pages of the document; 0 when it could not be opened.
        page: What was read; None when nothing was asked for or could be read.
        error: Why nothing could be read.
        problem: What is wrong behind the last of the document's pages.
    """

    def __init__(
        self,
        count: int,
        page: PageResult | None = None,
        error: ErrorRecord | None = None,
        problem: ErrorRecord | None = None,
    ) -> None:
        self.count = count
        self.error = error
        self.problem = problem
        self._page = page
        self._packed: bytes | None = None

    @property
    def page(self) -> PageResult | None:
        """What was read; None when nothing was asked for or could be read."""
        if self._packed is not None:
            self._page, self._packed = pickle.loads(self._packed), None
        return self._page

    def __getstate__(self) -> dict[str, object]:
        return vars(self) | {"_page": None, "_packed": self._packed or pickle.dumps(self._page)}

    @property
    def is_lost(self) -> bool:
        """Whether the reading ended without a word on the document."""
        return self.error is not None and self.error.code in (CRASHED, TIMEOUT)


CRASHED = "crashed"
"""Code of an error: the process that read the page ended."""
TIMEOUT = "timeout"
"""Code of an error: reading the page took longer than allowed."""


OnOutcome = Callable[[PageOutcome], None]
"""Called with the outcome of a task."""


def ignore(outcome: PageOutcome) -> None:
    """Do nothing with an outcome."""


class Pending(Protocol):
    """A task that was submitted."""

    def result(self) -> PageOutcome:
        """Wait for the outcome.

        Raises:
            DigitscanError: Nothing more can be read; the message says why.
        """


class Executor(Protocol):
    """Reads pages, some at a time."""

    @property
    def ahead(self) -> int:
        """How many tasks may be submitted before the result of the first is asked for."""

    def submit(self, task: PageTask, on_outcome: OnOutcome = ignore) -> Pending:
        """Begin with a task.

        Args:
            task: What to do.
            on_outcome: Told of the outcome as soon as it is there, at the latest before ``result`` gives it.
        """
