"""Straight runs of ink, which may be rules.

Long straight runs are found by openings with a line as the structuring element (Serra 1982, "Image Analysis
and Mathematical Morphology"), with a straight line fitted to each.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.packed import close_columns, grown, open_columns, pack, unpack
from digitscan.rules.remove import beside
from digitscan.rules.rule import STEEPEST, Rule, joint, meet, numbers

SHORTEST = 4.5
"""An upright run of this many stroke widths may be a side of a box."""

SHORT = 12.0
"""A level run of this many stroke widths may be a rule."""

UPRIGHT = 25.0
"""An upright run of this many stroke widths is a rule by itself."""

THICK = 3.0
"""Rules are at most this many stroke widths thick."""

_CROWDED = 0.3
"""A long run with what crosses it or stands on it is at most this share of its length high."""

_FREE = 0.5
"""Share of a rule's length that must have paper on both sides: a line of print has ink there."""

_BARE = 0.2
"""Share of a rule's length that is bare at the least, also where a digit is written along most of it."""

_COVERED = 1.4
"""Such a rule seems more than this many times as thick as where it is bare."""

_STRAYS = 0.2
"""Share of a rule's middle that may stray farther from its fitted line than"""

_STRAIGHT = 0.35
"""this share of a stroke width, and than a pixel."""


def straight_runs(
    mask: NDArray[np.uint8],
    turned: NDArray[np.uint8],
    stroke: float,
    *,
    across: Sequence[Rule] | None = None,
) -> list[Rule]:
    """Find straight runs along the rows of a page, at least ``SHORT`` strokes long.

    Args:
        mask: ``(H, W)``, 255 where there is ink.
        turned: ``(W, H)``, its transpose.
        stroke: Usual width of a stroke in pixels.
        across: The level runs found before, when ``mask`` is the page turned on its side: the runs are
            upright then, may be shorter, and those that do not end on level ones, as the stems of letters do
            not, are left out early.

    Returns:
        The runs with a straight line fitted to each.
    """
    bridged = close_columns(pack(turned), max(3, round(0.7 * stroke)) | 1)
    packed = open_columns(bridged, max(5, round(SHORTEST * stroke)) | 1)
    # The steps of a line that is not quite level touch at their ends; a pixel between them does not part it.
    canvas = unpack(grown(packed), len(mask))
    outlines, _ = cv2.findContours(canvas, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = np.array([cv2.boundingRect(outline) for outline in outlines], np.int32).reshape(-1, 4)
    boxes = boxes[:, [1, 0, 3, 2]]
    steep = np.where(boxes[:, 2] >= SHORT * stroke, _CROWDED, STEEPEST)
    low = boxes[:, 3] <= max(3.0, THICK * stroke) + steep * boxes[:, 2] + 2 * stroke
    if across is None:
        kept = np.flatnonzero(low & (boxes[:, 2] >= SHORT * stroke))
    else:
        kept = np.flatnonzero(low)
        kept = kept[(boxes[kept, 2] >= UPRIGHT * stroke) | _end_on(boxes[kept], across, stroke)]
    found = []
    for name in kept.tolist():
        x, y, width, height = boxes[name].tolist()
        own = np.zeros((width, height), np.uint8)
        cv2.drawContours(own, [outlines[name]], 0, 1, cv2.FILLED, offset=(-y, -x))
        first = y // 8
        runs = unpack(packed[x : x + width, first : (y + height + 7) // 8], y + height - 8 * first)
        line = _fit(own & runs[:, y - 8 * first :], stroke)
        if line is None:
            continue
        position, slope, thickness, start, stop = line
        rule = Rule(across is None, x + start, x + stop, y + position, slope, thickness)
        free = beside(mask, rule)[2]
        if np.count_nonzero(free) >= _FREE * len(free):
            found.append(rule)
    return found


def _end_on(boxes: NDArray[np.int32], across: Sequence[Rule], stroke: float) -> NDArray[np.bool_]:
    """Whether both ends of upright runs, given as boxes on the turned page, come near a level run."""
    x, y, width, height = boxes.T.astype(np.float64)
    runs = np.stack([x, x + width, y + height / 2, np.zeros_like(x), height], axis=1)
    first, last = meet(runs, numbers(across), joint(boxes[:, 2, None], stroke) + 3)
    ended: NDArray[np.bool_] = np.any(first, axis=1) & np.any(last, axis=1)
    return ended


def _fit(own: NDArray[np.uint8], stroke: float) -> tuple[float, float, float, float, float] | None:
    """Position, slope, thickness, start and stop of the line that ink is; None if it is none.

    ``own`` is ``(length, height)``, 1 where there is ink, its rows across the line.
    """
    counts = cv2.reduce(own, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    columns = np.flatnonzero(counts)
    thickness = usual_thickness(np.sort(counts[columns]))
    if thickness > max(3.0, THICK * stroke) or len(columns) < 4 * thickness:
        return None
    middles = (own @ np.arange(0.5, own.shape[1], dtype=np.float32))[columns] / counts[columns]
    # Where something crosses, the ink says little of the middle.
    usual = counts[columns] <= 1.5 * thickness + 1
    along, across = columns[usual] + 0.5, middles[usual]
    if len(along) < 2:
        return None
    middle, level = float(along.sum()) / len(along), float(across.sum()) / len(across)
    centred, strays = along - middle, across - level
    slope = float(centred @ strays / (centred @ centred))
    strays = np.abs(strays - slope * centred)
    most = max(1.0, _STRAIGHT * stroke)
    if abs(slope) > STEEPEST or np.count_nonzero(strays > most) > _STRAYS * len(strays):
        return None
    start, stop = float(columns[0]), float(columns[-1] + 1)
    return level + slope * (start - middle) - 0.5, slope, thickness, start, stop


def usual_thickness(sizes: NDArray[np.int32] | NDArray[np.intp]) -> float:
    """Thickness of a rule, of which ascending ``sizes`` are known that may count what is written on it."""
    thin, thickness = (float(sizes[int(share * (len(sizes) - 1))]) for share in (_BARE, 0.5))
    return thin if thickness > _COVERED * thin + 1 else thickness
