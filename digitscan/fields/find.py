"""Which places of a page to read, by the asked layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitscan.fields.boxes import find_boxes
from digitscan.fields.lines import find_lines
from digitscan.fields.region import Region, in_reading_order
from digitscan.intervals import points_within
from digitscan.options import Layout
from digitscan.rules import Rule

_LETTER = 3.0
"""Ink is written when it is at least this many stroke widths high; lower is dirt or a dot."""


def find_fields(
    layout: Layout,
    rules: Sequence[Rule],
    components: NDArray[np.int32],
    shape: tuple[int, int],
    stroke: float,
) -> list[Region]:
    """Find the places to read, named ``field_1``, ``field_2`` and on in reading order.

    Args:
        layout: What to look for.
        rules: The page's rules.
        components: ``(N, 4)`` x, y, width, height of the components of its ink, rules taken away.
        shape: Height and width of the page in pixels.
        stroke: Usual width of the strokes in pixels.

    Returns:
        Regions in reading order. Those that come from boxes are sure, groups of ink are not.
    """
    height, width = shape
    if layout is Layout.FIELD:
        return [Region((0.0, 0.0, float(width), float(height)), name="field_1")]
    written = components[components[:, 3] >= _LETTER * stroke]
    boxes = [] if layout is Layout.LINES else find_boxes(rules, shape, stroke, components)
    found: list[Region] = []
    for box, inside in zip(boxes, _inside(boxes, written), strict=True):
        lines = [] if box.cells or not len(inside) else _lines_among(inside)
        found += lines or [box]
    if layout is Layout.LINES or (layout is Layout.AUTO and not boxes):
        found = find_lines(written)
    return [replace(region, name=f"field_{i}") for i, region in enumerate(in_reading_order(found), 1)]


def _inside(boxes: Sequence[Region], components: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """The components in boxes, where one of them ends above another; else none.

    Most boxes hold one line of digits.
    """
    x, y, width, height = np.array([box.box for box in boxes], np.float64).reshape(-1, 4).T
    across, down = (components[:, :2] + components[:, 2:] / 2).T
    inner, owners = points_within(down, y, y + height)
    own = (across[inner] >= x[owners]) & (across[inner] <= (x + width)[owners])
    inner, owners = inner[own], owners[own]
    ends, starts = np.full(len(boxes), np.inf), np.full(len(boxes), -np.inf)
    np.minimum.at(ends, owners, components[inner, 1] + components[inner, 3])
    np.maximum.at(starts, owners, components[inner, 1])
    bounds = owners.searchsorted(np.arange(len(boxes) + 1)).tolist()
    return [
        components[np.sort(inner[first:stop])] if stacked else components[:0]
        for (first, stop), stacked in zip(pairwise(bounds), (ends <= starts).tolist(), strict=True)
    ]


def _lines_among(components: NDArray[np.int32]) -> list[Region]:
    """Lines of components, where there are several below each other as in a frame around a paragraph."""
    lines = find_lines(components)
    tops = [region.box[1] for region in lines]
    bottoms = [region.box[1] + region.box[3] for region in lines]
    return lines if len(lines) > 2 and min(bottoms) <= max(tops) else []
