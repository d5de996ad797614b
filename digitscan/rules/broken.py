"""Dotted and dashed rules: rows of small marks at even distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers, Runs, group_runs
from digitscan.rules.dots import thickest_mark
from digitscan.rules.rule import STEEPEST, Rule, numbers, stretches
from digitscan.rules.runs import SHORTEST

_REACH = 2.0
"""Neighbouring marks lie at most twice this many stroke widths and twice their length apart."""

_LEAST = 5
"""Marks of one rule at the least."""

EVEN = 0.7
"""Share of a rule's marks, and of its gaps, that are alike."""

_OFF = 0.2
"""Gaps of which some are closed or hidden lie at multiples of one distance, give or take this share of it."""

_UNLIKE = 0.3
"""Marks, and gaps, that are alike differ at most this share and a pixel."""

_SOLID = 0.7
"""Share of its length on which a solid rule has ink."""

_PARTED = 3
"""A broken rule has at least so many gaps."""

_STRAYS = 0.2
"""Share of a rule's marks that may lie beside it."""

_FREE = 0.6
"""Share of a rule's marks that have a stroke width of paper on both sides."""

_CLOSED = 1.5
"""Gaps between parts of a broken rule, of which others closed, are at most this many stroke widths wide."""

_WIDER = 1.6
"""A rule goes on over gaps at most this many times as wide as usual."""

_WIDE = 4.0
"""Gaps of more than this many times the usual one, over which nothing is written, part two rules."""

_HIDDEN = 14.0
"""What is written may hide this many stroke widths of a rule,"""

_NEAR = 0.5
"""and lies at most this many beside its middle there."""


def broken_runs(
    lines: NDArray[np.uint8], marks: NDArray[np.int32], stroke: float, horizontal: bool
) -> list[Rule]:
    """Find rules along the rows that are rows of marks.

    Args:
        lines: ``(H, W)``, 255 where there is ink; on its side for upright rules.
        marks: Boxes of the marks on it.
        stroke: Usual width of a stroke in pixels.
        horizontal: What the rules are on the page.

    Returns:
        Rules from the first to the last ink on them, also where what is written hides their marks.
    """
    low = marks[marks[:, 3] <= thickest_mark(stroke)]
    if len(low) < _LEAST:
        return []
    found = []
    for row in _rows(low, lines.shape[1], stroke):
        for part in _parted(lines, row, stroke):
            run = _fit(part, horizontal)
            if run is not None and _is_free(lines, part, stroke):
                rule, gap = run
                found += _grown(_along(lines, [rule]), [rule], _WIDER * gap)
    return _joined(lines, found, stroke)


