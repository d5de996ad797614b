"""Rules: the printed straight lines of forms, found and taken away without cutting the strokes across them.

Long straight runs of ink are found by openings with a line as the structuring element (Serra 1982, "Image
Analysis and Mathematical Morphology"), in both directions, with a straight line fitted to each. A rule's ink
goes wherever no other ink adjoins it on either side; where a stroke crosses it, the crossing stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LONG = 30.0
"""A level run of this many stroke widths is a rule by itself."""

_UPRIGHT = 25.0
"""An upright one of this many."""

_SHORT = 12.0
"""A shorter level run, of this many stroke widths, is one when upright runs or the page's edge end it on
both sides."""

_SIDE = 4.5
"""A shorter upright run, of this many stroke widths, is one when it joins two level ones, as a box's side
does."""

_SQUARE = 1.6
"""Cells that hold one digit are at most this many of their widths high."""

_THICK = 3.0
"""Rules are at most this many stroke widths thick."""

_STEEPEST = 0.06
"""Rules are at most this far from level or upright, in pixels a pixel."""

_FREE = 0.5
"""Share of a rule's length that must have paper on both sides: a line of print has ink there."""

_STRAIGHT = 0.35
"""Pixels that the middle of a rule strays from its fitted line, as a share of a stroke width."""


@dataclass(frozen=True)
class Rule:
    """A printed straight line, nearly horizontal or nearly vertical.

    Its middle passes ``position + slope * (along - start)`` at ``along`` from ``start`` to ``stop``;
    ``along`` is x for a horizontal rule and y for a vertical one. All in pixels.
    """

    horizontal: bool
    start: float
    stop: float
    position: float
    slope: float
    thickness: float

    def at(self, along: float) -> float:
        """Where the middle of the rule is at ``along``, beyond its ends too."""
        return self.position + self.slope * (along - self.start)


def find_rules(mask: NDArray[np.uint8], stroke: float) -> list[Rule]:
    """Find the rules on a page or field.

    Args:
        mask: ``(H, W)``, 255 where there is ink.
        stroke: Usual width of the strokes in pixels, the measure of what is long and what is thick.

    Returns:
        Long rules, and the shorter upright ones that join two level ones, as the sides of a box do.

    >>> page = np.zeros((100, 200), np.uint8)
    >>> page[50:53, 10:190] = 255
    >>> [(rule.horizontal, rule.start, rule.stop, rule.position) for rule in find_rules(page, 4.0)]
    [(True, 10.0, 190.0, 51.0)]
    """
    if stroke <= 0:
        return []
    across = _straight_runs(mask, stroke, _SHORT)
    down = _straight_runs(cv2.transpose(mask), stroke, _SIDE, across=across)
    width = mask.shape[1]
    level = [
        rule
        for rule in across
        if rule.stop - rule.start >= _LONG * stroke
        or (_is_ended(rule, down, width, stroke) and not _is_bar(rule, down, stroke))
    ]
    upright = [
        rule for rule in down if rule.stop - rule.start >= _UPRIGHT * stroke or _joins(rule, level, stroke)
    ]
    return level + upright


def remove_rules(density: NDArray[np.uint8], rules: Sequence[Rule]) -> NDArray[np.uint8]:
    """Take the rules out of the ink, leaving what crosses them.

    Args:
        density: ``(H, W)`` ink density, 128 and more for ink.
        rules: What ``find_rules`` found on it.

    Returns:
        A new density.

    >>> page = np.zeros((100, 200), np.uint8)
    >>> page[50:53, 10:190] = page[20:80, 100:106] = 255
    >>> cleaned = remove_rules(page, find_rules(page, 6.0))
    >>> int((cleaned > 0).sum()), 60 * 6
    (360, 360)
    """
    cleaned = density.copy()
    for rule in rules:
        if rule.horizontal:
            _erase(cleaned, density, rule)
    if any(not rule.horizontal for rule in rules):
        turned, source = cv2.transpose(cleaned), cv2.transpose(density)
        for rule in rules:
            if not rule.horizontal:
                _erase(turned, source, rule)
        cleaned = cv2.transpose(turned)
    return cleaned


