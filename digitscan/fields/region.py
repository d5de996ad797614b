"""Regions: named places on a page, and the order in which people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitscan.constraints import Constraints


@dataclass(frozen=True)
class Region:
    """One place to read.

    Attributes:
        box: x, y, width, height in pixels of the page, the printed box without its rules where there is one.
        cells: Where its cells begin and end, in x, when it is a comb: ``cells + 1`` ascending numbers. Empty
            otherwise.
        name: Its name in the results.
        constraints: What its text must obey; None when that is nothing.
        single: Whether each of its cells is for one digit alone.
        is_mark: Whether it is a box to tick, not to write digits in.
        sure: Whether this is a field for certain, as a box is, or only a group of ink that may be one.
    """

    box: tuple[float, float, float, float]
    cells: tuple[float, ...] = ()
    name: str = ""
    constraints: Constraints | None = None
    single: bool = False
    is_mark: bool = False
    sure: bool = True

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        x, y, width, height = self.box
        return x + width / 2, y + height / 2


def in_reading_order(regions: Sequence[Region]) -> list[Region]:
    """Order regions from top to bottom, and from left to right within a row.

    Regions share a row when the middle of one lies within the height of the row's first.

    >>> boxes = [(300, 12, 50, 20), (10, 50, 50, 20), (10, 10, 50, 20)]
    >>> [region.box[:2] for region in in_reading_order([Region(box) for box in boxes])]
    [(10, 10), (300, 12), (10, 50)]
    """
    rows: list[list[Region]] = []
    for region in sorted(regions, key=lambda region: region.box[1]):
        _, middle = region.centre
        for row in rows:
            _, top, _, height = row[0].box
            if top <= middle <= top + height:
                row.append(region)
                break
        else:
            rows.append([region])
    return [region for row in rows for region in sorted(row, key=lambda region: region.box[0])]
