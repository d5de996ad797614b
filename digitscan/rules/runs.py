"""Straight runs of ink, which may be rules.

Long straight runs are found by openings with a line as the structuring element (Serra 1982, "Image Analysis
and Mathematical Morphology"), with a straight line fitted to each.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

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
    mask: NDArray[np.uint8], stroke: float, *, across: Sequence[Rule] | None = None
) -> list[Rule]:
    """Find straight runs along the rows of ``mask``, at least ``SHORT`` strokes long.

    With ``across``, the level runs found before, ``mask`` is the page turned on its side: the runs are
    upright, may be shorter, and those that do not end on level ones, as the stems of letters do not, are left
    out early.
    """
    gap = max(3, round(0.7 * stroke)) | 1
    bridged = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    least = max(5, round(SHORTEST * stroke)) | 1
    runs = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    # The steps of a line that is not quite level touch at their ends; a pixel between them does not part it.
    outlines, _ = cv2.findContours(
        cv2.dilate(runs, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    boxes = np.array([cv2.boundingRect(outline) for outline in outlines], np.int32).reshape(-1, 4)
    steep = np.where(boxes[:, 2] >= SHORT * stroke, _CROWDED, STEEPEST)
    low = boxes[:, 3] <= max(3.0, THICK * stroke) + steep * boxes[:, 2] + 2 * stroke
    if across is None:
        kept = np.flatnonzero(low & (boxes[:, 2] >= SHORT * stroke))
    else:
        kept = np.flatnonzero(low)
        kept = kept[(boxes[kept, 2] >= UPRIGHT * stroke) | _end_on(boxes[kept], across, stroke)]
    found = []
    for name in kept:
        x, y, width, height = boxes[name].tolist()
        own = np.zeros((height, width), np.uint8)
        cv2.drawContours(own, [outlines[name]], 0, 1, cv2.FILLED, offset=(-x, -y))
        line = _fit((own > 0) & (runs[y : y + height, x : x + width] > 0), stroke)
        if line is None:
            continue
        position, slope, thickness, start, stop = line
        rule = Rule(across is None, x + start, x + stop, y + position, slope, thickness)
        if beside(mask, rule)[2].mean() >= _FREE:
            found.append(rule)
    return found


def _end_on(boxes: NDArray[np.int32], across: Sequence[Rule], stroke: float) -> NDArray[np.bool_]:
    """Whether both ends of upright runs, given as boxes on the turned page, come near a level run."""
    x, y, width, height = boxes.T.astype(np.float64)
    runs = np.stack([x, x + width, y + height / 2, np.zeros_like(x), height], axis=1)
    first, last = meet(runs, numbers(across), joint(boxes[:, 2, None], stroke) + 3)
    ended: NDArray[np.bool_] = np.any(first, axis=1) & np.any(last, axis=1)
    return ended


def _fit(own: NDArray[np.bool_], stroke: float) -> tuple[float, float, float, float, float] | None:
    """Position, slope, thickness, start and stop of the line that the ink is, or None if it is none."""
    counts = own.sum(axis=0)
    columns = np.flatnonzero(counts)
    sizes = np.sort(counts[columns])
    thin, thickness = (float(sizes[int(share * (len(sizes) - 1))]) for share in (_BARE, 0.5))
    if thickness > _COVERED * thin + 1:
        thickness = thin
    if thickness > max(3.0, THICK * stroke) or len(columns) < 4 * thickness:
        return None
    middles = ((np.arange(own.shape[0]) + 0.5) @ own)[columns] / counts[columns]
    # Where something crosses, the ink says little of the middle.
    usual = counts[columns] <= 1.5 * thickness + 1
    along, across = columns[usual] + 0.5, middles[usual]
    if len(along) < 2:
        return None
    centred = along - along.mean()
    slope = float(centred @ across / (centred @ centred))
    strays = np.abs(across - across.mean() - slope * centred)
    most = max(1.0, _STRAIGHT * stroke)
    if abs(slope) > STEEPEST or np.count_nonzero(strays > most) > _STRAYS * len(strays):
        return None
    start, stop = float(columns[0]), float(columns[-1] + 1)
    return float(across.mean() + slope * (start - along.mean())) - 0.5, slope, thickness, start, stop
