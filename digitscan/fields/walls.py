"""Walls: the rules of a page drawn, and the paper that they enclose.

What is enclosed by some rules has nothing to do with rules far away: those that are near each other are drawn
by themselves, as small as they are, and not on a whole page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.fields.region import Region
from digitscan.groups import join_pairs
from digitscan.rules import Rule
from digitscan.rules.rule import meetings, near, numbers

_FILLED = 0.9
"""A closed cell covers at least this share of its bounding box."""

_FEWEST = 4
"""Rules that enclose a cell, at the least."""


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
    rules = [*_reaching(levels, uprights, stroke), *_reaching(uprights, levels, stroke)]
    if not rules:
        return []
    bounds, owners = _clusters(rules, shape)
    found = []
    for number, (left, top, right, bottom) in enumerate(bounds.tolist()):
        own = np.flatnonzero(owners == number)
        if len(own) < _FEWEST or right <= left or bottom <= top:
            continue
        walls = np.zeros((bottom - top, right - left), np.uint8)
        for i in own.tolist():
            rules[i].draw(walls, origin=(left, top))
        found += [Region((x + left, y + top, width, height)) for x, y, width, height in _paper_within(walls)]
    return found


def _reaching(rules: Sequence[Rule], others: Sequence[Rule], stroke: float) -> list[Rule]:
    """Rules with their ends moved to the nearest of those across them that they nearly start and stop on."""
    if not rules or not others:
        return list(rules)
    own = numbers(rules)
    start, _, position, slope, _ = numbers(others).T
    moved = own[:, :2].copy()
    for end, met in enumerate(meetings(rules, others, near(stroke))):
        middles = own[:, 2] + own[:, 3] * (own[:, end] - own[:, 0])
        places = position + slope * (middles[:, None] - start)
        away = np.where(met, np.abs(places - own[:, end, None]), np.inf)
        nearest = away.argmin(axis=1)[:, None]
        on_one = met.any(axis=1)
        moved[on_one, end] = np.take_along_axis(places, nearest, axis=1)[on_one, 0]
    return [
        replace(rule, start=start, stop=stop, position=rule.at(start))
        for rule, (start, stop) in zip(rules, moved.tolist(), strict=True)
    ]


def _clusters(rules: Sequence[Rule], shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Parts of the page that do not overlap: left, top, right and bottom, and the part of each rule."""
    start, stop, position, slope, thickness = numbers(rules).T
    ends, reach = position + slope * (stop - start), thickness / 2 + 2
    along = start - reach, stop + reach
    across = np.minimum(position, ends) - reach, np.maximum(position, ends) + reach
    level = np.array([rule.horizontal for rule in rules])
    left, right = (np.where(level, *sides) for sides in zip(along, across, strict=True))
    top, bottom = (np.where(level, *sides) for sides in zip(across, along, strict=True))
    bounds = np.column_stack([np.floor(left), np.floor(top), np.ceil(right), np.ceil(bottom)]).astype(np.intp)
    owners = np.arange(len(rules))
    while True:
        left, top, right, bottom = bounds.T
        overlap = (left[:, None] <= right) & (left <= right[:, None])
        overlap &= (top[:, None] <= bottom) & (top <= bottom[:, None])
        names, joined = np.unique(join_pairs(len(bounds), *np.nonzero(overlap)), return_inverse=True)
        owners = joined[owners]
        if len(names) == len(bounds):
            height, width = shape
            return bounds.clip(0, (width, height, width, height)), owners
        larger = bounds[names]
        np.minimum.at(larger[:, :2], joined, bounds[:, :2])
        np.maximum.at(larger[:, 2:], joined, bounds[:, 2:])
        bounds = larger


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
