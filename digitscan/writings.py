"""Writings: the ink of a page's fields, segmented as far as it is not plainly digits one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.components import sift_components
from digitscan.fields import Region
from digitscan.segmentation import Field, Segmentation, segment_all
from digitscan.wholes import Inked, find_wholes
from digitscan.written import Written

_LOWEST = 0.15
"""Writing in a box is at least this share of its height high."""


@dataclass(frozen=True)
class Writing:
    """What is written in a region.

    Attributes:
        region: The place.
        cells: The lattice of each cell of a comb, or of the region; none of a text, which is not digits.
        density: ``(H, W)`` its ink.
        origin: Where the ink's top left is on the page, x and y in pixels.
    """

    region: Region
    cells: tuple[Segmentation, ...]
    density: NDArray[np.uint8]
    origin: tuple[float, float]

    @property
    def is_text(self) -> bool:
        """Whether what is written there is plainly not digits."""
        return not self.cells

    @property
    def has_ink(self) -> bool:
        """Whether anything is written there."""
        return self.is_text or any(cell.pieces for cell in self.cells)


def find_writings(
    regions: Sequence[Region], written: Written, classifier: Classifier, *, searched: bool
) -> list[Writing]:
    """Take the ink of regions from their page, and segment it, a comb cell by cell.

    Args:
        regions: The regions.
        written: The page's ink.
        classifier: Tells which components are digits by themselves.
        searched: Whether the regions were found on the page and may hold letters as well.

    Returns:
        For each region what is written in it.
    """
    if not regions:
        return []
    boxes, lowest, one_digit, ends = [], [], [], [0]
    for region in regions:
        left, y, width, height = region.box
        borders = region.cells or (left, left + width)
        boxes += [(start, y, stop - start, height) for start, stop in pairwise(borders)]
        ends.append(len(boxes))
        lowest += [_LOWEST * height if region.sure else 0.0] * (len(borders) - 1)
        one_digit += [bool(region.cells)] * (len(borders) - 1)
    parts = written.cut_out(boxes, one_digit)
    components = sift_components(parts, lowest, one_digit)
    inked = [
        Inked(part.density, part.origin, its, searched and not alone)
        for part, its, alone in zip(parts, components, one_digit, strict=True)
    ]
    wholes = find_wholes(inked, classifier)
    lattices = iter(
        segment_all(
            [
                Field(one.density, one.origin, one.components, settled)
                for one, settled in zip(inked, wholes, strict=True)
                if settled is not None
            ]
        )
    )
    writings = []
    for region, start, stop in zip(regions, ends, ends[1:], strict=False):
        cells = [next(lattices) for settled in wholes[start:stop] if settled is not None]
        writings.append(Writing(region, tuple(cells), inked[start].density, inked[start].origin))
    return writings
