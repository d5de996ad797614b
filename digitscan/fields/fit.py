"""Fitting: the fields of a template moved onto the boxes and combs that are printed on the page.

A template's boxes are about right at best: forms are printed, copied and scanned a little off, and somebody
drew the boxes by eye. What is printed is better to go by, the ticks of combs above all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from digitscan.fields.region import Region

_SAME = 0.5
"""A box is a field's when both share at least this part of what they cover together."""

_EDGE = 0.3
"""Sides of the box are off those of the field by at most this share of its height: a side farther off is
rather a stroke of a digit than the box's."""

_OFF = 0.35
"""Borders of cells are off by at most this share of a cell's width."""

_EVEN = 0.35
"""Cells differ from the usual width by at most this share."""


def fit_to_boxes(fields: Sequence[Region], boxes: Sequence[Region]) -> list[Region]:
    """Move fields onto what is printed on the page.

    A field takes the place of the box that it shares most with, and its cells those of a comb there. A field
    that is a part of a longer comb, or of several boxes, takes over the borders near its own. One that has no
    box stays where it is.

    Args:
        fields: The fields of a template, scaled to the page.
        boxes: The boxes and combs found on it.

    Returns:
        The fields in the same order.

    >>> comb = Region((100.0, 50.0, 90.0, 40.0), (100.0, 128.0, 158.0, 190.0))
    >>> field = Region((96.0, 55.0, 90.0, 38.0), (96.0, 126.0, 156.0, 186.0), name="date")
    >>> (fitted,) = fit_to_boxes([field], [comb])
    >>> fitted.name, fitted.box, fitted.cells
    ('date', (100.0, 50.0, 90.0, 40.0), (100.0, 128.0, 158.0, 190.0))
    """
    fitted = []
    for field in fields:
        best = max(boxes, key=lambda box: _shared(field, box), default=None)
        if best is None or _shared(field, best) < _SAME or not _fits(field, best):
            fitted.append(_with_borders(field, boxes) if field.cells else field)
        elif field.cells:
            fitted.append(replace(field, box=best.box, cells=best.cells))
        else:
            fitted.append(replace(field, box=best.box))
    return fitted


def _fits(field: Region, box: Region) -> bool:
    """Whether a box has the cells that a field must have, and its sides near those of the field."""
    x, y, width, height = field.box
    left, top, across, down = box.box
    off = left - x, top - y, left + across - x - width, top + down - y - height
    has_cells = not field.cells or len(field.cells) == len(box.cells)
    return has_cells and max(map(abs, off)) <= _EDGE * min(width, height)


def _shared(one: Region, other: Region) -> float:
    """Area that two regions share, as a share of what they cover together."""
    (x0, y0, w0, h0), (x1, y1, w1, h1) = one.box, other.box
    width = min(x0 + w0, x1 + w1) - max(x0, x1)
    height = min(y0 + h0, y1 + h1) - max(y0, y1)
    both = max(0.0, width) * max(0.0, height)
    return both / (w0 * h0 + w1 * h1 - both)


def _with_borders(field: Region, boxes: Sequence[Region]) -> Region:
    """A field of cells with the printed borders that are near its own; as it is if they do not suit it."""
    _, y, width, height = field.box
    beside = [box for box in boxes if _rows_shared(field, box) >= _SAME]
    printed = [edge for box in beside for edge in box.cells or (box.box[0], box.box[0] + box.box[2])]
    usual = width / (len(field.cells) - 1)
    if not printed:
        return field
    nearest = [min(printed, key=lambda edge: abs(edge - own)) for own in field.cells]
    cells = tuple(
        edge if abs(edge - own) <= _OFF * usual else own
        for edge, own in zip(nearest, field.cells, strict=True)
    )
    if any(abs(right - left - usual) > _EVEN * usual for left, right in pairwise(cells)):
        return field
    tops = [box.box[1] for box in beside if _columns_shared(field, box)]
    bottoms = [box.box[1] + box.box[3] for box in beside if _columns_shared(field, box)]
    if tops:
        y, height = min(tops), max(bottoms) - min(tops)
    return replace(field, box=(cells[0], y, cells[-1] - cells[0], height), cells=cells)


def _rows_shared(field: Region, box: Region) -> float:
    """Height that two regions share, as a share of the higher one's."""
    (_, y0, _, h0), (_, y1, _, h1) = field.box, box.box
    return (min(y0 + h0, y1 + h1) - max(y0, y1)) / max(h0, h1)


def _columns_shared(field: Region, box: Region) -> bool:
    """Whether two regions are above each other somewhere."""
    (x0, _, w0, _), (x1, _, w1, _) = field.box, box.box
    return min(x0 + w0, x1 + w1) > max(x0, x1)
