"""A run: every page of every source to the executor and on to the writer, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice

from digitscan.debug.folder import PictureFolder
from digitscan.executors import Executor
from digitscan.ordering import read_in_order
from digitscan.results import ErrorRecord, PageResult
from digitscan.sources import Source
from digitscan.tally import Tally
from digitscan.writers import Writer


def run(
    sources: Iterable[Source | None],
    executor: Executor,
    writer: Writer,
    *,
    pictures: PictureFolder | None,
    on_page: Callable[[Source, PageResult], None],
    on_document: Callable[[Source, ErrorRecord | None], None],
    on_count: Callable[[int], None] = lambda pages: None,
    tally: Tally | None = None,
) -> Tally:
    """Read all sources; one that cannot be read becomes an error record and stops no other.

    A page with an error stops no other either; the first one's becomes that of a document without its own.

    Args:
        sources: What to read; results are written in this order. None says that there is nothing just now,
            and more may come.
        executor: Reads each page.
        writer: Gets each page as soon as it and all before it are read.
        pictures: Where pictures of how the pages were read go; None for none.
        on_page: Told of each page.
        on_document: Told of the end of each source, with what was wrong with it.
        on_count: Told of the pages of each source that can be opened, before the first of them.
        tally: Counts as far as the run came, whatever ends it; None for new ones.

    Returns:
        The counts.
    """
    tally = tally or Tally()
    for document in read_in_order(sources, executor, pictures):
        source, page_error = document.source, None
        pages = document.pages()
        first = list(islice(pages, 1))  # nothing of a document is written before something is known of it
        if first:
            on_count(document.count)
        writer.begin_document(source.name, source.state)
        for page in chain(first, pages):
            page_error = page_error or page.document_error
            writer.write_page(page)
            tally.add_page(page)
            on_page(source, page)
        error = document.error or page_error
        writer.end_document(error)
        tally.end_document(error)
        on_document(source, error)
    return tally
