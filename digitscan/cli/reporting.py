"""What a run tells on stderr, and what it came to."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from digitscan.cli.messages import say
from digitscan.errors import OutputError
from digitscan.results import DOUBTFUL, ErrorRecord, PageResult
from digitscan.sources import Source
from digitscan.tally import RunSummary, Tally
from digitscan.writers.destination import open_destination

if TYPE_CHECKING:
    from digitscan.cli.progress import ReadingProgress


class ReadingReport:
    """Tells how a run goes.

    Args:
        tally: What the run counts in.
        quiet: Whether nothing is told.
        verbose: Whether each page is.
    """

    def __init__(self, tally: Tally, *, quiet: bool, verbose: bool) -> None:
        self._tally = tally
        self._quiet = quiet
        self._verbose = verbose and not quiet
        self._progress: ReadingProgress | None = None

    @contextmanager
    def progress(self, sources: Sequence[Source] | None, *, bar: bool) -> Iterator[None]:
        """Show how far it is, within the block.

        Args:
            sources: What is read; None for what goes on arriving.
            bar: Whether there may be a bar; without one, a verbose run says it from time to time.
        """
        documents = None if sources is None else len(sources)
        if not (bar and documents != 1) and not self._verbose:
            yield
            return
        from digitscan.cli.progress import ReadingProgress  # rich is slow to load

        with ReadingProgress(self._tally, documents, bar=bar) as self._progress:
            yield

    def on_count(self, pages: int) -> None:
        """A document was opened."""
        if self._progress:
            self._progress.count(pages)

    def on_page(self, source: Source, page: PageResult) -> None:
        """A page was read."""
        if self._verbose:
            doubtful = sum(field.status in DOUBTFUL for field in page.fields)
            say(f"{source.name}: page {page.page}: {len(page.fields)} fields, {doubtful} doubtful")
        if self._progress:
            self._progress.move()

    def on_document(self, source: Source, error: ErrorRecord | None) -> None:
        """A document was read to its end, or not."""
        if error and not self._quiet:
            say(f"digitscan: {source.name}: {error.message}")
        if self._progress:
            self._progress.move()

    @contextmanager
    def summed_up(self, path: Path | None, *, shown: bool) -> Iterator[None]:
        """Sum the run up when the block ends, or is interrupted.

        Args:
            path: A file for the summary; None for none.
            shown: Whether it is told too, where it is about more than a page.

        Raises:
            OutputError: The file cannot be written; where its folder is missing, at once.
        """
        if path is not None and not path.absolute().parent.is_dir():
            raise OutputError(f"cannot write {path}: the folder {path.parent} does not exist")
        began = time.monotonic()
        try:
            yield
        except KeyboardInterrupt:
            self._sum_up(path, shown, time.monotonic() - began)
            raise
        self._sum_up(path, shown, time.monotonic() - began)

    def _sum_up(self, path: Path | None, shown: bool, seconds: float) -> None:
        summary = self._tally.summary(seconds)
        if shown and not self._quiet and (summary.pages > 1 or summary.documents + summary.skipped > 1):
            for line in summary_lines(summary, self._tally.skipped.failed):
                say(line)
        if path is not None:
            with open_destination(path) as destination:
                destination.write(summary.model_dump_json(indent=1) + "\n")


def summary_lines(summary: RunSummary, skipped_failed: int) -> Iterator[str]:
    """Word a summary.

    Args:
        summary: What is told.
        skipped_failed: Documents among the skipped ones that have an error.

    Examples:
        >>> from digitscan.tally import FieldCounts
        >>> fields = FieldCounts(ok=4, review=1, empty=0, invalid=0)
        >>> counts = dict(documents=1, pages=2, skipped=0, seconds=0.5, pages_per_second=4)
        >>> summary = RunSummary(fields=fields, errors={"truncated": 1}, **counts)
        >>> for line in summary_lines(summary, 0):
        ...     print(line)
        2 pages of 1 document in 0.5 s, 4.0 pages/s
        fields: 4 ok, 1 review, 0 empty, 0 invalid
        errors: 1 truncated
    """
    if summary.skipped:
        failed = f", {skipped_failed:,} of them with an error (--retry-failed)" if skipped_failed else ""
        yield f"skipped: {summary.skipped:,} that had been read{failed}"
        if not summary.documents:
            return
    documents = f"{summary.documents:,} document{'s' * (summary.documents != 1)}"
    pages = f"{summary.pages:,} page{'s' * (summary.pages != 1)}"
    yield f"{pages} of {documents} in {summary.seconds:,.1f} s, {summary.pages_per_second:,.1f} pages/s"
    yield "fields: " + ", ".join(f"{count:,} {status}" for status, count in summary.fields)
    if summary.errors:
        yield "errors: " + ", ".join(f"{count:,} {code}" for code, count in summary.errors.items())


def tell_how_to_go_on(arguments: Sequence[str], output: Path) -> None:
    """Say after Ctrl-C with which command the rest is read."""
    command = shlex.join(["digitscan", *arguments])
    if "--resume" not in arguments and "--watch" not in arguments:
        command += " --resume"
    say(f"digitscan: {output} holds what was read; go on with: {command}")
