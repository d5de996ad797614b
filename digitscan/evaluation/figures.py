"""An evaluation as pictures; needs matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from digitscan.charts import BLUE, GREY, ORANGE, write_png
from digitscan.evaluation.coverage import Coverage
from digitscan.evaluation.evaluate import Predictions
from digitscan.evaluation.records import Evaluation

WORST = 40
"""Mistakes shown at the most, those of which the classifier was surest."""

_COLUMNS = 8


def write_figures(folder: Path, evaluation: Evaluation, predictions: Predictions) -> None:
    """Draw ``confusion.png``, ``reliability.png``, ``coverage.png`` and ``mistakes.png``.

    Args:
        folder: Where they go; it exists. Older pictures are replaced.
        evaluation: What was measured.
        predictions: What it was measured on.

    Raises:
        OutputError: A picture cannot be written.
    """
    for name, figure in _draw(evaluation, predictions):
        write_png(folder / name, figure)


def _draw(evaluation: Evaluation, predictions: Predictions) -> Iterator[tuple[str, Figure]]:
    yield "confusion.png", _draw_confusion(evaluation)
    yield "reliability.png", _draw_reliability(evaluation)
    yield "coverage.png", _draw_coverage(evaluation, predictions)
    yield "mistakes.png", _draw_mistakes(predictions)


def _draw_confusion(evaluation: Evaluation) -> Figure:
    figure = Figure(figsize=(7, 7), layout="constrained")
    axes = figure.add_subplot()
    counts = np.array(evaluation.confusion)
    right = np.eye(10, dtype=bool)
    # Mistakes have a scale of their own: beside the diagonal all would look alike.
    for cells, colours in ((right, "Blues"), (~right & (counts > 0), "Oranges")):
        shown = np.ma.masked_where(~cells, counts)
        axes.imshow(shown, cmap=colours, vmin=0, vmax=max(1, 1.5 * counts[cells].max(initial=0)))
    for actual, taken in np.argwhere(counts):
        axes.text(taken, actual, f"{counts[actual, taken]:,}", ha="center", va="center", fontsize=10)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.set_xlabel("Taken for")
    axes.set_ylabel("Actual")
    axes.set_title(f"{evaluation.mistakes:,} mistakes among {evaluation.digits:,} digits")
    return figure


def _draw_reliability(evaluation: Evaluation) -> Figure:
    figure = Figure(figsize=(6, 7), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    bins = [row for row in evaluation.calibration.bins if row.digits]
    middles = [(row.low + row.high) / 2 for row in bins]
    upper.bar(middles, [row.accuracy or 0.0 for row in bins], 0.096, color=BLUE, label="Share right")
    upper.plot(
        [row.confidence or 0.0 for row in bins],
        [row.accuracy or 0.0 for row in bins],
        "o",
        color=ORANGE,
        clip_on=False,
        zorder=3,
        label="At the mean confidence",
    )
    upper.plot([0, 1], [0, 1], "--", color=GREY, label="Confidence = share right")
    upper.set_ylabel("Share right")
    upper.set_ylim(0, 1.03)
    upper.set_title(f"Calibration error {evaluation.calibration.error:.4f}")
    upper.legend(loc="upper left")
    lower.bar(middles, [row.digits for row in bins], 0.096, color=BLUE)
    lower.set_yscale("log")
    lower.set_ylim(bottom=0.5)
    lower.set_ylabel("Digits")
    lower.set_xlabel("Confidence")
    lower.set_xlim(0, 1)
    lower.set_xticks(np.arange(11) / 10)
    return figure


def _draw_coverage(evaluation: Evaluation, predictions: Predictions) -> Figure:
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.add_subplot()
    metric = Coverage()
    metric.update(predictions.confidences, predictions.right)
    _, coverage, accuracy = metric.curve()
    axes.plot(100 * coverage, 100 * accuracy, color=BLUE)
    # A good model makes no mistakes among most digits: there is nothing to see there.
    falls = coverage[accuracy < 1]
    axes.set_xlim(max(0, 10 * int(10 * falls[0]) - 10) if len(falls) else 0, 100.5)
    summary = evaluation.coverage
    axes.axhline(100 * summary.target, linestyle="--", linewidth=1, color=GREY)
    if summary.reached is not None:
        x, y = 100 * summary.reached.coverage, 100 * (summary.reached.accuracy or 0.0)
        axes.plot(x, y, "o", color=ORANGE)
        _note(axes, x, y, f"{x:.2f} % kept at confidence\n{summary.reached.threshold:.4f} and above")
    axes.set_xlabel("Kept, % of the digits, the most confident first")
    axes.set_ylabel("Right, % of those kept")
    axes.set_title(f"{100 * evaluation.accuracy:.2f} % right when all are kept")
    axes.grid(alpha=0.3)
    return figure


def _note(axes: Axes, x: float, y: float, text: str) -> None:
    """Write beside a point, towards the middle of the picture and below the curve."""
    side = -1 if x > sum(axes.get_xlim()) / 2 else 1
    axes.annotate(
        text,
        (x, y),
        xytext=(side * 30, -60),
        textcoords="offset points",
        ha="right" if side < 0 else "left",
        arrowprops={"arrowstyle": "-", "color": GREY},
    )


def _draw_mistakes(predictions: Predictions) -> Figure:
    wrong = np.flatnonzero(~predictions.right)
    worst = wrong[np.argsort(-predictions.confidences[wrong], kind="stable")][:WORST]
    rows = max(1, -(-len(worst) // _COLUMNS))
    figure = Figure(figsize=(1.3 * _COLUMNS, 1.6 * rows + 0.8), layout="constrained")
    grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, index in zip(grid, worst, strict=False):
        axes.imshow(predictions.digits.images[index], cmap="gray_r", vmin=0, vmax=255)
        actual, taken = predictions.digits.labels[index], predictions.predicted[index]
        sure = f"{100 * predictions.confidences[index]:.1f} %"
        axes.set_title(f"#{index}\n{actual} as {taken}, {sure}", fontsize=9)
    if len(worst):
        title = (
            f"{len(worst)} of {len(wrong):,} mistakes, the surest first:"
            " number from 0, actual as predicted, confidence"
        )
    else:
        title = "No mistakes"
    figure.suptitle(title + "\n", fontsize=11)
    return figure
