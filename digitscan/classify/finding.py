"""Finding the digit on a picture of one: which way round ink and paper are, and which ink is the digit.

A picture may be a scan of a cell with its frame and parts of the neighbours, or a crop so tight that the
digit touches every edge; a bar along an edge is a frame in the one and a part of a seven in the other. Where
the picture alone leaves such a doubt, each way to see it is given, and the classifier has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.classify.paper import paper_shares
from digitscan.ink import find_ink
from digitscan.rules import Rule, remove_rules

_LARGEST = 640
"""Pictures with a longer side than this many pixels are reduced: a crop has 28."""

_SMALL = 256
"""Pictures with a shorter side than this are widened: their strokes may be too thick for ``find_ink``."""

_SURE = 0.8
"""Share of paper from which it is surely paper."""

_UNLIKELY = 0.4
"""Weight of the less likely way to see bars along the edges: as a frame where they are one or two, as part of
the digit where they are more."""

_SMALLEST_FRAME = 20
"""Pictures with a shorter side than this many pixels are no cells with their frame."""

_ALONE = 0.7
"""Weight of seeing the main component as all of the digit, beside seeing it with what lies close to it."""

_SMALLEST = 4
"""Ink lower and narrower than this many pixels is no digit."""

_SPECK = 0.12
"""Components whose longer side is less than this share of the digit's are dirt."""

_NEAR = 0.3
"""Parts of a digit lie at most this share of its longer side apart."""

_TOUCHING_NEAR = 0.12
"""As far at most where the part touches the edge of the picture, as a neighbour's does."""

_BAND = 0.18
"""A frame lies within this share of the picture's side from its edges."""

_THICKEST = 0.12
"""A frame's lines are at most this share of the picture's side thick."""

_FRAME_INK = 0.85
"""Share of ink along a frame's line."""

_OFF_CENTRE = 0.35
"""How fast the weight of a component falls off with its distance from the centre, in picture sides."""

_CUT = 0.25
"""Weight of a component that the picture's edge may have cut, beside one that it surely has not."""

_SKIRT = 2
"""The grey edge of a stroke reaches this many pixels from its ink."""


class Found(NamedTuple):
    """A digit as it may be seen on a picture.

    Attributes:
        density: ``(H, W)`` ``uint8`` the digit's ink alone, 0 for paper to 255 for full ink.
        prior: Weight of this way to see it, 0 to 1.
    """

    density: NDArray[np.uint8]
    prior: float


def find_digit(grey: NDArray[np.uint8]) -> list[Found]:
    """Find the digit on a picture of one.

    Args:
        grey: ``(H, W)`` dark ink on light paper or light ink on dark paper, of any size.

    Returns:
        The ways to see the digit: one where the picture leaves no doubt, none where it holds no ink.

    >>> picture = np.full((40, 40), 20, np.uint8)
    >>> picture[8:32, 18:22] = 250
    >>> [int((found.density > 0).sum()) for found in find_digit(picture)]
    [96]
    """
    scale = _LARGEST / max(grey.shape)
    if scale < 1:
        size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    light, dark = paper_shares(grey)
    found = []
    for picture, paper in ((grey, light), (cv2.bitwise_not(grey), dark)):
        if paper > 1 - _SURE:
            found += [Found(density, paper * weight) for density, weight in _ways(_density(picture))]
    return found


