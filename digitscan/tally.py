"""What a run came to: counted while it goes on, and summed up."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import Field

from digitscan.errors import ExitCode
from digitscan.results import DOUBTFUL, ErrorRecord, PageResult, Record

Count = Annotated[int, Field(ge=0)]


class FieldCounts(Record):
    """Fields by their status."""

    ok: Count
    review: Count
    empty: Count
    invalid: Count


class RunSummary(Record):
    """What a run came to.

    ``documents`` and ``pages`` are those that it read, and ``fields`` the fields on them by status.
    ``errors`` are the pages that have one and the documents that have another, by code. ``skipped`` documents
    had been read by an earlier run.
    """

    documents: Count
    pages: Count
    fields: FieldCounts
    errors: dict[str, Count]
    skipped: Count
    seconds: Annotated[float, Field(ge=0)]
    pages_per_second: Annotated[float, Field(ge=0)]


class Skipped:
    """What was left out because an earlier run has read it.

    Attributes:
        documents: How many documents.
        failed: How many of them have an error.
        doubtful: How many of them have a field that a person should look at.
    """

    def __init__(self) -> None:
        self.documents = self.failed = self.doubtful = 0

    def count(self, *, failed: bool, doubtful: bool) -> None:
        """Count a document."""
        self.documents += 1
        self.failed += failed
        self.doubtful += doubtful


class Tally:
    """The counts of a run, so far.

    Attributes:
        documents: Documents that were read, or could not be.
        pages: Their pages.
        failed: Documents with an error.
        blank: Documents of which no page could be read.
        skipped: What an earlier run has read.
    """

    def __init__(self) -> None:
        self.documents = self.pages = self.failed = self.blank = 0
        self._pages_before = 0
        self.skipped = Skipped()
        self._statuses: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._page_errors: list[ErrorRecord] = []

    @property
    def fields(self) -> int:
        """Fields that were found."""
        return self._statuses.total()

    @property
    def doubtful(self) -> int:
        """Fields that a person should look at."""
        return sum(self._statuses[status] for status in DOUBTFUL)

    def add_page(self, page: PageResult) -> None:
        """Count a page of the current document."""
        self.pages += 1
        self._statuses.update(field.status for field in page.fields)
        if page.document_error is not None:
            self._page_errors.append(page.document_error)

    def end_document(self, error: ErrorRecord | None) -> None:
        """Count the document, with what is wrong with it."""
        self.documents += 1
        self.failed += error is not None
        self.blank += self.pages == self._pages_before
        self._pages_before = self.pages
        self._errors.update(page_error.code for page_error in self._page_errors)
        if error is not None and error not in self._page_errors:
            self._errors[error.code] += 1
        self._page_errors.clear()

    def exit_code(self, *, fail_on_review: bool) -> ExitCode:
        """Sum all results up for the shell; unreadable sources weigh more than doubtful fields."""
        if self.failed + self.skipped.failed:
            return ExitCode.UNREADABLE
        if fail_on_review and self.doubtful + self.skipped.doubtful:
            return ExitCode.REVIEW
        return ExitCode.OK

    def summary(self, seconds: float) -> RunSummary:
        """Sum up for people and scripts.

        Args:
            seconds: How long the run took.
        """
        statuses = {status: self._statuses[status] for status in FieldCounts.model_fields}
        return RunSummary(
            documents=self.documents,
            pages=self.pages,
            fields=FieldCounts(**statuses),
            errors=dict(sorted(self._errors.items())),
            skipped=self.skipped.documents,
            seconds=round(seconds, 3),
            pages_per_second=round(self.pages / seconds, 3) if seconds else 0.0,
        )
