"""Ticks: the short uprights at even distances that part a comb into cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule, near
from digitscan.rules.runs import SHORTEST
from digitscan.rules.standing import ink_share, strip_above, thin_columns, upright_on, widened

_TICK = 2.0
"""A tick is at least this many stroke widths long,"""

_TICK_INK = 0.75
"""and so far it has ink on at least this share of its way."""

_LONGEST = 20.0
"""Ticks on a base line alone are at most this many stroke widths long."""

_NARROWEST = 0.4
"""A comb's cells are at least this share of their height wide,"""

_WIDEST = 1.6
"""and at most this many of their heights."""

_OFF = 0.04
"""Ticks stray from even distances at most this share of a cell's width, and half a stroke."""

_CLEAN = 0.7
"""Share of a comb's ticks that must be plain to see; what is written may cover the others."""

_ALIKE = 0.3
"""The ticks of a comb differ in length at most this share."""


class _Division(NamedTuple):
    """Cells of equal widths between two sides.

    Attributes:
        wanted: Columns of the borders between them.
        nearest: The number of the upright nearest to each.
        close: Whether that is where the border should be.
        slack: How far off it may be, in pixels.
    """

    wanted: NDArray[np.float64]
    nearest: NDArray[np.intp]
    close: NDArray[np.bool_]
    slack: float


def base_ticks(
    lines: NDArray[np.uint8], rule: Rule, stroke: float
) -> tuple[tuple[float, float], list[Rule]] | None:
    """Find the ticks of a comb that has nothing but its base line.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        rule: The level run that may be the base line.
        stroke: Usual width of a stroke in pixels.

    Returns:
        x of the first and the last tick, and the ticks; None if there are none.
    """
    left, right = rule.start - near(stroke), rule.stop + near(stroke)
    ends = end_ticks(widened(strip_above(lines, rule, _TICK * stroke, left, right)), rule, left, stroke)
    if ends is None:
        return None
    strip = strip_above(lines, rule, _LONGEST * stroke, left, right)
    columns, length = find_ticks(strip, widened(strip), ends, rule.thickness, None, stroke)
    if not columns:
        return None
    high = length + rule.thickness / 2
    ticks = [upright_on(rule, left + x, 0, high, rule.thickness) for x in (ends[0], *columns, ends[1])]
    return (left + ends[0], left + ends[1]), ticks


def end_ticks(wide: NDArray[np.uint8], rule: Rule, left: float, stroke: float) -> tuple[float, float] | None:
    """Find the ticks at both ends of a rule.

    Args:
        wide: The ink that adjoins the rule, which lies below its last row, widened.
        rule: The rule.
        left: x of the strip's first column.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Their columns in the strip, or None where one is missing.
    """
    inked = ink_share(wide[-_shortest(stroke) :]) >= _TICK_INK
    reach = near(stroke)
    columns = thin_columns(inked, rule.thickness)
    first = [column for column in columns if abs(left + column - rule.start) <= reach]
    last = [column for column in columns if abs(left + column - rule.stop) <= reach]
    return (first[0], last[-1]) if first and last else None


def find_ticks(
    strip: NDArray[np.uint8],
    wide: NDArray[np.uint8],
    ends: tuple[float, float],
    thickness: float,
    height: float | None,
    stroke: float,
) -> tuple[list[float], float]:
    """Find the ticks that stand on the last row of a strip.

    Args:
        strip: The ink above a level rule, straightened.
        wide: It, widened.
        ends: Columns of the comb's sides.
        thickness: Of the rule, in pixels.
        height: Of the comb, in pixels; None where nothing bounds it above.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Columns of the ticks between the sides, also of those that something written covers, and the ticks'
        length in pixels; no columns if there are no ticks at even distances.
    """
    least = min(_shortest(stroke), len(strip))
    inked = ink_share(wide[-least:]) >= _TICK_INK
    upright = thin_columns(inked, thickness)
    if next(_divisions(upright, ends, height, stroke), None) is None:
        return [], 0.0
    lengths = _lengths(strip, wide, upright, least, thickness)
    clean = {column: length for column, length in zip(upright, lengths, strict=True) if length > 0}
    columns = evenly_spaced(list(clean), list(clean.values()), inked, ends, height, stroke)
    plain = [clean[column] for column in columns if column in clean]
    return columns, float(np.median(plain)) if plain else 0.0


