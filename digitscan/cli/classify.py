"""``digitscan classify``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscan.cli.arguments import (
    DATA_HELP,
    FORMAT,
    ModelOption,
    OutputOption,
    TableFormat,
    choose_table_format,
    require_matplotlib,
)
from digitscan.cli.messages import say
from digitscan.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from digitscan.classify import Classified, DigitResult
    from digitscan.classify.classifying import Sight


def classify(
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            help="Pictures of one digit each: images, PDF or multi-page TIFF files (each page is one),"
            " folders, globs, @LIST (a path a line), - for stdin.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="DATA", help=f"{DATA_HELP} In place of pictures.", show_default=False),
    ] = None,
    index: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Which digit of DATA, from 0; where it is split, of its test part. Give it several times for"
            " several digits.",
            show_default=False,
        ),
    ] = None,
    model: ModelOption = None,
    format: Annotated[TableFormat | None, FORMAT] = None,
    output: OutputOption = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Draw the pictures, their crops and their probabilities."),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No messages.")] = False,
) -> None:
    """Tell what digit each picture shows, with the probabilities of all ten.

    A picture may be of any size, on light or dark paper, with the frame of its cell and parts of neighbours.

    Exit codes: 0 all classified, 2 wrong usage, 3 some pictures could not be read or hold no ink, 4 the model
    is unusable.
    """
    chosen = choose_table_format(format, output)
    if plot is not None:
        require_matplotlib("--plot")
    from digitscan.classifier import Classifier, model_directory
    from digitscan.classify import classify as classify_sights
    from digitscan.classify.jsontext import write_json
    from digitscan.writers.destination import open_destination

    sights = _see(images or [], data, index or [])
    classifier = Classifier(model_directory(model))
    failed = 0
    drawn: list[Classified] = []

    def told(classified: Iterable[Classified]) -> Iterator[DigitResult]:
        nonlocal failed
        for one in classified:
            result = one.result
            if result.error is not None:
                failed += 1
                if not quiet:
                    where = f": page {result.page}" if result.page and result.page > 1 else ""
                    say(f"digitscan: {result.source}{where}: {result.error.message}")
            if plot is not None:
                drawn.append(one)
            yield result

    with open_destination(output) as destination:
        results = told(classify_sights(sights, classifier))
        if chosen is TableFormat.JSON:
            write_json(results, destination)
        else:
            # Imported here because rich is slow to load.
            from digitscan.classify.table import write_table

            write_table(results, destination)
    if plot is not None:
        from digitscan.classify.plot import draw_plot

        draw_plot(plot, drawn)
    if failed:
        raise typer.Exit(int(ExitCode.UNREADABLE))


def _see(images: list[str], data: str | None, index: list[int]) -> Iterator[Sight | DigitResult]:
    """Find the digits that the user names, in pictures or in labelled digits."""
    if images and (data is not None or index):
        raise UsageError("give pictures, or --data with --index, not both")
    if images:
        from digitscan.classify import see_sources
        from digitscan.sources import find_sources

        return see_sources(find_sources(images))
    if data is None:
        raise UsageError("--index needs --data" if index else "name a picture, or --data with --index")
    if not index:
        raise UsageError("--data needs --index: which of its digits to classify")
    from digitscan.classify import see_items
    from digitscan.data import load_test

    digits = load_test([data])
    count = len(digits.labels)
    for number in index:
        if number >= count:
            raise UsageError(f"--index {number}: {data} has {count:,} test digits, counted from 0")
    return iter(see_items(data, digits, index))
