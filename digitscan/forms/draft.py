"""Drafts: the fields of a form found on a scan of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from digitscan.errors import SourceError
from digitscan.fields import Region, in_reading_order
from digitscan.forms.tick_boxes import find_tick_boxes
from digitscan.layers import find_level_layers
from digitscan.sources import Page
from digitscan.template import MOST_SHARED, Template, TemplateField, TemplatePage, overlap

_EVEN = 1.35
"""Cells of a comb are at most this many of the narrowest one's widths wide, as a template's are all alike,"""

_ONE_DIGIT = 1.6
"""and this many of its heights: wider ones hold several digits."""


@dataclass(frozen=True)
class DraftedPage:
    """A page and what was found on it.

    Attributes:
        grey: ``(H, W)`` the page, straightened.
        regions: Its fields in reading order, in whole pixels, without names.
    """

    grey: NDArray[np.uint8]
    regions: tuple[Region, ...]


def draft_pages(pages: Iterable[Page]) -> list[DraftedPage]:
    """Find the boxes, combs and tick boxes of pages.

    Args:
        pages: The pages of a blank or filled form.

    Returns:
        The pages, each with a field at least.

    Raises:
        SourceError: ``no_fields``, or what is wrong with the pages' source.
    """
    drafted = []
    for page in pages:
        found = draft_page(page.image)
        if not found.regions:
            raise SourceError("no_fields", f"page {page.number}: no boxes, combs or tick boxes were found")
        drafted.append(found)
    return drafted


def draft_page(grey: NDArray[np.uint8]) -> DraftedPage:
    """Find the boxes, combs and tick boxes of a page ``(H, W)``; it is straightened first if it is askew."""
    layers = find_level_layers(grey)
    size = layers.straightening.size
    boxes = layers.boxes()
    ticks = find_tick_boxes(layers.ink.mask, layers.stroke, boxes, layers.written.boxes)
    # Frames go after what is in them.
    boxes = sorted(boxes, key=lambda region: region.box[2] * region.box[3])
    regions = _apart([_whole(region, size) for region in [*ticks, *boxes]])
    return DraftedPage(layers.grey, tuple(in_reading_order(regions)))


def draft_template(
    name: str,
    sizes: Sequence[tuple[int, int]],
    regions: Sequence[Sequence[Region]],
    references: Sequence[str],
) -> Template:
    """Make a template of what was found.

    Args:
        name: The form's name.
        sizes: Width and height of each page in pixels.
        regions: The fields of each page.
        references: The picture of each page, beside the template's file.

    Returns:
        The template. Fields are ``field_1``, ``field_2`` and on in reading order, over all pages, and tick
        boxes ``mark_1``, ``mark_2``.
    """
    counts: Counter[str] = Counter()
    pages = [
        TemplatePage(
            width=width,
            height=height,
            reference=reference,
            fields=[_field(region, counts) for region in found],
        )
        for (width, height), found, reference in zip(sizes, regions, references, strict=True)
    ]
    return Template(name=name, pages=pages)


def _whole(region: Region, size: tuple[int, int]) -> Region:
    """A region in whole pixels of the page around it."""
    x, y, width, height = region.box
    left, top = max(0, floor(x)), max(0, floor(y))
    right, bottom = min(size[0], ceil(x + width)), min(size[1], ceil(y + height))
    box = (float(left), float(top), float(right - left), float(bottom - top))
    return Region(box, region.cells if _is_comb(region) else (), is_mark=region.is_mark)


def _is_comb(region: Region) -> bool:
    """Whether each cell is for one digit."""
    widths = [right - left for left, right in pairwise(region.cells)]
    if not widths:
        return False
    return max(widths) <= min(_EVEN * min(widths), _ONE_DIGIT * region.box[3])


def _apart(regions: Sequence[Region]) -> list[Region]:
    """The regions without those that cover others which come before them."""
    kept: list[Region] = []
    for region in regions:
        if all(overlap(region.box, other.box) <= MOST_SHARED for other in kept):
            kept.append(region)
    return kept


def _field(region: Region, counts: Counter[str]) -> TemplateField:
    kind = "mark" if region.is_mark else "field"
    counts[kind] += 1
    return TemplateField(
        name=f"{kind}_{counts[kind]}",
        box=list(region.box),
        kind="mark" if region.is_mark else "digits",
        cells=len(region.cells) - 1 if region.cells else None,
    )
