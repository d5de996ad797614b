"""The picture of a template: its fields drawn over a page."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.debug.layout import Colour, Picture, text_width, write
from digitscan.fields import Region
from digitscan.straightening import Straightening
from digitscan.template import TemplatePage

BOX: Colour = (200, 90, 20)
COMB: Colour = (40, 140, 20)
MARK: Colour = (200, 0, 200)

_PALE = 0.55
"""The page is drawn with this share of its contrast."""

_TINT = 0.15
"""Fields are tinted in their colour so much."""

_NAME = 0.0115
_SMALLEST = 12
"""Height of names as a share of the page's size, which is the side of a square as large, and in pixels at the
least."""

_LINE = 1100
"""Outlines are this part of the page's size thick."""

_INK = 40
"""What differs from the paper by this shade is not to be written over if there is room elsewhere."""

_OVER_INK, _OVER_OTHER = 6.0, 4.0
"""How bad it is to write over what is on the page, and over other fields and names."""


def draw_template(grey: NDArray[np.uint8], page: TemplatePage, straightening: Straightening) -> Picture:
    """Draw the fields of a template over a page as given.

    Args:
        grey: ``(H, W)`` the page.
        page: The template's.
        straightening: How the page as given lies on that of the template.

    Returns:
        ``(H, W, 3)`` the page with the outline and the name of each field, and the borders of its cells:
        boxes are blue, combs green and marks purple.
    """
    regions = page.regions(*straightening.size)
    outlines = [_back(_corners(region), straightening) for region in regions]
    pale = cv2.convertScaleAbs(grey, alpha=_PALE, beta=255 * (1 - _PALE))
    picture: Picture = cv2.cvtColor(pale, cv2.COLOR_GRAY2BGR)
    tinted = picture.copy()
    for region, outline in zip(regions, outlines, strict=True):
        cv2.fillPoly(tinted, [outline], _colour(region))
    picture = cv2.addWeighted(tinted, _TINT, picture, 1 - _TINT, 0)
    size = float(np.sqrt(grey.size))
    thickness = max(1, round(size / _LINE))
    for region, outline in zip(regions, outlines, strict=True):
        cv2.polylines(picture, [outline], True, _colour(region), thickness, cv2.LINE_AA)
        for border in _borders(region):
            ends = _back(border, straightening)
            cv2.polylines(picture, [ends], False, _colour(region), thickness, cv2.LINE_AA)
    _write_names(picture, grey, regions, outlines, max(_SMALLEST, round(_NAME * size)))
    return picture


def _colour(region: Region) -> Colour:
    if region.is_mark:
        return MARK
    return COMB if region.cells else BOX


def _corners(region: Region) -> NDArray[np.float64]:
    x, y, width, height = region.box
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float64)


def _borders(region: Region) -> list[NDArray[np.float64]]:
    """Upper and lower end of each border between cells."""
    _, y, _, height = region.box
    return [np.array([(x, y), (x, y + height)], np.float64) for x in region.cells[1:-1]]


def _back(points: NDArray[np.float64], straightening: Straightening) -> NDArray[np.int32]:
    """Whole pixels of the page as given."""
    back: NDArray[np.int32] = np.round(straightening.back(points)).astype(np.int32)
    return back


def _write_names(
    picture: Picture,
    grey: NDArray[np.uint8],
    regions: list[Region],
    outlines: list[NDArray[np.int32]],
    height: int,
) -> None:
    """Write each field's name where it covers least of what is on the page, of other fields and names."""
    paper = np.full_like(grey, round(float(np.median(grey))))
    inked = cv2.absdiff(grey, paper) >= _INK
    owners = np.zeros(grey.shape, np.int32)
    for number, outline in enumerate(outlines, 1):
        cv2.fillPoly(owners, [outline], number)
    for number, (region, outline) in enumerate(zip(regions, outlines, strict=True), 1):
        width, high = text_width(region.name, height) + 2, height + 2
        costs: dict[tuple[int, int], float] = {}
        for (x, y), worse in _places(cv2.boundingRect(outline), (width, high), height // 2):
            left, top = max(0, min(x, grey.shape[1] - width)), max(0, min(y, grey.shape[0] - high))
            part = np.s_[top : top + high, left : left + width]
            others = (owners[part] > 0) & (owners[part] != number)
            covered = _OVER_INK * inked[part].mean() + _OVER_OTHER * others.mean()
            costs.setdefault((left, top), worse + float(covered))
        left, top = min(costs, key=lambda place: costs[place])
        write(picture, region.name, (left + 1, top + height), height, _colour(region), halo=True)
        owners[top : top + high, left : left + width] = len(regions) + 1


def _places(
    box: tuple[int, int, int, int], size: tuple[int, int], gap: int
) -> Iterator[tuple[tuple[int, int], float]]:
    """Where a field's name may stand, and how much worse that is than the best place.

    Beside the field it may seem to be that of a neighbour.
    """
    x, y, width, height = box
    middle = y + (height - size[1]) // 2
    yield (x, y - gap - size[1]), 0.0
    yield (x + width - size[0], y - gap - size[1]), 0.1
    yield (x + gap, y + gap), 0.2
    yield (x - gap - size[0], middle), 0.3
    yield (x + width + gap, middle), 0.3
    yield (x, y + height + gap), 0.4
