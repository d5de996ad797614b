"""``digitscan classify``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscan.cli.arguments import FORMAT, ModelOption, OutputOption
from digitscan.cli.messages import say
from digitscan.errors import ExitCode, UsageError
from digitscan.options import OutputFormat

if TYPE_CHECKING:
    from digitscan.classify import DigitResult


class ClassifyFormat(StrEnum):
    """The formats that digits are listed in."""

    TABLE = "table"
    JSON = "json"


def classify(
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE",
            help="Pictures of one digit each: images, PDF or multi-page TIFF files (each page is one),"
            " folders, globs, @LIST (a path a line), - for stdin.",
            show_default=False,
        ),
    ],
    model: ModelOption = None,
    format: Annotated[ClassifyFormat | None, FORMAT] = None,
    output: OutputOption = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No messages.")] = False,
) -> None:
    """Tell what digit each picture shows, with the probabilities of all ten.

    A picture may be of any size, on light or dark paper, with the frame of its cell and parts of neighbours.

    Exit codes: 0 all classified, 2 wrong usage, 3 some pictures could not be read or hold no ink, 4 the model
    is unusable.
    """
    from digitscan.classifier import Classifier, model_directory
    from digitscan.classify import classify_sources
    from digitscan.classify.jsontext import write_json
    from digitscan.sources import find_sources
    from digitscan.writers.destination import open_destination

    chosen = _choose_format(format, output)
    classifier = Classifier(model_directory(model))
    failed = 0

    def told(results: Iterable[DigitResult]) -> Iterator[DigitResult]:
        nonlocal failed
        for result in results:
            if result.error is not None:
                failed += 1
                if not quiet:
                    where = f": page {result.page}" if result.page and result.page > 1 else ""
                    say(f"digitscan: {result.source}{where}: {result.error.message}")
            yield result

    with open_destination(output) as destination:
        results = told(classify_sources(find_sources(images), classifier))
        if chosen is ClassifyFormat.JSON:
            write_json(results, destination)
        else:
            # Imported here because rich is slow to load.
            from digitscan.classify.table import write_table

            write_table(results, destination)
    if failed:
        raise typer.Exit(int(ExitCode.UNREADABLE))


def _choose_format(asked: ClassifyFormat | None, output: Path | None) -> ClassifyFormat:
    """Pick the format as ``read`` does, of the two that there are."""
    from digitscan.writers import choose_format

    terminal = sys.stdout is not None and sys.stdout.isatty()
    wished = choose_format(OutputFormat(asked.value) if asked else None, output, terminal=terminal)
    if wished not in (OutputFormat.TABLE, OutputFormat.JSON):
        raise UsageError(f"no format for {output}: classify writes .json and .txt; or name a --format")
    return ClassifyFormat(wished.value)
