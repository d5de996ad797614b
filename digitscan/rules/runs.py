"""Straight runs of ink, which may be rules.

Long straight runs are found by openings with a line as the structuring element (Serra 1982, "Image Analysis
and Mathematical Morphology"), with a straight line fitted to each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Runs, group_runs
from digitscan.packed import long_runs
from digitscan.rules.fitting import THICK, fit_lines
from digitscan.rules.remove import beside
from digitscan.rules.rule import STEEPEST, Rule, joint, lie_on, numbers

SHORTEST = 4.5
"""An upright run of this many stroke widths may be a side of a box."""

SHORT = 12.0
"""A level run of this many stroke widths may be a rule."""

UPRIGHT = 25.0
"""An upright run of this many stroke widths is a rule by itself."""

_CROWDED = 0.3
"""A long run with what crosses it or stands on it is at most this share of its length high."""

_APART = 2
"""Pixels of paper between the parts of a run at the most."""

_FREE = 0.5
"""Share of a rule's length that must have paper on both sides: a line of print has ink there."""


def straight_runs(
    mask: NDArray[np.uint8],
    packed: NDArray[np.uint8],
    stroke: float,
    *,
    across: Sequence[Rule] | None = None,
) -> list[Rule]:
    """Find straight runs along the rows of a page, at least ``SHORT`` strokes long.

    Args:
        mask: ``(H, W)``, 255 where there is ink.
        packed: ``(W, ceil(H / 8))``, its transpose, packed.
        stroke: Usual width of a stroke in pixels.
        across: The level runs found before, when ``mask`` is the page on its side: the runs are upright then,
            may be shorter, and those that do not end on level ones, as the stems of letters do
            not, are left out early.

    Returns:
        The runs with a straight line fitted to each.
    """
    bridged, length = max(3, round(0.7 * stroke)) | 1, max(5, round(SHORTEST * stroke)) | 1
    runs = Runs(*long_runs(packed, length, bridged))
    groups = group_runs(runs, _APART)
    boxes = groups.boxes + np.array((-1, -1, 2, 2))  # with their grey edges
    steep = np.where(boxes[:, 2] >= SHORT * stroke, _CROWDED, STEEPEST)
    low = boxes[:, 3] <= max(3.0, THICK * stroke) + steep * boxes[:, 2] + 2 * stroke
    if across is None:
        kept = np.flatnonzero(low & (boxes[:, 2] >= SHORT * stroke))
    else:
        kept = np.flatnonzero(low)
        kept = kept[(boxes[kept, 2] >= UPRIGHT * stroke) | _end_on(boxes[kept], across, stroke)]
    lines = fit_lines(runs, groups, kept, stroke, horizontal=across is None)
    if not lines:
        return []
    return [line for line, share in zip(lines, beside(mask, lines).shares(), strict=True) if share >= _FREE]


def _end_on(boxes: NDArray[np.int32], across: Sequence[Rule], stroke: float) -> NDArray[np.bool_]:
    """Whether both ends of upright runs, given as boxes on the turned page, come near a level run."""
    x, y, width, height = boxes.T.astype(np.float64)
    middles, reach, levels = y + height / 2, joint(width, stroke) + 3, numbers(across)
    ended = np.arange(len(boxes))
    for along in (x, x + width):  # most hang from none
        on, _ = lie_on(along[ended], middles[ended], levels, reach[ended])
        ended = ended[np.unique(on)]
    are_ended = np.zeros(len(boxes), bool)
    are_ended[ended] = True
    return are_ended
