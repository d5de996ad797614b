"""Which inputs are still to be read, and in which order the records of all belong."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from digitscan.resuming.index import Entry, Index
from digitscan.sources import Source, state
from digitscan.tally import Skipped

Span = tuple[int, int]
"""Where a record begins and ends, in bytes."""


class Inputs(ABC):
    """The inputs of a run.

    Args:
        index: What an earlier run left.
        retry_failed: Whether what failed then is read again.

    Attributes:
        skipped: What was left out so far.
    """

    def __init__(self, index: Index, *, retry_failed: bool) -> None:
        self._index = index
        self._retry_failed = retry_failed
        self.skipped = Skipped()

    @abstractmethod
    def unread(self, sources: Iterable[Source | None]) -> Iterator[Source | None]:
        """Give the sources that are still to be read, with the states of their files."""

    @abstractmethod
    def note(self, span: Span) -> None:
        """Tell where the record of a source is; in the order in which they were given."""

    @abstractmethod
    def spans(self) -> Iterator[Span]:
        """Give where the records are, in the order in which they belong; when all are read."""

    def _is_read(self, entry: Entry, source: Source) -> bool:
        """Whether a source, with its state, is that of an entry, and is not to be read again."""
        if entry.failed and self._retry_failed:
            return False
        return entry.state == source.state and not _is_pipe(source)


class Listed(Inputs):
    """Inputs that are all known; their records belong in their order.

    Before them stay those of documents that were read once and are not named any more: scans are often put
    away when they are done.
    """

    def __init__(self, index: Index, *, retry_failed: bool) -> None:
        super().__init__(index, retry_failed=retry_failed)
        self._spans = array("q")
        self._reading: deque[int] = deque()

    def unread(self, sources: Iterable[Source | None]) -> Iterator[Source]:
        """Give the sources that are still to be read, with the states of their files.

        A source that is named several times counts as often. Of its records the last ones count: those before
        them were replaced.
        """
        named = [source for source in sources if source is not None]
        times = Counter(source.name for source in named) if len(self._index) else Counter[str]()
        for entry in map(self._index.__getitem__, self._index.others(times)):
            if not entry.failed:
                self._spans.extend((entry.start, entry.end))
        taken = bytearray(len(self._index))
        for source in map(_looked_at, named):
            numbers = self._index.numbers(source.name)[-times[source.name] :]
            number = next((number for number in numbers if not taken[number]), None)
            if number is not None:
                taken[number] = True
                entry = self._index[number]
                if self._is_read(entry, source):
                    self.skipped.count(failed=entry.failed, doubtful=entry.doubtful)
                    self._spans.extend((entry.start, entry.end))
                    continue
            self._reading.append(len(self._spans))
            self._spans.extend((0, 0))
            yield source

    def note(self, span: Span) -> None:
        """Tell where the record of a source is; in the order in which they were given."""
        place = self._reading.popleft()
        self._spans[place : place + 2] = array("q", span)

    def spans(self) -> Iterator[Span]:
        """Give where the records are: those of other inputs, then those of these in their order."""
        return zip(self._spans[::2], self._spans[1::2], strict=True)


class Arriving(Inputs):
    """Inputs that go on arriving; of each file the last record counts, also when it is there no more."""

    def __init__(self, index: Index, *, retry_failed: bool) -> None:
        super().__init__(index, retry_failed=retry_failed)
        self._reading: deque[Source] = deque()

    def unread(self, sources: Iterable[Source | None]) -> Iterator[Source | None]:
        """Give the sources that were not read in the state of their file, with that state."""
        for arrived in sources:
            if arrived is None:
                yield None
                continue
            source = _looked_at(arrived)
            numbers = self._index.numbers(source.name)
            if numbers and self._is_read(entry := self._index[numbers[-1]], source):
                self.skipped.count(failed=entry.failed, doubtful=entry.doubtful)
                continue
            self._reading.append(source)
            yield source

    def note(self, span: Span) -> None:
        """Tell where the record of a source is; in the order in which they were given."""
        source = self._reading.popleft()
        self._index.add(source.name, Entry(source.state, *span, failed=False, doubtful=False))

    def spans(self) -> Iterator[Span]:
        """Give where the last record of each source is, in the order in which they were read."""
        for number in self._index.last_numbers():
            entry = self._index[number]
            yield entry.start, entry.end


def _looked_at(source: Source) -> Source:
    """Add the state of the source's file, which a URL may have too."""
    return source if source.problem is not None else replace(source, state=state(source))


def _is_pipe(source: Source) -> bool:
    """Whether what comes may be something else each time: there is something, and it has no state."""
    return source.state is None and (
        source.path is None or (source.problem is None and os.path.exists(source.path))  # noqa: PTH110 - Path.exists can raise
    )
