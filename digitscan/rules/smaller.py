"""Rules found on a smaller page, and measured on the page itself.

What is long and what is thick is as well seen where strokes are four pixels wide as where they are ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule
from digitscan.rules.runs import usual_thickness

_FINE = 4.0
"""Strokes are at least this many pixels wide on the smaller page."""

_KEPT = 1.6
"""Ink that covers less than half of a pixel of the smaller page, as a thin line does, counts so much more."""

_SAMPLES = 64
"""A rule is measured at so many places."""


def smaller_factor(stroke: float) -> int:
    """By how much a page with strokes of so many pixels may be made smaller; 1 if it may not."""
    return max(1, int(stroke // _FINE))


def make_smaller(density: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Make ink ``(H, W)`` smaller by a whole factor, so that lines of a single pixel stay ink."""
    height, width = (max(1, side // factor) for side in density.shape)
    whole = density[: height * factor, : width * factor]
    small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.convertScaleAbs(small, alpha=_KEPT)


def measure_larger(density: NDArray[np.uint8], rules: Sequence[Rule], factor: int) -> list[Rule]:
    """Lay rules that were found on a smaller page on the page itself ``(H, W)``, as thick as they are there."""
    larger = [
        replace(
            rule,
            start=rule.start * factor,
            stop=rule.stop * factor,
            position=(rule.position + 0.5) * factor - 0.5,
            thickness=rule.thickness * factor,
        )
        for rule in rules
    ]
    return [_measured(density if rule.horizontal else density.T, rule, factor) for rule in larger]


def _measured(lines: NDArray[np.uint8], rule: Rule, factor: int) -> Rule:
    """A rule along the rows with the thickness and the place that most of its ink has."""
    height, width = lines.shape
    columns = np.linspace(max(0.0, rule.start), min(width - 1.0, rule.stop - 1), _SAMPLES).astype(np.intp)
    middles = np.rint(rule.position + rule.slope * (columns - rule.start)).astype(np.intp)
    reach = int(rule.thickness / 2) + 2 * factor
    offsets = np.arange(-reach, reach + 1)
    rows = np.clip(middles[:, None] + offsets, 0, height - 1)
    inked = lines[rows, columns[:, None]] >= 128
    # From the ink nearest to the middle to the paper on both sides of it.
    nearest = np.where(inked, np.abs(offsets), reach + 1).argmin(axis=1)
    has_ink = inked[np.arange(_SAMPLES), nearest] & (np.abs(offsets[nearest]) <= factor)
    if np.count_nonzero(has_ink) < 2:
        return rule
    places = np.arange(2 * reach + 1)
    before = np.where(~inked & (places < nearest[:, None]), places, -1).max(axis=1)
    behind = np.where(~inked & (places > nearest[:, None]), places, 2 * reach + 1).min(axis=1)
    sizes = (behind - before - 1)[has_ink]
    thickness = usual_thickness(np.sort(sizes))
    usual = sizes <= 1.5 * thickness + 1
    off = ((behind + before) / 2 - reach + middles - rule.position - rule.slope * (columns - rule.start))[
        has_ink
    ]
    return replace(rule, position=rule.position + float(np.median(off[usual])), thickness=thickness)
