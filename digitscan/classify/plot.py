"""What was classified as a picture; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from digitscan.charts import BLUE, GREY, ORANGE, write_png
from digitscan.classify.classifying import Classified
from digitscan.classify.records import DigitResult

MOST = 50
"""Pictures drawn at the most, the first ones."""

_LONGEST_NAME = 60
"""Characters of a source's name; of longer ones the end is shown."""


def draw_plot(path: Path, classified: Sequence[Classified]) -> None:
    """Draw a row for each digit: the picture, its crop, and the ten probabilities.

    Args:
        path: The PNG file to write.
        classified: What was classified; what holds no digit is left out.

    Raises:
        OutputError: The file cannot be written.
    """
    digits = [one for one in classified if one.picture is not None]
    shown = digits[:MOST]
    rows = max(1, len(shown))
    figure = Figure(figsize=(8, 1.9 * rows + 0.5), layout="constrained")
    figure.suptitle(_title(len(shown), len(digits)), fontsize=11)
    grid = figure.subplots(rows, 3, squeeze=False, width_ratios=(1, 1, 2.6))
    for (picture, crop, bars), one in zip(grid, shown, strict=False):
        picture.imshow(one.picture, cmap="gray", vmin=0, vmax=255)
        crop.imshow(one.crop, cmap="gray", vmin=0, vmax=1)
        for axes in (picture, crop):
            axes.set(xticks=[], yticks=[])
        _draw_bars(bars, one.result)
    for axes in grid.ravel() if not shown else ():
        axes.axis("off")
    write_png(path, figure)


def _title(shown: int, digits: int) -> str:
    if not shown:
        return "No digit was found"
    heading = "Picture, crop, and the probabilities of the ten digits"
    return heading if shown == digits else f"{heading}: the first {shown} of {digits:,}"


def _draw_bars(axes: Axes, result: DigitResult) -> None:
    """The predicted digit is blue, or orange when it is labelled as another."""
    wrong = result.label is not None and result.label != result.digit
    colours = [GREY] * 10
    assert result.digit is not None
    colours[result.digit] = ORANGE if wrong else BLUE
    for bar, share in zip(
        axes.bar(range(10), result.probabilities, color=colours), result.probabilities, strict=True
    ):
        if share >= 0.005:
            middle = bar.get_x() + bar.get_width() / 2
            axes.text(middle, share + 0.03, f"{100 * share:.1f} %", ha="center", fontsize=8)
    axes.set_xticks(range(10))
    axes.set_yticks([0, 0.5, 1])
    axes.set_ylim(0, 1.18)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(_caption(result), fontsize=9, loc="left", parse_math=False)


def _caption(result: DigitResult) -> str:
    name = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in result.source)
    if len(name) > _LONGEST_NAME:
        name = "..." + name[-_LONGEST_NAME:]
    page = f", page {result.page}" if result.page is not None and result.page > 1 else ""
    label = "" if result.label is None else f", labelled {result.label}"
    return f"{name}{page}: {result.digit}{label}"
