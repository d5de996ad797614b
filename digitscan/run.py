"""A run: every page of every source to the executor and on to the writer, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, islice

from digitscan.debug.folder import PictureFolder
from digitscan.errors import ExitCode
from digitscan.executors import Executor
from digitscan.ordering import read_in_order
from digitscan.results import ErrorRecord, PageResult
from digitscan.sources import Source
from digitscan.writers import Writer


@dataclass
class Tally:
    """What a run came to: pages and fields read, doubtful fields, sources with an error."""

    pages: int = 0
    fields: int = 0
    doubtful: int = 0
    failed: int = 0

    def exit_code(self, *, fail_on_review: bool) -> ExitCode:
        """Sum the run up for the shell; unreadable sources weigh more than doubtful fields."""
        if self.failed:
            return ExitCode.UNREADABLE
        if fail_on_review and self.doubtful:
            return ExitCode.REVIEW
        return ExitCode.OK


def run(
    sources: Iterable[Source],
    executor: Executor,
    writer: Writer,
    *,
    pictures: PictureFolder | None,
    on_page: Callable[[Source, PageResult], None],
    on_document: Callable[[Source, ErrorRecord | None], None],
) -> Tally:
    """Read all sources; one that cannot be read becomes an error record and stops no other.

    A page with an error stops no other either; the first one's becomes that of a document without its own.

    Args:
        sources: What to read; results are written in this order.
        executor: Reads each page.
        writer: Gets each page as soon as it and all before it are read.
        pictures: Where pictures of how the pages were read go; None for none.
        on_page: Told of each page.
        on_document: Told of the end of each source, with what was wrong with it.

    Returns:
        The counts.
    """
    tally = Tally()
    for document in read_in_order(sources, executor, pictures):
        source, page_error = document.source, None
        pages = document.pages()
        first = list(islice(pages, 1))  # nothing of a document is written before something is known of it
        writer.begin_document(source.name)
        for page in chain(first, pages):
            page_error = page_error or page.document_error
            writer.write_page(page)
            tally.pages += 1
            tally.fields += len(page.fields)
            tally.doubtful += sum(field.status in ("review", "invalid") for field in page.fields)
            on_page(source, page)
        error = document.error or page_error
        tally.failed += error is not None
        writer.end_document(error)
        on_document(source, error)
    return tally
