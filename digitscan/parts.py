"""Parts: the ink that belongs to regions of a page, cut out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers, Runs
from digitscan.labelling import Labelled, label_runs
from digitscan.windows import clip, common, grown, paint_windows

_REACH = 2
"""The grey edge of a stroke reaches as many pixels from its ink."""

_EDGE = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * _REACH + 1, 2 * _REACH + 1))

_PAPER = 4
"""Pixels of paper that are left around ink."""


_NO_RUNS = Runs(*np.zeros((3, 0), np.intp))


class Part(NamedTuple):
    """The ink of a page that belongs to a region, with a little paper around it.

    Attributes:
        density: ``(H, W)`` ``uint8``, that ink alone.
        origin: Where its top left is on the page, x and y in pixels.
        labelled: Its components.
        is_grey: Whether some of it is neither ink nor paper, such as the edges of strokes.
    """

    density: NDArray[np.uint8]
    origin: tuple[float, float]
    labelled: Labelled
    is_grey: bool


class Shares(NamedTuple):
    """How much of components near regions belongs to them; a share is of one component in one region.

    Attributes:
        regions: ``(P,)`` the region of each; ascending.
        components: ``(P,)`` the component; ascending in each region.
        ends: ``(4, P)`` left, top, right and bottom of the component.
        limits: ``(4, P)`` the window in which its ink belongs to the region; all 0 where none does.
    """

    regions: Numbers
    components: Numbers
    ends: Numbers
    limits: Numbers

    def some(self, shares: Numbers) -> Shares:
        """Some of the shares alone."""
        return Shares(
            self.regions[shares],
            self.components[shares],
            self.ends.take(shares, axis=1),
            self.limits.take(shares, axis=1),
        )


def clip_runs(labelled: Labelled, components: Numbers, windows: Numbers) -> tuple[Numbers, Runs]:
    """What is within windows ``(4, N)`` of the runs of ``N`` components, and which of those each is of."""
    some = labelled.some(components)
    owners = np.arange(len(components)).repeat(some.counts)
    within, runs = clip(some.runs, windows.take(owners, axis=1))
    return owners[within], runs


def cut_parts(
    density: NDArray[np.uint8], labelled: Labelled, shares: Shares, outer: Numbers
) -> list[tuple[int, Part]]:
    """Cut out the ink that belongs to regions.

    Args:
        density: ``(H, W)`` the ink of the page.
        labelled: Its components.
        shares: What of those belongs to the regions, of all that reach into ``outer``.
        outer: ``(4, R)`` the window in which ink may belong to each region.

    Returns:
        The regions that have ink, and their parts.
    """
    own = shares.some(shares.limits[2].nonzero()[0])
    if not len(own.regions):
        return []
    firsts = np.diff(own.regions, prepend=-1).nonzero()[0]
    regions = own.regions[firsts]
    extents, areas, left_over = _measure(labelled, own, firsts)
    windows = common(grown(extents, _REACH + _PAPER), outer[:, regions])
    inks = _own_inks(density, windows, areas, labelled, shares, regions)
    for i, (ink, (left, top, _, _)) in enumerate(zip(inks, windows.T.tolist(), strict=True)):
        if ink.is_grey:  # its edges reach beyond its components
            x, y, width, height = cv2.boundingRect(ink.density)
            extents[:, i] = left + x, top + y, left + x + width, top + y + height
    tight = common(grown(extents, _PAPER), outer[:, regions])
    seen = _seen_from(tight[:2], labelled.some(own.components), firsts, left_over)
    return [
        (
            region,
            Part(
                ink.density[top - y : bottom - y, left - x : right - x],
                (float(left), float(top)),
                components,
                ink.is_grey,
            ),
        )
        for region, ink, components, (left, top, right, bottom), (x, y) in zip(
            regions.tolist(), inks, seen, tight.T.tolist(), windows[:2].T.tolist(), strict=True
        )
    ]


def _measure(
    labelled: Labelled, own: Shares, firsts: Numbers
) -> tuple[Numbers, Numbers, dict[int, Labelled]]:
    """Measure what belongs to regions.

    Args:
        labelled: The components of the page.
        own: What of those belongs to the regions, of which each has some.
        firsts: ``(R,)`` the first share of each.

    Returns:
        ``(4, R)`` left, top, right and bottom of what belongs to each; ``(R,)`` its pixels; and what is left
        of its components, where only a part of some belongs to one.
    """
    kept = common(own.ends, own.limits)
    extents = np.concatenate(
        [np.minimum.reduceat(kept[:2], firsts, axis=1), np.maximum.reduceat(kept[2:], firsts, axis=1)]
    )
    areas = np.add.reduceat(labelled.areas[own.components], firsts, dtype=np.intp)
    is_cut = np.logical_or.reduceat((kept != own.ends).any(axis=0), firsts)
    stops = np.append(firsts[1:], len(own.regions))
    left_over = {}
    for i in is_cut.nonzero()[0].tolist():
        left_over[i] = _what_is_left(labelled, own.some(np.arange(firsts[i], stops[i])))
        x, y, width, height = left_over[i].boxes.T
        areas[i] = left_over[i].areas.sum()
        extents[:, i] = x.min(), y.min(), (x + width).max(), (y + height).max()
    return extents, areas, left_over


def _seen_from(
    corners: Numbers, components: Labelled, firsts: Numbers, left_over: Mapping[int, Labelled]
) -> Iterator[Labelled]:
    """The components of regions as they are on pictures of those.

    Args:
        corners: ``(2, R)`` x and y of the top left of each region's picture.
        components: Those of all regions on the page, region by region.
        firsts: ``(R,)`` the first of each.
        left_over: The components of regions that have parts of some, on the page.
    """
    stops = [*firsts[1:].tolist(), len(components.boxes)]
    boxes = components.boxes.copy()
    boxes[:, :2] -= corners.repeat(np.diff(firsts, append=len(boxes)), axis=1).T
    for i, (first, stop, (left, top)) in enumerate(
        zip(firsts.tolist(), stops, corners.T.tolist(), strict=True)
    ):
        if i in left_over:
            yield left_over[i].seen_from(left, top)
        else:
            its = slice(first, stop)
            numbers = components.firsts[its], components.counts[its], components.areas[its]
            yield Labelled(components.page, *numbers, boxes[its], (left, top))


def _what_is_left(labelled: Labelled, shares: Shares) -> Labelled:
    """The components of what belongs to a region, where it has parts of some, which may be in pieces."""
    _, (rows, starts, stops) = clip_runs(labelled, shares.components, shares.limits)
    order = np.lexsort((starts, rows))
    return label_runs(Runs(rows[order], starts[order], stops[order]))


class _Ink(NamedTuple):
    """The ink in a window.

    Attributes:
        density: ``(H, W)`` ``uint8``.
        is_grey: Whether some of it is.
    """

    density: NDArray[np.uint8]
    is_grey: bool


def _own_inks(
    density: NDArray[np.uint8],
    windows: Numbers,
    areas: Numbers,
    labelled: Labelled,
    shares: Shares,
    regions: Numbers,
) -> list[_Ink]:
    """Cut windows out of a page's ink, without the ink that does not belong to their regions.

    Args:
        density: ``(H, W)`` the ink of the page.
        windows: ``(4, R)``.
        areas: ``(R,)`` pixels of what belongs to the region of each.
        labelled: The components of the page.
        shares: What of those belongs to the regions.
        regions: ``(R,)`` the region of each window, ascending.
    """
    inks = [_Ink(density[top:bottom, left:right], False) for left, top, right, bottom in windows.T.tolist()]
    inked = [cv2.countNonZero(ink.density) for ink in inks]
    mixed = (inked > areas).nonzero()[0]
    masks = _others(labelled, shares, regions[mixed], windows[:, mixed])
    for i, others in zip(mixed.tolist(), masks, strict=True):
        if inked[i] > areas[i] + cv2.countNonZero(others):
            inks[i] = _Ink(_without_others(inks[i].density, others), True)
        else:
            inks[i] = _Ink(np.asarray(cv2.subtract(inks[i].density, others), np.uint8), False)
    return inks


def _others(
    labelled: Labelled, shares: Shares, regions: Numbers, windows: Numbers
) -> list[NDArray[np.uint8]]:
    """Paint the ink in windows of regions that does not belong to them.

    Args:
        labelled: The components of the page.
        shares: What of those belongs to the regions.
        regions: ``(R,)`` some of the regions, ascending.
        windows: ``(4, R)`` the window of each.

    Returns:
        ``(H, W)`` of each window, 255 for such ink, else 0.
    """
    if not len(regions):
        return []
    number = np.full(int(shares.regions[-1]) + 1, -1)
    number[regions] = np.arange(len(regions))
    of = number[shares.regions]
    around = windows.take(of, axis=1)
    left, top, right, bottom = common(shares.ends, around)
    beyond = (common(shares.limits, around) != around).any(axis=0)
    some = ((of >= 0) & (left < right) & (top < bottom) & beyond).nonzero()[0]
    if not len(some):
        return paint_windows(_NO_RUNS, some, windows)
    owners, (rows, starts, stops) = clip_runs(labelled, shares.components[some], around.take(some, axis=1))
    left, top, right, bottom = shares.limits.take(some[owners], axis=1)
    level = (rows >= top) & (rows < bottom)
    # What is left of the limits, and what is right of them.
    starts, stops = (
        np.concatenate([starts, np.where(level, np.maximum(starts, right), stops)]),
        np.concatenate([np.where(level, np.minimum(stops, left), stops), stops]),
    )
    out = (starts < stops).nonzero()[0]
    runs = Runs(np.tile(rows, 2)[out], starts[out], stops[out])
    return paint_windows(runs, np.tile(of[some[owners]], 2)[out], windows)


def _without_others(density: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave out the ink of ``others``, 255 where that is.

    The grey edge of a stroke goes with it, but not into a neighbour's.
    """
    own = cv2.subtract(cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1], others)
    kept = cv2.max(own, cv2.subtract(cv2.dilate(own, _EDGE), cv2.dilate(others, _EDGE)))
    return np.asarray(cv2.bitwise_and(density, kept), np.uint8)
