"""Documents in the order in which they were named, while their pages are read in whatever order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from digitscan.debug.folder import PictureFolder
from digitscan.executors import Executor, PageOutcome, PageTask, Pending
from digitscan.results import ErrorRecord, PageResult
from digitscan.sources import Source


def read_in_order(
    sources: Iterable[Source | None], executor: Executor, pictures: PictureFolder | None = None
) -> Iterator[OrderedDocument]:
    """Read documents, some pages ahead of those that are asked for.

    How many pages a document has is known when its first one was read. From then on its other pages go before
    the documents behind it, so that a single long one has all workers.

    Args:
        sources: The documents; each is taken when there is room for one of its pages. None says that there is
            none just now; what was read is given then, and more is asked for.
        executor: Reads the pages.
        pictures: Where pictures of how the pages were read go; None for none.

    Yields:
        The documents in their order. The pages of one are to be taken before the next one is.
    """
    waiting = iter(sources)
    documents: deque[OrderedDocument] = deque()
    more = True

    def fill() -> None:
        nonlocal more
        while len(documents) <= executor.ahead and sum(map(len, documents)) < executor.ahead:
            document = next((one for one in documents if one.has_more), None)
            if document is not None:
                document.submit()
                continue
            try:
                source = next(waiting)
            except StopIteration:
                more = False
                return
            if source is None:
                return
            picture_of = pictures.add_source(source.name) if pictures else None
            documents.append(OrderedDocument(source, executor, picture_of, fill))

    while more or documents:
        fill()
        if documents:
            yield documents[0]
            documents.popleft()


class OrderedDocument:
    """A document whose pages are being read; its length is the number of pages that are underway.

    Attributes:
        source: What is read.
        error: Why it was not read to its end; known when all pages were taken.
    """

    def __init__(
        self,
        source: Source,
        executor: Executor,
        picture_of: Callable[[int], Path] | None,
        fill: Callable[[], None],
    ) -> None:
        self.source = source
        self.error: ErrorRecord | None = None
        self._executor = executor
        self._picture_of = picture_of
        self._fill = fill
        self._underway: deque[Pending] = deque()
        self._submitted = 0
        self._count: int | None = None
        if source.problem is not None:
            self.error = ErrorRecord(code=source.problem.code, message=source.problem.message)
            self._count = 0

    def __len__(self) -> int:
        return len(self._underway)

    def pages(self) -> Iterator[PageResult]:
        """Give the pages in order, each when it was read.

        Yields:
            Pages. One of several that could not be read has its error, no fields, and no size.
        """
        number = 0
        while self._count is None or number < self._count:
            number += 1
            self._fill()
            outcome = self._underway.popleft().result()
            self._learn(outcome if number > 1 or not outcome.is_lost else self._count_pages())
            if outcome.page is not None:
                yield outcome.page
            elif self._count == 1 or not self._count:
                self.error = outcome.error
            elif outcome.error is not None:
                yield PageResult(page=number, width=0, height=0, error=outcome.error)

    @property
    def count(self) -> int:
        """Pages that there are, as far as that is known."""
        return self._count or 0

    @property
    def has_more(self) -> bool:
        """Whether a page can be submitted: the first one, or another that is known to be there."""
        count = self._count
        if count is None and self._underway and self._underway[0].done():
            count = self._underway[0].result().count
        return self._submitted < (1 if count is None else count)

    def submit(self) -> None:
        """Submit the next page."""
        self._submitted += 1
        picture = self._picture_of(self._submitted) if self._picture_of else None
        self._underway.append(self._executor.submit(PageTask(self.source, self._submitted, picture)))

    def _learn(self, outcome: PageOutcome) -> None:
        if self._count is None:
            self._count = outcome.count
            self.error = outcome.problem

    def _count_pages(self) -> PageOutcome:
        """Count the pages alone: reading the first one failed, which may be due to that page."""
        return self._executor.submit(PageTask(self.source, 0)).result()
