"""Walls: the rules of a page drawn, and the paper that they enclose.

What is enclosed by some rules has nothing to do with rules far away: those that are near each other are drawn
by themselves, as small as they are, and not on a whole page. Most boxes are four rules that end on each
other; what those enclose is known without drawing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.fields.region import Region
from digitscan.groups import join_pairs
from digitscan.intervals import meeting, overlapping
from digitscan.rules import Rule
from digitscan.rules.rule import meetings, near, numbers

_FILLED = 0.9
"""A closed cell covers at least this share of its bounding box."""

_FEWEST = 4
"""Rules that enclose a cell, at the least."""


class _Walls(NamedTuple):
    """Rules whose ends were moved to the nearest of those across them that they nearly start and stop on.

    Attributes:
        numbers: ``(N, 5)`` start, stop, position, slope and thickness of each.
        level: ``(N,)`` whether it is level.
        joins: ``(N,)`` whether it leads from one of those across it to another.
    """

    numbers: NDArray[np.float64]
    level: NDArray[np.bool_]
    joins: NDArray[np.bool_]


def enclosed(
    levels: Sequence[Rule], uprights: Sequence[Rule], shape: tuple[int, int], stroke: float
) -> list[Region]:
    """Find the rectangles of paper that rules enclose, with nothing large in them.

    Args:
        levels: The level rules of a page.
        uprights: The upright ones.
        shape: Height and width of the page in pixels.
        stroke: Usual width of the strokes in pixels.

    Returns:
        The rectangles, without names.
    """
    if not levels or not uprights:
        return []
    parts = _reaching(levels, uprights, stroke), _reaching(uprights, levels, stroke)
    walls = _Walls(*(np.concatenate(its) for its in zip(*parts, strict=True)))
    bounds, owners = _clusters(walls, shape)
    counts, level, joining = (np.bincount(owners, these) for these in (None, walls.level, walls.joins))
    are_frames = (counts == 4) & (level == 2) & (joining == 4)
    frames = are_frames[owners]
    found = _within_frames(_Walls(*(its[frames] for its in walls)), owners[frames])
    for number in np.flatnonzero((counts >= _FEWEST) & ~are_frames).tolist():
        left, top, right, bottom = bounds[number].tolist()
        if right <= left or bottom <= top:
            continue
        canvas = np.zeros((bottom - top, right - left), np.uint8)
        for i in np.flatnonzero(owners == number).tolist():
            Rule(bool(walls.level[i]), *walls.numbers[i].tolist()).draw(canvas, origin=(left, top))
        found += [(x + left, y + top, width, height) for x, y, width, height in _paper_within(canvas)]
    return [Region(box) for box in found]


def _reaching(rules: Sequence[Rule], others: Sequence[Rule], stroke: float) -> _Walls:
    """Move the ends of rules to those of the ``others`` across them."""
    own = numbers(rules)
    start, _, position, slope, _ = numbers(others).T
    moved, met_by = own.copy(), np.full((2, len(rules)), -1)
    for end, (owners, met) in enumerate(meetings(rules, others, near(stroke))):
        middles = own[:, 2] + own[:, 3] * (own[:, end] - own[:, 0])
        places = position[met] + slope[met] * (middles[owners] - start[met])
        order = np.lexsort((np.abs(places - own[owners, end]), owners))
        nearest = order[np.diff(owners[order], prepend=-1) > 0]
        moved[owners[nearest], end] = places[nearest]
        met_by[end, owners[nearest]] = met[nearest]
    moved[:, 2] += own[:, 3] * (moved[:, 0] - own[:, 0])
    first, last = met_by
    level = np.full(len(rules), rules[0].horizontal)
    return _Walls(moved, level, (first >= 0) & (last >= 0) & (first != last))


def _clusters(walls: _Walls, shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Parts of the page that do not overlap: left, top, right and bottom, and the part of each wall."""
    start, stop, position, slope, thickness = walls.numbers.T
    ends, reach = position + slope * (stop - start), thickness / 2 + 2
    along = start - reach, stop + reach
    across = np.minimum(position, ends) - reach, np.maximum(position, ends) + reach
    left, right = (np.where(walls.level, *sides) for sides in zip(along, across, strict=True))
    top, bottom = (np.where(walls.level, *sides) for sides in zip(across, along, strict=True))
    bounds = np.column_stack([np.floor(left), np.floor(top), np.ceil(right), np.ceil(bottom)]).astype(np.intp)
    owners = np.arange(len(bounds))
    while True:
        left, top, right, bottom = bounds.T
        pairs = overlapping(top, bottom + 1, np.zeros(len(bounds), np.intp), meeting(left, right))
        names, joined = np.unique(join_pairs(len(bounds), *pairs), return_inverse=True)
        owners = joined[owners]
        if len(names) == len(bounds):
            height, width = shape
            return bounds.clip(0, (width, height, width, height)), owners
        larger = bounds[names]
        np.minimum.at(larger[:, :2], joined, bounds[:, :2])
        np.maximum.at(larger[:, 2:], joined, bounds[:, 2:])
        bounds = larger


def _within_frames(walls: _Walls, owners: NDArray[np.intp]) -> list[tuple[float, float, float, float]]:
    """The rectangles of paper within frames, each of which is four walls that end on each other.

    They are as ``_paper_within`` finds them where the walls are drawn.

    Args:
        walls: The walls of all frames.
        owners: The frame of each.

    Returns:
        x, y, width and height of each.
    """
    start, stop, position, slope, thickness = walls.numbers.T
    pixels = np.maximum(1, np.rint(thickness))
    half = np.where(pixels > 1, (pixels + 1) // 2, 0)  # as many OpenCV draws on either side of a line
    ends = np.stack([np.rint(position), np.rint(position + slope * (stop - start))])
    left, right, top, bottom = np.lexsort((position, walls.level, owners)).reshape(-1, 4).T
    # Each side's edge beside the paper, at its start and at its stop.
    x0, y0 = ends[:, left] + half[left], ends[:, top] + half[top]
    x1, y1 = ends[:, right] - half[right], ends[:, bottom] - half[bottom]
    width, height = x1.max(axis=0) - x0.min(axis=0), y1.max(axis=0) - y0.min(axis=0)
    diagonals = (x1[1] - x0[0]) * (y1[0] - y0[1]) - (y1[1] - y0[0]) * (x0[1] - x1[0])
    area = np.abs(diagonals) / 2  # half their cross product
    kept = (width > 1) & (height > 1) & (area >= _FILLED * width * height)
    found = np.column_stack([x0.min(axis=0) + 1, y0.min(axis=0) + 1, width - 1, height - 1])[kept]
    return [(x, y, width, height) for x, y, width, height in found.tolist()]


def _paper_within(walls: NDArray[np.uint8]) -> list[tuple[float, float, float, float]]:
    """The rectangles of paper within walls: x, y, width and height."""
    outlines, tree = cv2.findContours(walls, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return []
    parents = tree[0][:, 3]
    areas = np.array([cv2.contourArea(outline, oriented=True) for outline in outlines])
    found = []
    for number in np.flatnonzero(areas > 0).tolist():  # outlines of paper run the other way around
        x, y, width, height = cv2.boundingRect(outlines[number])
        inside = areas[number] + areas[parents == number].sum()
        # The outline runs along the middles of the walls' pixels around the paper.
        if inside >= _FILLED * (width - 1) * (height - 1):
            found.append((x + 1.0, y + 1.0, width - 2.0, height - 2.0))
    return found
