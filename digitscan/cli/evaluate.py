"""``digitscan evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscan.cli.arguments import (
    DATA_HELP,
    FORMAT,
    ModelArgument,
    OutputOption,
    TableFormat,
    choose_table_format,
    require_matplotlib,
)
from digitscan.errors import OutputError

if TYPE_CHECKING:
    from digitscan.evaluation import Predictions
    from digitscan.evaluation.records import Evaluation


def evaluate(
    model: ModelArgument = None,
    data: Annotated[
        list[str],
        typer.Option(
            metavar="DATA",
            help=f"{DATA_HELP} Where they are split, the test part. Give it several times to measure on all.",
        ),
    ] = ["mnist"],  # noqa: B006 (typer takes a list as the default of a list)
    first: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show the first N digits one by one too.")
    ] = 0,
    figures: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Draw confusion, reliability, coverage and the worst mistakes as PNG."
        ),
    ] = None,
    format: Annotated[TableFormat | None, FORMAT] = None,
    output: OutputOption = None,
) -> None:
    """Measure how good a classifier is on labelled digits."""
    chosen = choose_table_format(format, output)
    if figures is not None:
        _prepare(figures)
    from digitscan.classifier import Classifier, model_directory
    from digitscan.data import load_test
    from digitscan.evaluation import evaluate as measure
    from digitscan.evaluation import predict
    from digitscan.writers.base import encodable

    classifier = Classifier(model_directory(model))
    predictions = predict(classifier, load_test(data))
    names = [encodable(name) for name in (classifier.card.name, *data)]
    evaluation = measure(predictions, model=names[0], data=names[1:], first=first)
    _write(evaluation, chosen, output)
    if figures is not None:
        _draw(figures, evaluation, predictions)


def _prepare(figures: Path) -> None:
    """Find out before the work, not after, that there can be no pictures."""
    require_matplotlib("--figures")
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {figures}: {(error.strerror or str(error)).lower()}") from error


def _write(evaluation: Evaluation, chosen: TableFormat, output: Path | None) -> None:
    from digitscan.writers.destination import open_destination

    with open_destination(output) as destination:
        if chosen is TableFormat.JSON:
            destination.write(evaluation.model_dump_json(by_alias=True, indent=2) + "\n")
        else:
            from digitscan.evaluation.table import table_text

            destination.write(table_text(evaluation, terminal=destination.is_terminal))


def _draw(folder: Path, evaluation: Evaluation, predictions: Predictions) -> None:
    from digitscan.evaluation.figures import write_figures

    write_figures(folder, evaluation, predictions)
