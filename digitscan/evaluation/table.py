"""An evaluation as tables for people."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitscan.evaluation.records import (
    Calibration,
    ClassScores,
    CoverageSummary,
    DigitRecord,
    Evaluation,
)

_WIDTH = 100


def table_text(evaluation: Evaluation, *, terminal: bool) -> str:
    """Lay out all figures.

    Args:
        evaluation: What was measured.
        terminal: Whether to colour it.
    """
    page = io.StringIO()
    console = Console(file=page, force_terminal=terminal, highlight=False, width=_WIDTH)
    if evaluation.first:
        console.print(_first(evaluation.first))
        right = sum(digit.right for digit in evaluation.first)
        console.print(f"{right} of the first {len(evaluation.first)} right\n")
    console.print(_figures(evaluation))
    for title, table in (
        ("Classes", _classes(evaluation.classes)),
        ("Confusion: rows are what digits are, columns what they were taken for", _confusion(evaluation)),
        ("Reliability: the share right beside the confidence", _reliability(evaluation.calibration)),
        ("Coverage: what is kept at a confidence and above", _coverage(evaluation.coverage)),
    ):
        console.print(f"\n[bold]{title}[/bold]")
        console.print(table)
    console.print(_reached(evaluation.coverage))
    # Cells are padded to the width of their column, the last ones too.
    return "".join(line.rstrip() + "\n" for line in page.getvalue().splitlines())


def _figures(evaluation: Evaluation) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("Model", evaluation.model),
        ("Data", ", ".join(evaluation.data)),
        ("Digits", f"{evaluation.digits:,}"),
        ("Mistakes", f"{evaluation.mistakes:,}"),
        ("Accuracy", _percent(evaluation.accuracy)),
        ("Loss", f"{evaluation.loss:.4f}"),
        ("Calibration error", f"{evaluation.calibration.error:.4f}"),
    ):
        table.add_row(name, Text(value))
    return table


def _classes(classes: tuple[ClassScores, ...]) -> Table:
    table = _table("Digit", "Actual", "Predicted", "Precision", "Recall", "F1")
    for row in classes:
        shares = (_percent(share) for share in (row.precision, row.recall, row.f1))
        table.add_row(row.digit, f"{row.actual:,}", f"{row.predicted:,}", *shares)
    return table


def _confusion(evaluation: Evaluation) -> Table:
    table = _table("", *"0123456789")
    for digit, row in enumerate(evaluation.confusion):
        cells = [
            Text(str(count) if count else "·", style=_confusion_style(digit == taken, count))
            for taken, count in enumerate(row)
        ]
        table.add_row(Text(str(digit), style="bold"), *cells)
    return table


def _confusion_style(right: bool, count: int) -> str:
    if not count:
        return "dim"
    return "green" if right else "red"


def _reliability(calibration: Calibration) -> Table:
    table = _table("Confidence", "Digits", "Mean", "Right")
    for row in calibration.bins:
        edges = f"{row.low:.1f} - {row.high:.1f}"
        table.add_row(edges, f"{row.digits:,}", _percent(row.confidence), _percent(row.accuracy))
    return table


def _coverage(coverage: CoverageSummary) -> Table:
    table = _table("Confidence", "Kept", "Right")
    for point in coverage.points:
        table.add_row(f"{point.threshold:g}", _percent(point.coverage), _percent(point.accuracy))
    return table


def _reached(coverage: CoverageSummary) -> str:
    target = f"{coverage.target:.1%}".replace("%", " %")
    if coverage.reached is None:
        return f"At no confidence are {target} right."
    kept = _percent(coverage.reached.coverage)
    return f"At {coverage.reached.threshold:.6f} and above, at least {target} are right; {kept} are kept."


def _first(first: tuple[DigitRecord, ...]) -> Table:
    table = _table("", "Actual", "Predicted", "Confidence", "")
    for number, digit in enumerate(first, 1):
        verdict = Text("right", style="green") if digit.right else Text("wrong", style="red")
        table.add_row(str(number), digit.actual, digit.predicted, _percent(digit.confidence), verdict)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"
