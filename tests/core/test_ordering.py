"""Documents come in their order, whole, in whatever order their pages are read."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from digitscan.executors import OnOutcome, PageOutcome, PageTask, ignore
from digitscan.executors.tickets import Ticket
from digitscan.ordering import read_in_order
from digitscan.results import ErrorRecord, PageResult
from digitscan.sources import Source

LOST = ErrorRecord(code="crashed", message="gone")
UNREADABLE = ErrorRecord(code="unreadable", message="no picture")


class AnyOrder:
    """Reads one of the pages that were submitted, as chance has it, whenever somebody waits.

    Args:
        counts: Pages of each document, by name; none at all where it cannot be opened.
        lost: Document and number of the pages whose readers end.
        ahead: How many pages may be underway.
        seed: Of the chance.
    """

    def __init__(self, counts: dict[str, int], lost: set[tuple[str, int]], ahead: int, seed: int) -> None:
        self.ahead = ahead
        self.submitted: list[tuple[str, int]] = []
        self.known: set[str] = set()
        self.passed_over: list[str] = []
        self._counts = counts
        self._lost = lost
        self._pending: list[Ticket] = []
        self._random = Random(seed)

    def submit(self, task: PageTask, on_outcome: OnOutcome = ignore) -> Ticket:
        ticket = Ticket(self._pump, task, on_outcome)
        name, number = task.source.name, task.number
        if number:
            before = [one for one in self.known if number == 1 or int(one) < int(name)]
            self.passed_over += [one for one in before if (one, self._counts[one]) not in self.submitted]
            self.submitted.append((name, number))
        self._pending.append(ticket)
        return ticket

    def _pump(self) -> None:
        ticket = self._pending.pop(self._random.randrange(len(self._pending)))
        name, number = ticket.task.source.name, ticket.task.number
        count = self._counts[name]
        if (name, number) in self._lost:
            ticket.settle(PageOutcome(0, error=LOST))
            return
        if count == 0:
            ticket.settle(PageOutcome(0, error=UNREADABLE))
            return
        self.known.add(name)
        page = PageResult(page=number, width=number, height=1) if number else None
        ticket.settle(PageOutcome(count, page))


@given(
    counts=st.lists(st.integers(0, 9), max_size=12),
    losses=st.sets(st.tuples(st.integers(0, 11), st.integers(1, 9)), max_size=6),
    ahead=st.integers(1, 20),
    seed=st.integers(0, 999),
)
def test_documents_come_whole_and_in_order(
    counts: list[int], losses: set[tuple[int, int]], ahead: int, seed: int
) -> None:
    sources = [Source(str(number), None) for number in range(len(counts))]
    lost = {(str(document), page) for document, page in losses}
    executor = AnyOrder(dict(zip(map(str, range(12)), counts, strict=False)), lost, ahead, seed)
    taken = 0
    documents = read_in_order(iter(sources), executor)
    for number, (document, count) in enumerate(zip(documents, counts, strict=True)):
        assert document.source is sources[number]
        pages = []
        for page in document.pages():
            pages.append((page.page, page.width, page.error))
            taken += 1
            assert len(executor.submitted) - taken <= ahead
        missing = {page for name, page in lost if name == str(number)}
        assert pages == [
            (page, 0, LOST) if page in missing else (page, page, None)
            for page in range(1, count + 1)
            if count > 1 or page not in missing
        ]
        taken += len(pages) != max(count, 1)
        expected = LOST if 1 in missing and count < 2 else UNREADABLE if count == 0 else None
        assert document.error == expected
    assert len(set(executor.submitted)) == len(executor.submitted) == taken
    assert executor.passed_over == []  # what is known of a long one goes before the documents behind it
