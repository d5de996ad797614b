"""A run: every page of every source through the reader and to the writer, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from digitscan.errors import ExitCode, SourceError
from digitscan.reader import Reader
from digitscan.results import ErrorRecord, PageResult
from digitscan.sources import Source, open_pages
from digitscan.writers import Writer


@dataclass
class Tally:
    """What a run came to: pages read, fields by what became of them, sources that could not be read to their end."""

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
    reader: Reader,
    writer: Writer,
    *,
    dpi: int,
    max_megapixels: float,
    on_page: Callable[[Source, PageResult], None],
    on_document: Callable[[Source, SourceError | None], None],
) -> Tally:
    """Read all sources; one that cannot be read becomes an error record and stops no other.

    Args:
        sources: What to read, in this order.
        reader: Reads each page.
        writer: Gets each page as soon as it is read.
        dpi: Resolution at which pages of a PDF are drawn.
        max_megapixels: Larger pages are refused.
        on_page: Told of each page.
        on_document: Told of the end of each source, with what was wrong with it.

    Returns:
        The counts.
    """
    tally = Tally()
    for source in sources:
        writer.begin_document(source.name)
        problem = None
        try:
            for page in open_pages(source, dpi=dpi, max_megapixels=max_megapixels):
                result = reader.read_page(page.image, page.number)
                writer.write_page(result)
                tally.pages += 1
                tally.fields += len(result.fields)
                tally.doubtful += sum(field.status in ("review", "invalid") for field in result.fields)
                on_page(source, result)
        except SourceError as error:
            problem = error
            tally.failed += 1
        writer.end_document(ErrorRecord(code=problem.code, message=problem.message) if problem else None)
        on_document(source, problem)
    return tally
