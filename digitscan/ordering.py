"""Documents in the order in which they were named, while their pages are read in whatever order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

from digitscan.debug.folder import PictureFolder
from digitscan.executors import Executor, OnOutcome, PageOutcome, PageTask, Pending, ignore
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
    queue = _Queue(sources, executor, pictures)
    while queue.more or queue.documents:
        queue.fill()
        if queue.documents:
            yield queue.documents[0]
            queue.documents.popleft()


class OrderedDocument:
    """A document whose pages are being read.

    Attributes:
        source: What is read.
        number: Its place among the documents.
        error: Why it was not read to its end; known when all pages were taken.
    """

    def __init__(
        self, source: Source, number: int, picture_of: Callable[[int], Path] | None, queue: _Queue
    ) -> None:
        self.source = source
        self.number = number
        self.error: ErrorRecord | None = None
        self._picture_of = picture_of
        self._queue = queue
        self._underway: deque[Pending] = deque()
        self._submitted = 0
        self._count: int | None = None
        if source.problem is None:
            self.submit(self._hear)
        else:
            self.error = ErrorRecord(code=source.problem.code, message=source.problem.message)
            self._count = 0

    def pages(self) -> Iterator[PageResult]:
        """Give the pages in order, each when it was read.

        Yields:
            Pages. One of several that could not be read has its error, no fields, and no size.
        """
        number = 0
        while number < max(self._submitted, self.count):
            number += 1
            self._queue.fill()
            outcome = self._underway.popleft().result()
            self._queue.underway -= 1
            if self._count is None:
                # Reading the first page failed, which may be due to that page: its document is counted alone.
                self._learn(self._queue.executor.submit(PageTask(self.source, 0)).result())
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
        """Whether pages that are known to be there were not submitted yet."""
        return self._submitted < self.count

    def submit(self, on_outcome: OnOutcome = ignore) -> None:
        """Submit the next page."""
        self._submitted += 1
        self._queue.underway += 1
        picture = self._picture_of(self._submitted) if self._picture_of else None
        task = PageTask(self.source, self._submitted, picture)
        self._underway.append(self._queue.executor.submit(task, on_outcome))

    def _hear(self, outcome: PageOutcome) -> None:
        if not outcome.is_lost:
            self._learn(outcome)

    def _learn(self, outcome: PageOutcome) -> None:
        self._count = outcome.count
        self.error = outcome.problem
        if self.has_more:
            self._queue.add(self)


class _Queue:
    """The documents that were taken, and how many of their pages are underway.

    Each page costs the same however many are underway: on a large cluster these are thousands.

    Attributes:
        executor: Reads the pages.
        documents: In their order; the pages of the first are being given.
        underway: Pages that were submitted and not given.
        more: Whether there may be other sources.
    """

    def __init__(
        self, sources: Iterable[Source | None], executor: Executor, pictures: PictureFolder | None
    ) -> None:
        self.executor = executor
        self.documents: deque[OrderedDocument] = deque()
        self.underway = 0
        self.more = True
        self._sources = iter(sources)
        self._numbers = count()
        self._pictures = pictures
        self._long: list[tuple[int, OrderedDocument]] = []

    def add(self, document: OrderedDocument) -> None:
        """Have the further pages of a document submitted before the documents behind it."""
        heappush(self._long, (document.number, document))

    def fill(self) -> None:
        """Submit pages as long as the executor has room for them."""
        while self.underway < self.executor.ahead and len(self.documents) <= self.executor.ahead:
            if self._long:
                _, document = heappop(self._long)
                document.submit()
                if document.has_more:
                    self.add(document)
                continue
            try:
                source = next(self._sources)
            except StopIteration:
                self.more = False
                return
            if source is None:
                return
            picture_of = self._pictures.add_source(source.name) if self._pictures else None
            self.documents.append(OrderedDocument(source, next(self._numbers), picture_of, self))
