"""Rules found on a smaller page, and measured on the page itself.

What is long and what is thick is as well seen where strokes are four pixels wide as where they are ten.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.bands import reduce_ink
from digitscan.rules.fitting import usual_thicknesses
from digitscan.rules.rule import Rule, numbers

_FINE = 4.0
"""Strokes are at least this many pixels wide on the smaller page."""

_KEPT = 1.6
"""Ink that covers less than half of a pixel of the smaller page, as a thin line does, counts so much more."""

_SAMPLES = 40
"""A rule is measured at so many places."""


def smaller_factor(stroke: float) -> int:
    """By how much a page with strokes of so many pixels may be made smaller; 1 if it may not."""
    return max(1, int(stroke // _FINE))


def make_smaller(density: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Make ink ``(H, W)`` smaller by a whole factor, so that lines of a single pixel stay ink."""
    return cv2.convertScaleAbs(reduce_ink(density, factor), alpha=_KEPT)


def measure_larger(density: NDArray[np.uint8], rules: Sequence[Rule], factor: int) -> list[Rule]:
    """Lay rules that were found on a smaller page on the page ``(H, W)``, as thick as they are there."""
    larger = [
        rule._replace(
            start=rule.start * factor,
            stop=rule.stop * factor,
            position=(rule.position + 0.5) * factor - 0.5,
            thickness=rule.thickness * factor,
        )
        for rule in rules
    ]
    for horizontal in (True, False):
        along = [i for i, rule in enumerate(larger) if rule.horizontal == horizontal]
        measured = _measure(density if horizontal else density.T, [larger[i] for i in along], factor)
        for i, rule in zip(along, measured, strict=True):
            larger[i] = rule
    return larger


def _measure(lines: NDArray[np.uint8], rules: Sequence[Rule], factor: int) -> list[Rule]:
    """Rules along the rows with the thickness and the place that most of their ink has."""
    if not rules:
        return []
    height, width = lines.shape
    start, stop, position, slope, thickness = numbers(rules).T[:, :, None]
    first, last = np.maximum(start, 0), np.minimum(stop, width) - 1
    columns = (first + (last - first) * np.linspace(0, 1, _SAMPLES)).astype(np.intp).clip(0, width - 1)
    middles = position + slope * (columns - start)
    reach = int(thickness.max() / 2) + 2 * factor
    offsets = np.arange(-reach, reach + 1)
    rows = np.rint(middles).astype(np.intp)[:, :, None] + offsets
    inked = lines[rows.clip(0, height - 1), columns[:, :, None]] >= 128  # (rules, samples, offsets)
    # From the ink nearest to the middle to the paper on both sides of it.
    far = np.where(inked, np.abs(offsets), reach + 1)
    nearest = offsets[far.argmin(axis=2)][:, :, None]
    before = np.where(~inked & (offsets < nearest), offsets, -reach - 1).max(axis=2)
    behind = np.where(~inked & (offsets > nearest), offsets, reach + 1).min(axis=2)
    has_ink = far.min(axis=2) <= factor
    sizes, off = behind - before - 1, (behind + before) / 2 + np.rint(middles) - middles
    known = np.flatnonzero(np.count_nonzero(has_ink, axis=1) >= 2)
    owners, samples = np.nonzero(has_ink[known])
    sampled = sizes[known[owners], samples]
    thicknesses = usual_thicknesses(owners, sampled, np.ones_like(sampled), len(known))
    measured = list(rules)
    for i, thick in zip(known.tolist(), thicknesses.tolist(), strict=True):
        away = float(np.median(off[i, has_ink[i] & (sizes[i] <= 1.5 * thick + 1)]))
        measured[i] = rules[i]._replace(position=rules[i].position + away, thickness=float(thick))
    return measured
