"""A run: every page of every source to the executor and on to the writer, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from digitscan.debug.folder import PictureFolder
from digitscan.errors import ExitCode, SourceError
from digitscan.executor import Executor
from digitscan.results import ErrorRecord, PageResult
from digitscan.sources import Source, open_pages
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
    dpi: int,
    max_megapixels: float,
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
        dpi: Resolution at which pages of a PDF are drawn.
        max_megapixels: Larger pages are refused.
        pictures: Where pictures of how the pages were read go; None for none.
        on_page: Told of each page.
        on_document: Told of the end of each source, with what was wrong with it.

    Returns:
        The counts.
    """
    tally = Tally()
    waiting: deque[Callable[[], None]] = deque()

    def write_page(source: Source, result: Callable[[], PageResult], page_errors: list[ErrorRecord]) -> None:
        page = result()
        if page.document_error is not None:
            page_errors.append(page.document_error)
        writer.write_page(page)
        tally.pages += 1
        tally.fields += len(page.fields)
        tally.doubtful += sum(field.status in ("review", "invalid") for field in page.fields)
        on_page(source, page)

    def end_document(source: Source, problem: ErrorRecord | None, page_errors: list[ErrorRecord]) -> None:
        error = problem or next(iter(page_errors), None)
        tally.failed += error is not None
        writer.end_document(error)
        on_document(source, error)

    def catch_up(ahead: int) -> None:
        while len(waiting) > ahead:
            waiting.popleft()()

    for source in sources:
        waiting.append(partial(writer.begin_document, source.name))
        picture_of = pictures.add_source(source.name) if pictures else None
        problem = None
        page_errors: list[ErrorRecord] = []
        try:
            for page in open_pages(source, dpi=dpi, max_megapixels=max_megapixels):
                picture = picture_of(page.number) if picture_of else None
                result = executor.submit(page.image, page.number, picture)
                waiting.append(partial(write_page, source, result, page_errors))
                catch_up(executor.ahead)
        except SourceError as error:
            problem = ErrorRecord(code=error.code, message=error.message)
        waiting.append(partial(end_document, source, problem, page_errors))
        catch_up(executor.ahead)
    catch_up(0)
    return tally