def _straight_runs(
    mask: NDArray[np.uint8], stroke: float, shortest: float, *, across: Sequence[Rule] | None = None
) -> list[Rule]:
    """Find straight runs along the rows of ``mask``, at least ``shortest`` strokes long.

    With ``across``, the level runs found before, ``mask`` is the page turned on its side: the runs are
    upright, and short ones that do not end on level ones, as the stems of letters do not, are left out early.
    """
    gap = max(3, round(0.7 * stroke)) | 1
    bridged = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    least = max(5, round(_SIDE * stroke)) | 1
    runs = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    # The steps of a line that is not quite level touch at their ends; a pixel between them does not part it.
    outlines, _ = cv2.findContours(
        cv2.dilate(runs, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    boxes = np.array([cv2.boundingRect(outline) for outline in outlines], np.int32).reshape(-1, 4)
    kept = (boxes[:, 2] >= shortest * stroke) & (
        boxes[:, 3] <= max(3.0, _THICK * stroke) + _STEEPEST * boxes[:, 2] + 2 * stroke
    )
    if across is not None:
        kept &= (boxes[:, 2] >= _UPRIGHT * stroke) | _end_on(boxes, across, stroke)
    found = []
    for name in np.flatnonzero(kept):
        x, y, width, height = boxes[name].tolist()
        own = np.zeros((height, width), np.uint8)
        cv2.drawContours(own, [outlines[name]], 0, 1, cv2.FILLED, offset=(-x, -y))
        line = _fit((own > 0) & (runs[y : y + height, x : x + width] > 0), stroke)
        if line is None:
            continue
        position, slope, thickness, start, stop = line
        rule = Rule(across is None, x + start, x + stop, y + position, slope, thickness)
        if _free(mask, rule)[2].mean() >= _FREE:
            found.append(rule)
    return found


def _end_on(boxes: NDArray[np.int32], across: Sequence[Rule], stroke: float) -> NDArray[np.bool_]:
    """Whether both ends of upright runs, given as boxes on the turned page, come near a level run."""
    numbers = [(rule.start, rule.stop, rule.position, rule.slope, rule.thickness) for rule in across]
    start, stop, position, slope, thickness = np.array(numbers).reshape(-1, 5).T
    near = 2 * _near(stroke)
    middles = boxes[:, 1, None] + boxes[:, 3, None] / 2
    reached = (start - near <= middles) & (middles <= stop + near)
    levels = position + slope * (middles - start)
    ends = (boxes[:, 0, None], boxes[:, 0, None] + boxes[:, 2, None])
    first, last = (np.any(reached & (np.abs(levels - end) <= near + thickness), axis=1) for end in ends)
    return first & last


def _fit(own: NDArray[np.bool_], stroke: float) -> tuple[float, float, float, float, float] | None:
    """Position, slope, thickness, start and stop of the line that the ink is, or None if it is none."""
    counts = own.sum(axis=0)
    columns = np.flatnonzero(counts)
    thickness = float(np.median(counts[columns]))
    if thickness > max(3.0, _THICK * stroke) or len(columns) < 4 * thickness:
        return None
    middles = ((np.arange(own.shape[0]) + 0.5) @ own)[columns] / counts[columns]
    usual = (
        counts[columns] <= 1.5 * thickness + 1
    )  # where something crosses, the ink says little of the middle
    along, across = columns[usual] + 0.5, middles[usual]
    if len(along) < 2:
        return None
    centred = along - along.mean()
    slope = float(centred @ across / (centred @ centred))
    strays = np.abs(across - across.mean() - slope * centred)
    most = max(1.0, _STRAIGHT * stroke)
    if abs(slope) > _STEEPEST or np.count_nonzero(strays > most) > 0.2 * len(strays):
        return None
    start, stop = float(columns[0]), float(columns[-1] + 1)
    return float(across.mean() + slope * (start - along.mean())) - 0.5, slope, thickness, start, stop


def _is_ended(rule: Rule, uprights: Sequence[Rule], width: int, stroke: float) -> bool:
    """Whether an upright run or the page's edge stands at each end of a level rule."""
    near = _near(stroke)
    return all(
        end <= near or end >= width - near or any(_meets(rule, end, upright, stroke) for upright in uprights)
        for end in (rule.start, rule.stop)
    )


def _joins(rule: Rule, levels: Sequence[Rule], stroke: float) -> bool:
    """Whether an upright rule ends on two level ones."""
    return all(any(_meets(rule, end, level, stroke) for level in levels) for end in (rule.start, rule.stop))


def _is_bar(rule: Rule, uprights: Sequence[Rule], stroke: float) -> bool:
    """Whether a level rule is rather the bar of a digit that reaches from side to side of its cell.

    The sides that it meets go on above and below it, and are so short that it would part a cell into two
    much wider than high.
    """
    length = rule.stop - rule.start
    return all(
        any(
            _meets(rule, end, side, stroke)
            and side.start + _near(stroke) < rule.at(end) < side.stop - _near(stroke)
            and side.stop - side.start <= _SQUARE * length
            for side in uprights
        )
        for end in (rule.start, rule.stop)
    )


def _meets(rule: Rule, end: float, other: Rule, stroke: float) -> bool:
    """Whether the end of a rule lies on another that runs across it."""
    near, middle = _near(stroke), rule.at(end)
    on_it = other.start - near <= middle <= other.stop + near
    return on_it and abs(other.at(middle) - end) <= near + other.thickness / 2


def _near(stroke: float) -> float:
    """How far apart rules that meet may end, in pixels."""
    return 1.5 * stroke + 2


def _free(
    density: NDArray[np.uint8], rule: Rule
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_], int]:
    """Columns, middle rows, whether there is paper on both sides, and the reach of a rule along the rows."""
    height, width = density.shape
    reach = round(rule.thickness / 2 + 1.5)
    columns = np.arange(max(0, int(rule.start) - reach), min(width, int(rule.stop) + reach + 1))
    middles = np.round(rule.position + rule.slope * (columns - rule.start)).astype(np.intp)
    above, below = middles - reach - 1, middles + reach + 1
    ink_above = (above >= 0) & (density[np.clip(above, 0, height - 1), columns] >= 128)
    ink_below = (below < height) & (density[np.clip(below, 0, height - 1), columns] >= 128)
    return columns, middles, ~(ink_above | ink_below), reach


def _erase(cleaned: NDArray[np.uint8], density: NDArray[np.uint8], rule: Rule) -> None:
    """Take a rule along the rows out of ``cleaned``; ``density`` says what adjoins it."""
    columns, middles, free, reach = _free(density, rule)
    for offset in range(-reach, reach + 1):
        rows = middles + offset
        inside = free & (rows >= 0) & (rows < density.shape[0])
        cleaned[rows[inside], columns[inside]] = 0