def _rows(marks: NDArray[np.int32], width: int, stroke: float) -> Iterator[NDArray[np.int32]]:
    """Marks that may be those of one rule: those in a long, low chain. ``width`` is that of the page."""
    # Marks made longer to both sides overlap their neighbours on the same row. Columns a stroke wide are fine
    # enough.
    factor = max(1, round(stroke))
    x, y, across, down = marks.T.astype(np.intp)
    reach = np.rint(_REACH * stroke + across).astype(np.intp)
    owners = np.arange(len(marks)).repeat(down)
    rows = np.arange(len(owners)) + (y + down - np.cumsum(down))[owners]
    starts = (np.maximum(0, x - reach) // factor)[owners]
    stops = (np.minimum(x + across + reach, width) // factor + 1)[owners]
    chains = group_runs(_merged(rows, starts, stops)).boxes * (factor, 1, factor, 1)
    left, top, across, down = chains.T
    marks = marks[np.argsort(marks[:, 1], kind="stable")]
    first = np.searchsorted(marks[:, 1], top)
    last = np.searchsorted(marks[:, 1], top + down, "right")
    fits = (across >= 2 * SHORTEST * stroke) & (down <= 4 * stroke + STEEPEST * across)
    fits &= last - first >= _LEAST
    for chain in np.flatnonzero(fits).tolist():
        beside = marks[first[chain] : last[chain]]
        own = (beside[:, 0] >= left[chain]) & (beside[:, 0] <= left[chain] + across[chain])
        if np.count_nonzero(own) >= _LEAST:
            yield beside[own]


def _merged(rows: Numbers, starts: Numbers, stops: Numbers) -> Runs:
    """Runs from some that may overlap and are in no order."""
    span = int(stops.max()) + 1
    order = (rows * span + starts).argsort()
    rows, starts = rows[order], starts[order]
    covered = np.maximum.accumulate(rows * span + stops[order])
    parted = rows[1:] * span + starts[1:] > covered[:-1]
    first, last = np.append(True, parted), np.append(parted, True)
    return Runs(rows[first], starts[first], covered[last] - rows[last] * span)


def _parted(lines: NDArray[np.uint8], marks: NDArray[np.int32], stroke: float) -> list[NDArray[np.int32]]:
    """Marks from left to right, parted where a wide gap has nothing written over it."""
    marks = marks[np.argsort(marks[:, 0])]
    x, y, width, height = marks.T
    gaps = x[1:] - x[:-1] - width[:-1]
    wide = np.flatnonzero(gaps > _WIDE * _usual(gaps))
    bare = [
        i + 1
        for i in wide.tolist()
        if not _is_written_over(lines, y[i] + height[i] / 2, x[i] + width[i], x[i + 1], stroke)
    ]
    return np.split(marks, bare)


def _fit(marks: NDArray[np.int32], horizontal: bool) -> tuple[Rule, float] | None:
    """The rule that a row of marks is, and their usual gap; None when they are uneven or lie on no line."""
    if len(marks) < _LEAST:
        return None
    x, y, width, height = marks.astype(float).T
    gaps = x[1:] - x[:-1] - width[:-1]
    gap = _usual(gaps)
    if gap <= 0 or alike(width) < EVEN or max(alike(gaps), _multiples(np.diff(x))) < EVEN:
        return None
    along, across = x + width / 2, y + (height - 1) / 2
    thickness = _usual(height)
    centred = along - along.mean()
    slope = float(centred @ across / (centred @ centred))
    strays = np.abs(across - across.mean() - slope * centred)
    if abs(slope) > STEEPEST or (strays > 0.5 * thickness + 1).mean() > _STRAYS:
        return None
    start, stop = float(x[0]), float(x[-1] + width[-1])
    position = float(across.mean() + slope * (start - along.mean()))
    return Rule(horizontal, start, stop, position, slope, thickness), gap


def part_broken(
    lines: NDArray[np.uint8], runs: Sequence[Rule], broken: Sequence[Rule], stroke: float
) -> tuple[list[Rule], list[Rule]]:
    """Tell the straight runs that are solid from those that are parts of broken rules, and join the parts.

    At low resolution the grey between dashes closes some gaps and not others. Runs that are neither, as those
    along a line of print, are left out.
    """
    if not runs:
        return [], _joined(lines, broken, stroke)
    gap = round(_CLOSED * stroke) + 1
    rows = numbers(runs)
    start, stop = np.rint(rows[:, :2]).astype(np.intp).T
    first, last = np.maximum(0, start - gap), np.minimum(lines.shape[1], stop + gap)
    inked = np.append(0, np.cumsum(stretches(rows, first, last).ink(lines) > 0))
    before = np.append(0, np.cumsum(last - first))[:-1] - first
    amounts = inked[before + stop] - inked[before + start]
    goes_on = inked[before + last] - inked[before + first] > amounts
    are_solid = amounts >= _SOLID * (stop - start)
    are_parts = (rows[:, 4] <= thickest_mark(stroke)) & (~are_solid | goes_on)
    parts = are_parts.nonzero()[0].tolist()
    dashed = dict(zip(parts, _dashed(lines, [runs[number] for number in parts], gap), strict=True))
    solid = [rule for number, rule in enumerate(runs) if are_solid[number] and dashed.get(number) is None]
    return solid, _joined(lines, [*broken, *(rule for rule in dashed.values() if rule is not None)], stroke)


def _dashed(lines: NDArray[np.uint8], rules: Sequence[Rule], gap: float) -> list[Rule | None]:
    """Rules, grown, where gaps of one size part them at even distances, some of which may be closed."""
    along = _along(lines, rules)
    dashed: list[Rule | None] = []
    for inked, rule in zip(along, _grown(along, rules, gap), strict=True):
        dashed.append(None)
        own = inked[round(rule.start) : round(rule.stop)]
        edges = (own[1:] != own[:-1]).nonzero()[0]
        if len(edges) < 2 * _PARTED or len(edges) % 2:
            continue
        first, second = edges.reshape(-1, 2).T
        starts, stops = (first, second) if own[0] else (second, first)
        if alike(stops - starts) >= EVEN and _multiples(np.diff((starts + stops) / 2)) >= EVEN:
            dashed[-1] = rule
    return dashed


def alike(lengths: NDArray[np.float64] | NDArray[np.intp]) -> float:
    """Share of lengths that are about the usual one."""
    usual = _usual(lengths)
    return float((np.abs(lengths - usual) <= _UNLIKE * usual + 1).mean())


def _usual(lengths: NDArray[np.float64] | NDArray[np.intp] | NDArray[np.int32]) -> float:
    """The middle one by size; ``np.median`` takes ten times as long for so few."""
    return float(np.sort(lengths)[len(lengths) // 2])


def _multiples(steps: NDArray[np.float64]) -> float:
    """Share of distances that are multiples of a small one of them."""
    shares = []
    for small in np.sort(steps)[[len(steps) // 20, len(steps) // 4]]:
        times = steps / max(1.0, float(small))
        shares.append((np.abs(times - np.round(times)) <= _OFF).mean())
    return float(max(shares))


def _along(lines: NDArray[np.uint8], rules: Sequence[Rule]) -> NDArray[np.bool_]:
    """``(N, W)`` where there is ink along the middles of rules, from one edge of the page to the other."""
    width = np.full(len(rules), lines.shape[1])
    inked = stretches(numbers(rules), np.zeros_like(width), width).ink(lines) > 0
    return np.asarray(inked.reshape(len(rules), lines.shape[1]))


def _is_free(lines: NDArray[np.uint8], marks: NDArray[np.int32], stroke: float) -> bool:
    """Whether there is paper above and below most marks of a rule, as there is not in a line of print."""
    free = 0
    for x, y, width, height in marks.tolist():
        reach = round(stroke) + 1
        above = lines[max(0, y - reach) : max(0, y - 1), x : x + width]
        below = lines[y + height + 1 : y + height + reach, x : x + width]
        free += not above.any() and not below.any()
    return free >= _FREE * len(marks)


def _grown(along: NDArray[np.bool_], rules: Sequence[Rule], gap: float) -> list[Rule]:
    """Rules on to the last ink ``along`` them that no gap parts: marks that touch what is written."""
    # Rows one behind the other, so far apart that no ink of one is near that of the next.
    span = along.shape[1] + int(gap) + 2
    row = np.zeros((len(rules), span), bool)
    row[:, 1 : along.shape[1] + 1] = along
    row, beyond = row.ravel(), row.size + span
    edges = np.concatenate([[-beyond, -beyond], (row[1:] != row[:-1]).nonzero()[0], [beyond, beyond]])
    firsts, stops = edges.reshape(-1, 2).T
    parted = firsts[1:] - stops[:-1] > gap
    chains = np.append(0, parted.cumsum())
    first_of, stop_of = firsts[np.append(True, parted)], stops[np.append(parted, True)]
    origins = np.arange(len(rules)) * span
    start, stop = np.rint(numbers(rules)[:, :2].T).astype(np.intp) + origins
    before, after = firsts.searchsorted(start) - 1, stops.searchsorted(stop, "right")
    start = np.where(start - stops[before] <= gap, first_of[chains[before]], start) - origins
    stop = np.where(firsts[after] - stop <= gap, stop_of[chains[after]], stop) - origins
    return [
        rule._replace(start=float(first), stop=float(last), position=rule.at(first))
        for rule, first, last in zip(rules, start.tolist(), stop.tolist(), strict=True)
    ]


def _joined(lines: NDArray[np.uint8], rules: Sequence[Rule], stroke: float) -> list[Rule]:
    """Join the parts of one rule that what is written has parted."""
    joined: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.start):
        for i, other in enumerate(joined):
            slack = 0.5 * max(rule.thickness, other.thickness) + 1
            middle = (rule.start + other.stop) / 2
            gap = rule.start - other.stop
            if (
                gap <= _HIDDEN * stroke
                and abs(rule.at(middle) - other.at(middle)) <= slack
                and _is_written_over(lines, rule.at(middle), other.stop, rule.start, stroke)
            ):
                stop = max(rule.stop, other.stop)
                slope = other.slope
                if stop > other.stop:
                    slope = (rule.at(stop) - other.position) / (stop - other.start)
                joined[i] = other._replace(stop=stop, slope=slope)
                break
        else:
            joined.append(rule)
    return joined


def _is_written_over(
    lines: NDArray[np.uint8], position: float, start: float, stop: float, stroke: float
) -> bool:
    """Whether there is ink beside or in the gap of a rule, as there is where something hides it."""
    reach, middle = round(_NEAR * stroke), round(position)
    gap = lines[max(0, middle - reach) : middle + reach + 1, round(start) + 1 : max(0, round(stop) - 1)]
    return not gap.size or bool(gap.any())
