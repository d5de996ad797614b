"""Boxes and combs: the cells that the rules of a form enclose."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from digitscan.fields.region import Region, in_reading_order
from digitscan.rules import Rule

_SMALLEST = 4.0
"""Sides of a cell are at least this many stroke widths long."""

_FILLED = 0.9
"""A closed cell covers at least this share of its bounding box."""

_LARGEST = 0.5
"""A cell covers at most this share of the page: larger ones are frames."""

_COMB_WIDTH = 1.5
"""Cells of a comb are at most this many of their heights wide."""

_COMB_LIKE = 0.25
"""Widths and heights of a comb's cells differ by at most this share."""

_COMB_GAP = 0.35
"""Cells of a comb lie at most this share of their width apart."""


def find_boxes(rules: Sequence[Rule], shape: tuple[int, int], stroke: float) -> list[Region]:
    """Find closed boxes, the cells of tables, and combs.

    The rules alone are drawn, each a little longer than found so that corners close; what they enclose are
    the cells. Cells about as wide as high that stand in a row are one comb.

    Args:
        rules: The rules of the page.
        shape: Height and width of the page in pixels.
        stroke: Usual width of the strokes in pixels.

    Returns:
        Regions in reading order, without names.
    """
    if not rules or stroke <= 0:
        return []
    walls = np.full(shape, 255, np.uint8)
    for rule in rules:
        _draw(walls, rule, stroke)
    _, _, stats, _ = cv2.connectedComponentsWithStats(walls, connectivity=4, ltype=cv2.CV_32S)
    height, width = shape
    cells = []
    for x, y, w, h, area in stats[1:].tolist():
        on_edge = x == 0 or y == 0 or x + w == width or y + h == height
        small = min(w, h) < _SMALLEST * stroke
        if not on_edge and not small and area >= _FILLED * w * h and area <= _LARGEST * width * height:
            cells.append(Region((float(x), float(y), float(w), float(h))))
    return in_reading_order(_join_combs(in_reading_order(cells)))


def _draw(walls: np.ndarray, rule: Rule, stroke: float) -> None:
    """Draw a rule as a wall, its ends made longer to close corners."""
    longer = 1.5 * stroke + 2
    ends = [(along, rule.at(along)) for along in (rule.start - longer, rule.stop + longer)]
    first, last = (
        (round(along), round(across)) if rule.horizontal else (round(across), round(along))
        for along, across in ends
    )
    cv2.line(walls, first, last, 0, max(1, round(rule.thickness)))


def _join_combs(cells: Sequence[Region]) -> list[Region]:
    """Join neighbours that look like the cells of one comb; ``cells`` come in reading order."""
    rows: list[list[Region]] = []
    for cell in cells:
        if rows and _continue_comb(rows[-1][-1], cell):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [_comb(row) if len(row) > 1 else row[0] for row in rows]


def _continue_comb(left: Region, right: Region) -> bool:
    x0, y0, w0, h0 = left.box
    x1, y1, w1, h1 = right.box
    return (
        max(w0, w1) <= _COMB_WIDTH * min(h0, h1)
        and abs(w0 - w1) <= _COMB_LIKE * max(w0, w1)
        and abs(h0 - h1) <= _COMB_LIKE * max(h0, h1)
        and abs(y0 - y1) <= _COMB_LIKE * h0
        and 0 <= x1 - (x0 + w0) <= _COMB_GAP * w0
    )


def _comb(row: Sequence[Region]) -> Region:
    lefts = [cell.box[0] for cell in row]
    rights = [cell.box[0] + cell.box[2] for cell in row]
    top = min(cell.box[1] for cell in row)
    bottom = max(cell.box[1] + cell.box[3] for cell in row)
    between = [(right + left) / 2 for right, left in zip(rights[:-1], lefts[1:], strict=True)]
    return Region((lefts[0], top, rights[-1] - lefts[0], bottom - top), (lefts[0], *between, rights[-1]))
