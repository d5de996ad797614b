"""Frames: boxes and combs, looked for between level rules.

A box is two level rules with a side at either end; a comb has ticks or dividers at even distances besides, or
ticks on a base line alone. Sides and ticks are looked for where the level rules say they must be, by how much
of the way there is ink, so that they are found when they are dotted, when what is written covers them, and
when they are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from digitscan.intervals import points_within
from digitscan.rules.between import Place, look_between
from digitscan.rules.rule import Rule, near, numbers
from digitscan.rules.runs import SHORTEST
from digitscan.rules.ticks import base_ticks

_HIGHEST = 45.0
"""A box is at most this many stroke widths high,"""

_TALL = 2.0
"""and at most this many of its widths."""


@dataclass
class Frames:
    """What the level rules of a page carry.

    Attributes:
        ends: For each level rule by its number that is proved to be one: where it starts and stops.
        uprights: Sides, dividers and ticks.
        corners: Rounded corners, as short straight pieces.
    """

    ends: dict[int, tuple[float, float]] = field(default_factory=dict)
    uprights: list[Rule] = field(default_factory=list)
    corners: list[Rule] = field(default_factory=list)


def find_frames(
    lines: NDArray[np.uint8], solid: Sequence[Rule], broken: Sequence[Rule], stroke: float
) -> Frames:
    """Find the sides of boxes and the ticks of combs.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        solid: Level runs that may be rules.
        broken: Dotted and dashed ones.
        stroke: Usual width of a stroke in pixels.

    Returns:
        The level rules that are proved by what they carry, numbered with ``solid`` first, and that.
    """
    levels = [*solid, *broken]
    frames = Frames()
    pairs = _uppers(levels, stroke)
    places = [
        Place.of(levels[upper], levels[lower], max(upper, lower) >= len(solid), stroke)
        for upper, lower in pairs
    ]
    for (upper, lower), between in zip(pairs, look_between(lines, places, stroke), strict=True):
        box = between.box(lines)
        if box is not None:
            frames.ends[upper] = frames.ends[lower] = box.ends
            frames.uprights += box.uprights
            frames.corners += box.corners
    bases = [
        number
        for number, rule in enumerate(levels)
        if number not in frames.ends and rule.length >= 3 * SHORTEST * stroke
    ]
    combs = base_ticks(lines, [levels[number] for number in bases], stroke)
    for number, comb in zip(bases, combs, strict=True):
        if comb is not None:
            frames.ends[number] = comb[0]
            frames.uprights += comb[1]
    return frames


def _uppers(levels: Sequence[Rule], stroke: float) -> list[tuple[int, int]]:
    """Pairs of level runs: each with the nearest above it that is as long, if it is near enough for a box."""
    start, stop, position, slope, _ = numbers(levels).T
    middle = position + slope * ((start + stop) / 2 - start)
    slack = 2 * near(stroke)
    upper, lower = points_within(start, start - slack - 1, start + slack + 1)
    height = middle[lower] - middle[upper]
    fits = (height >= SHORTEST * stroke) & (height <= _HIGHEST * stroke)
    fits &= height <= _TALL * (stop - start)[lower] + 2 * slack
    fits &= (np.abs(start[lower] - start[upper]) <= slack) & (np.abs(stop[lower] - stop[upper]) <= slack)
    upper, lower, height = upper[fits], lower[fits], height[fits]
    order = np.lexsort((upper, height, lower))
    nearest = order[np.diff(lower[order], prepend=-1) > 0]
    return list(zip(upper[nearest].tolist(), lower[nearest].tolist(), strict=True))
