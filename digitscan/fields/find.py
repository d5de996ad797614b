"""Which places of a page to read, by the asked layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitscan.fields.boxes import find_boxes
from digitscan.fields.lines import find_lines
from digitscan.fields.region import Region, in_reading_order
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
    middles = written[:, :2] + written[:, 2:] / 2
    found: list[Region] = []
    for box in boxes:
        lines = [] if box.cells else _lines_within(box, written, middles)
        found += lines if len(lines) > 1 else [box]
    if layout is Layout.LINES or (layout is Layout.AUTO and not boxes):
        found = find_lines(written)
    return [replace(region, name=f"field_{i}") for i, region in enumerate(in_reading_order(found), 1)]


def _lines_within(box: Region, components: NDArray[np.int32], middles: NDArray[np.float64]) -> list[Region]:
    """Lines in a box that holds several below each other, as a frame around a paragraph does; else none."""
    x, y, width, height = box.box
    across, down = middles.T
    own = components[(across >= x) & (across <= x + width) & (down >= y) & (down <= y + height)]
    # Most boxes hold one line of digits, none of which ends above another.
    if not len(own) or (own[:, 1] + own[:, 3]).min() > own[:, 1].max():
        return []
    lines = find_lines(own)
    tops = [region.box[1] for region in lines]
    bottoms = [region.box[1] + region.box[3] for region in lines]
    stacked = any(bottom <= top for bottom in bottoms for top in tops)
    return lines if stacked and len(lines) > 2 else []