def _density(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Density of dark ink on light paper, even where the ink covers more of the picture than the paper."""
    height, width = dark.shape
    margin = min(height, width) // 2 if min(height, width) < _SMALL else 0
    density = _ink_within(dark, margin, cv2.BORDER_REFLECT)
    inked = density >= 128
    if not inked.any() or inked.all() or dark[inked].mean() <= dark[~inked].mean():
        return density
    # It was taken the other way round: paper around it makes clear what there is most of.
    return _ink_within(dark, max(height, width), cv2.BORDER_CONSTANT)


def _ink_within(dark: NDArray[np.uint8], margin: int, border: int) -> NDArray[np.uint8]:
    """Density of a picture that was given a margin to tell ink from paper."""
    height, width = dark.shape
    paper = [int(np.percentile(dark, 98))]
    wider = cv2.copyMakeBorder(dark, margin, margin, margin, margin, border, value=paper)
    return find_ink(np.asarray(wider, np.uint8)).density[margin : margin + height, margin : margin + width]


def _ways(density: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """The ways to see a digit in a picture's ink, with their weights."""
    lines = _frame(density)
    framed = len(lines) > 2
    yield from _digits(density, _UNLIKELY if framed else 1.0)
    if lines:
        yield from _digits(remove_rules(density, lines), 1.0 if framed else _UNLIKELY)


def _digits(density: NDArray[np.uint8], weight: float) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """The main component with what belongs to it, and, when that is more, by itself."""
    parts = _parts(density)
    main = _main(parts)
    if main is None:
        return
    joined = _joined(parts, main)
    yield _only(density, parts, joined), weight
    if len(joined) > 1:
        yield _only(density, parts, [main]), weight * _ALONE


class _Parts(NamedTuple):
    """The components of a picture's ink; the first is the paper.

    Attributes:
        labels: ``(H, W)`` ``int32``, the component of each pixel.
        areas: ``(N,)`` pixels of each.
        boxes: ``(N, 4)`` left, top, right, bottom of each.
        touching: ``(N, 4)`` whether each touches the picture's left, top, right, bottom edge.
    """

    labels: NDArray[np.int32]
    areas: NDArray[np.int32]
    boxes: NDArray[np.int32]
    touching: NDArray[np.bool_]


def _parts(density: NDArray[np.uint8]) -> _Parts:
    mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    height, width = density.shape
    boxes = stats[:, :4].copy()
    boxes[:, 2:] += boxes[:, :2]
    touching = np.column_stack([boxes[:, :2] == 0, boxes[:, 2:] == (width, height)])
    return _Parts(labels, stats[:, cv2.CC_STAT_AREA], boxes, touching)


def _only(density: NDArray[np.uint8], parts: _Parts, names: list[int]) -> NDArray[np.uint8]:
    """Some components alone, with the grey edges of their strokes."""
    kept = np.isin(parts.labels, names)
    near = cv2.dilate(kept.astype(np.uint8), np.ones((2 * _SKIRT + 1, 2 * _SKIRT + 1), np.uint8)) > 0
    return np.where(kept | (near & (parts.labels == 0)), density, 0).astype(np.uint8)


def _main(parts: _Parts) -> int | None:
    """The component that is the digit, or the largest part of it: much ink, central, whole."""
    height, width = parts.labels.shape
    sides = (parts.boxes[:, 2:] - parts.boxes[:, :2]).max(axis=1)
    centres = (parts.boxes[:, :2] + parts.boxes[:, 2:]) / 2 - (width / 2, height / 2)
    distances = np.hypot(*(centres / (width, height)).T)
    weights = np.sqrt(parts.areas) * sides * np.exp(-0.5 * (distances / _OFF_CENTRE) ** 2)
    weights[parts.touching.any(axis=1)] *= _CUT
    rows, columns = round(_BAND * height), round(_BAND * width)
    central = parts.labels[rows : height - rows, columns : width - columns]
    weights[np.bincount(central.ravel(), minlength=len(weights)) == 0] *= _CUT
    weights[sides < _SMALLEST] = 0
    weights[0] = 0
    main = int(weights.argmax())
    return main if weights[main] > 0 else None


def _joined(parts: _Parts, main: int) -> list[int]:
    """The main component and those that belong to the same digit."""
    joined = [main]
    left, top, right, bottom = (int(side) for side in parts.boxes[main])
    size = max(right - left, bottom - top)
    for name in range(1, len(parts.areas)):
        x0, y0, x1, y1 = (int(side) for side in parts.boxes[name])
        if name == main or max(x1 - x0, y1 - y0) < _SPECK * size:
            continue
        if x0 < left and y0 < top and x1 > right and y1 > bottom:
            continue  # a frame around it
        gap = max(0, x0 - right, left - x1, y0 - bottom, top - y1)
        foreign = bool((parts.touching[name] & ~parts.touching[main]).any())
        overlap = min(right, x1) - max(left, x0)
        if foreign and overlap < 0.5 * (x1 - x0):
            continue  # beside it and cut by an edge that it keeps away from itself
        if gap <= (_TOUCHING_NEAR if foreign else _NEAR) * size:
            joined.append(name)
    return joined


def _frame(density: NDArray[np.uint8]) -> list[Rule]:
    """Straight bars along the edges of the picture, from side to side."""
    lines: list[Rule] = []
    if min(density.shape) < _SMALLEST_FRAME:
        return lines
    mask = density >= 128
    for horizontal, inked in ((True, mask), (False, mask.T)):
        side, length = inked.shape
        # A line that is not quite level crosses some rows.
        rows = np.pad(inked, ((1, 1), (0, 0)))
        full = (rows[:-2] | rows[1:-1] | rows[2:]).mean(axis=1) >= _FRAME_INK
        edges = np.flatnonzero(np.diff(np.pad(full, 1).astype(np.int8)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            middle = (start + stop - 1) / 2
            near = min(middle, side - 1 - middle) <= _BAND * side
            if near and stop - start <= max(3, _THICKEST * side + 2):
                lines.append(Rule(horizontal, 0.0, float(length), middle, 0.0, float(stop - start - 2)))
    return lines