def evenly_spaced(
    clean: Sequence[float],
    lengths: Sequence[float],
    inked: NDArray[np.bool_],
    ends: tuple[float, float],
    height: float | None,
    stroke: float,
) -> list[float]:
    """Tell the uprights at even distances between two sides from what is written.

    Args:
        clean: Columns of the uprights that stand alone.
        lengths: How long each is, or how dense.
        inked: For each column whether an upright could be there, under something written perhaps.
        ends: Columns of the sides.
        height: Height of the comb in pixels; None where it is open above.
        stroke: Usual width of a stroke in pixels.

    Returns:
        Columns of the uprights, or none if they are not at even distances.
    """
    places, sizes = np.array(clean), np.array(lengths)
    best: list[float] = []
    most = 0
    for wanted, nearest, close, slack in _divisions(clean, ends, height, stroke):
        usual = np.median(sizes[nearest[close]])
        plain = close & (np.abs(sizes[nearest] - usual) <= _ALIKE * usual)
        around = [inked[max(0, round(x - slack)) : round(x + slack) + 1].any() for x in wanted]
        if plain.sum() < _CLEAN * len(wanted) or not all(around):
            continue
        # Half as many cells would do as well, and twice as many where digits stand in the middles of cells.
        score = int(plain.sum() - (~plain).sum())
        if score > most:
            most = score
            best = np.where(plain, places[nearest], wanted).tolist()
    return best


def _divisions(
    columns: Sequence[float], ends: tuple[float, float], height: float | None, stroke: float
) -> Iterator[_Division]:
    """Cells of equal widths, many first, at most of whose borders there is one of these ascending columns."""
    width = ends[1] - ends[0]
    narrowest = max(SHORTEST * stroke, _NARROWEST * (height or 0.0))
    fewest = 3 if height is None else max(2, ceil(width / (_WIDEST * height)))
    # Each column is near one border at the most.
    most = min(int(width / narrowest), int(len(columns) / _CLEAN) + 1)
    if not columns or most < fewest:
        return
    places = np.array(columns)
    halfway = (places[1:] + places[:-1]) / 2
    for cells in range(most, fewest - 1, -1):
        wanted = ends[0] + width * np.arange(1, cells) / cells
        slack = _OFF * width / cells + 0.5 * stroke + 1
        nearest = halfway.searchsorted(wanted)
        close = np.abs(wanted - places[nearest]) <= slack
        if np.count_nonzero(close) >= _CLEAN * (cells - 1):
            yield _Division(wanted, nearest, close, slack)


def _shortest(stroke: float) -> int:
    """Least length of a tick in pixels."""
    return max(3, round(_TICK * stroke))


def _lengths(
    strip: NDArray[np.uint8], wide: NDArray[np.uint8], columns: Sequence[float], least: int, thickness: float
) -> list[float]:
    """How far up ticks go; 0 for what is part of a stroke that goes on aside, as in a digit."""
    if not columns:
        return []
    rows, width = strip.shape
    places = np.rint(columns).astype(np.intp)
    blank = wide[::-1, places] == 0
    blank[:least] = False
    lengths = np.where(blank.any(axis=0), blank.argmax(axis=0), rows)
    # Where ticks end: their last row and the two above them, as far as the strip goes.
    reach = round(thickness / 2) + 2
    across = places[:, None] + np.arange(-reach, reach + 1)
    up = lengths[:, None] + np.arange(-1, 2)
    inside = ((across >= 0) & (across < width))[:, None] & (up < rows)[:, :, None]
    ends = strip[-1 - up.clip(0, rows - 1)[:, :, None], across.clip(0, width - 1)[:, None]] > 0
    ends &= inside
    aside = ends[:, 1:].any(axis=(1, 2)) | (np.count_nonzero(ends[:, 0], axis=1) > 2 * thickness + 2)
    lengths[aside & (lengths < rows)] = 0
    return lengths.astype(float).tolist()
