"""Pictures of a training: the digits that it gets to see, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from digitscan.charts import BLUE, ORANGE, write_png
from digitscan.data import Digits
from digitscan.options import Augment
from digitscan.training.batches import Variation, vary
from digitscan.training.history import Epoch

_VARIANTS = 4
"""Rows of varied digits."""


def draw_preview(path: Path, digits: Digits, variation: Variation, seed: int) -> None:
    """Draw a digit of each class that there is with its label, and below it as training varies it.

    Args:
        path: The PNG file to write.
        digits: What to choose from; at least one.
        variation: How they are varied; if not at all, there are no rows of variants.
        seed: The same seed chooses the same digits and varies them in the same way.

    Raises:
        OutputError: The file cannot be written.
    """
    rng = np.random.default_rng(seed)
    chosen = [rng.choice(np.flatnonzero(digits.labels == label)) for label in np.unique(digits.labels)]
    crops = digits.images[chosen]
    everywhere = np.ones(len(chosen), bool)
    varied = variation.how is not Augment.NONE or variation.degrade > 0
    rows = [crops]
    rows += [vary(crops.copy(), everywhere, variation, rng) for _ in range(_VARIANTS if varied else 0)]
    figure = Figure(figsize=(len(chosen), 1.15 * len(rows) + 0.3), layout="constrained")
    for index, axes in enumerate(figure.subplots(len(rows), len(chosen), squeeze=False).flat):
        row, column = divmod(index, len(chosen))
        axes.imshow(rows[row][column], cmap="gray_r", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        if row == 0:
            axes.set_title(str(digits.labels[chosen[column]]))
        if column == 0:
            axes.set_ylabel("varied" if row else "as it is")
    write_png(path, figure)


def draw_curves(path: Path, history: Sequence[Epoch]) -> None:
    """Draw loss and accuracy, in training and in validation, over the epochs.

    Args:
        path: The PNG file to write.
        history: At least one epoch.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    numbers = [epoch.epoch for epoch in history]
    for axes, what in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for name, label, colour in ((what, "training", BLUE), (f"val_{what}", "validation", ORANGE)):
            values = [getattr(epoch, name) for epoch in history]
            axes.plot(numbers, values, marker="o", markersize=4, color=colour, label=label)
        axes.set_xlabel("Epoch")
        axes.set_ylabel(what.capitalize())
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    write_png(path, figure)
