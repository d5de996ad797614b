"""Where the results of ``digitscan read`` go: a stream, a file that appears at the end, or one that grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from digitscan.errors import UsageError
from digitscan.executors import ReadingPlan
from digitscan.options import OutputFormat
from digitscan.resuming.going import Going
from digitscan.sources import Source
from digitscan.tally import Tally
from digitscan.writers import Writer, choose_format, open_writer
from digitscan.writers.destination import is_replaceable

Sources = Iterable[Source | None]

_GROWING = (OutputFormat.JSONL, OutputFormat.CSV)


def choose_output_format(
    asked: OutputFormat | None, output: Path | None, *, watch: bool, terminal: bool
) -> OutputFormat:
    """Choose the format; results of files that go on arriving are never complete, and need one that grows.

    Raises:
        UsageError: Only the suffix could tell, and it does not; or it is not one that grows.
    """
    if watch and asked is None and output is None:
        return OutputFormat.JSONL
    chosen = choose_format(asked, output, terminal=terminal)
    if watch and chosen not in _GROWING:
        raise UsageError(f"--watch writes jsonl or csv, not {chosen}: use --format jsonl")
    return chosen


def grows(output: Path | None, chosen: OutputFormat) -> bool:
    """Whether the output is a file that is written in place, document by document."""
    return output is not None and chosen in _GROWING and is_replaceable(output)


def check_going(going: Going, output: Path | None, chosen: OutputFormat) -> None:
    """Check that the output can be gone on with as asked.

    Raises:
        UsageError: It cannot.
    """
    if going.retry_failed and not going.resume:
        raise UsageError("--retry-failed is for --resume")
    if going.resume and not going.arriving and not grows(output, chosen):
        raise UsageError("--resume needs a file that grows while it is written: -o FILE.jsonl or FILE.csv")


@contextmanager
def open_output(
    chosen: OutputFormat,
    output: Path | None,
    plan: ReadingPlan,
    going: Going,
    tally: Tally,
    *,
    wide: Sequence[str] | None,
) -> Iterator[tuple[Writer, Callable[[Sources], Sources]]]:
    """Open the output of a run.

    Args:
        chosen: The format.
        output: The file; None for standard output.
        plan: How pages are read.
        going: How what is there is gone on with.
        tally: Counts what is skipped.
        wide: The columns of fields, for CSV with a row a page.

    Yields:
        The writer, and what gives those of the sources that are still to be read.

    Raises:
        UsageError: What is there cannot be resumed by this run.
        OutputError: The output cannot be written; also from the methods of the writer.
    """
    plain = plan.keep_separators
    if output is None or not grows(output, chosen):
        with open_writer(chosen, output, plain=plain, wide=wide) as writer:
            yield writer, lambda sources: sources
        return
    from digitscan.resuming.output import open_growing
    from digitscan.resuming.runrecord import run_record

    with open_growing(chosen, output, run_record(plan), going, plain=plain, wide=wide) as (writer, inputs):
        tally.skipped = inputs.skipped
        yield writer, inputs.unread
