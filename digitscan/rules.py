"""Rules: the printed straight lines of forms, found in the ink and taken away without cutting the strokes that cross them.

Long straight runs of ink are found by openings with a line as the structuring element (Serra 1982, "Image Analysis and
Mathematical Morphology"), in both directions, with a straight line fitted to each. A rule's ink goes wherever no other ink
adjoins it on either side; where a stroke crosses it, the crossing stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LONG = 12.0
"""A straight run of this many stroke widths is a rule by itself."""

_SHORT = 4.5
"""A shorter one, of this many stroke widths at least, is one when it joins two others."""

_UPRIGHT = 25.0
"""A vertical run must be longer: a tall digit's stem is no rule."""

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

    Its middle passes ``position + slope * (along - start)`` at ``along`` from ``start`` to ``stop``; ``along`` is x for a horizontal
    rule and y for a vertical one. All in pixels.
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
        Long rules, and the shorter ones that join two others at their ends, as the sides of a box do.

    >>> page = np.zeros((100, 200), np.uint8)
    >>> page[50:53, 10:190] = 255
    >>> [(rule.horizontal, rule.start, rule.stop, rule.position) for rule in find_rules(page, 4.0)]
    [(True, 10.0, 190.0, 51.0)]
    """
    if stroke <= 0:
        return []
    across = _straight_runs(mask, stroke, horizontal=True)
    down = _straight_runs(cv2.transpose(mask), stroke, horizontal=False)
    sure, short = [], []
    for rule in across + down:
        by_itself = rule.stop - rule.start >= (_LONG if rule.horizontal else _UPRIGHT) * stroke
        (sure if by_itself else short).append(rule)
    while joining := _joining(short, sure, stroke):
        sure += [short[i] for i in joining]
        short = [rule for i, rule in enumerate(short) if i not in joining]
    return sure


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


def _straight_runs(mask: NDArray[np.uint8], stroke: float, *, horizontal: bool) -> list[Rule]:
    """Straight runs along the rows of ``mask``, at least ``_SHORT`` strokes long."""
    gap = max(3, round(0.7 * stroke)) | 1
    bridged = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    least = max(5, round(_SHORT * stroke)) | 1
    runs = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    # The steps of a line that is not quite level touch at their ends; a pixel between them does not part it.
    joined = cv2.dilate(runs, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_32S)
    found = []
    for name in np.flatnonzero(stats[:, cv2.CC_STAT_WIDTH] >= least)[1:]:
        x, y, width, height = (int(value) for value in stats[name, :4])
        part = np.s_[y : y + height, x : x + width]
        own = (labels[part] == name) & (runs[part] > 0)
        rule = _fit(own, stroke)
        if rule is None:
            continue
        position, slope, thickness, start, stop = rule
        rule = Rule(horizontal, x + start, x + stop, y + position, slope, thickness)
        if _free(mask, rule)[2].mean() >= _FREE:
            found.append(rule)
    return found


def _fit(own: NDArray[np.bool_], stroke: float) -> tuple[float, float, float, float, float] | None:
    """Position, slope, thickness, start, stop of the straight line that the ink is, or None when it is none."""
    counts = own.sum(axis=0)
    columns = np.flatnonzero(counts)
    thickness = float(np.median(counts[columns]))
    if thickness > max(3.0, _THICK * stroke) or len(columns) < _SHORT * stroke or len(columns) < 4 * thickness:
        return None
    rows = np.arange(own.shape[0]) + 0.5
    middles = (rows @ own)[columns] / counts[columns]
    usual = counts[columns] <= 1.5 * thickness + 1  # columns where something crosses say little of the middle
    if usual.sum() < 2:
        return None
    slope, offset = np.polyfit(columns[usual] + 0.5, middles[usual], 1)
    strays = np.abs(middles[usual] - (slope * (columns[usual] + 0.5) + offset))
    if abs(slope) > _STEEPEST or float(np.percentile(strays, 80)) > max(1.0, _STRAIGHT * stroke):
        return None
    start, stop = float(columns[0]), float(columns[-1] + 1)
    return float(offset + slope * start) - 0.5, float(slope), thickness, start, stop


def _joining(short: Sequence[Rule], sure: Sequence[Rule], stroke: float) -> set[int]:
    """Which of the short rules end on others that run across them, at both ends."""
    near = 1.5 * stroke + 2
    joining = set()
    for horizontal in (True, False):
        names = [i for i, rule in enumerate(short) if rule.horizontal == horizontal]
        others = np.array([_numbers(rule) for rule in sure if rule.horizontal != horizontal]).reshape(-1, 5)
        start, stop, position, slope, thickness = others.T
        for i in names:
            rule = short[i]
            if all(
                np.any(
                    (start - near <= rule.at(end))
                    & (rule.at(end) <= stop + near)
                    & (np.abs(position + slope * (rule.at(end) - start) - end) <= near + thickness / 2)
                )
                for end in (rule.start, rule.stop)
            ):
                joining.add(i)
    return joining


def _numbers(rule: Rule) -> tuple[float, float, float, float, float]:
    return rule.start, rule.stop, rule.position, rule.slope, rule.thickness


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
