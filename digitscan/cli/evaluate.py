"""``digitscan evaluate``."""

from __future__ import annotations

import importlib.util
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscan.cli.arguments import FORMAT, OutputOption
from digitscan.errors import OutputError, UsageError
from digitscan.options import OutputFormat

if TYPE_CHECKING:
    from digitscan.evaluation import Predictions
    from digitscan.evaluation.records import Evaluation


class EvaluationFormat(StrEnum):
    """The formats of an evaluation."""

    TABLE = "table"
    JSON = "json"


def evaluate(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL", help="Model directory, or a .keras file.", show_default="the bundled model"
        ),
    ] = None,
    data: Annotated[
        list[str],
        typer.Option(
            metavar="DATA",
            help="Labelled digits: mnist (downloaded once), a .npz file in Keras' layout of MNIST, a folder"
            " of IDX files, a folder with a folder of images for each digit, or a UNIPEN file of pen strokes."
            " Where they are split, the test part. Give it several times to measure on all.",
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
    format: Annotated[EvaluationFormat | None, FORMAT] = None,
    output: OutputOption = None,
) -> None:
    """Measure how good a classifier is on labelled digits."""
    chosen = _choose_format(format, output)
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


def _choose_format(asked: EvaluationFormat | None, output: Path | None) -> EvaluationFormat:
    from digitscan.writers import choose_format

    terminal = sys.stdout is not None and sys.stdout.isatty()
    chosen = choose_format(OutputFormat(asked) if asked else None, output, terminal=terminal)
    try:
        return EvaluationFormat(chosen)
    except ValueError:
        raise UsageError(f"an evaluation is a table or json, not {chosen}; name a --format") from None


def _prepare(figures: Path) -> None:
    """Find out before the work, not after, that there can be no pictures."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError("--figures needs matplotlib; install it with: pip install 'digitscan[train]'")
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {figures}: {(error.strerror or str(error)).lower()}") from error


def _write(evaluation: Evaluation, chosen: EvaluationFormat, output: Path | None) -> None:
    from digitscan.writers.destination import open_destination

    with open_destination(output) as destination:
        if chosen is EvaluationFormat.JSON:
            destination.write(evaluation.model_dump_json(by_alias=True, indent=2) + "\n")
        else:
            from digitscan.evaluation.table import table_text

            destination.write(table_text(evaluation, terminal=destination.is_terminal))


def _draw(folder: Path, evaluation: Evaluation, predictions: Predictions) -> None:
    from digitscan.evaluation.figures import write_figures

    write_figures(folder, evaluation, predictions)
