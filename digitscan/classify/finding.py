"""Finding the digit on a picture of one: which way round ink and paper are, and which ink is the digit.

A picture may be a scan of a cell with its frame and parts of the neighbours, or a crop so tight that the
digit touches every edge; a bar from side to side is a printed line in the one and a part of a seven in the
other. Where the picture alone leaves such a doubt, each way to see it is given with how likely it is, and the
classifier has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.classify.bars import find_bars
from digitscan.classify.paper import paper_shares
from digitscan.ink import find_ink
from digitscan.rules import Rule, remove_rules
from digitscan.segmentation import segment

_LARGEST = (160, 640)
"""Pictures with a longer side than this many pixels are reduced: a crop has 28. What then holds no digit is
reduced less."""

_ENOUGH = 32
"""A digit lower and narrower than this many pixels on a reduced picture is looked at again, less reduced."""

_TINY = 12
"""Pictures with a longer side of fewer pixels are enlarged: their strokes are a pixel thick."""

_LIGHTEST = 98
"""Percentile of a picture's brightness that is that of paper."""

_SURE = 0.98
"""Probability from which paper is surely paper."""

_LEAST = 0.02
"""Ways that are less likely than this share of the likeliest one are left out."""

_ALONE = 0.7
"""Weight of seeing the main component as all of the digit, beside seeing it with what lies close to it."""

_DOUBT = 0.25
"""Weight of seeing what lies beside it, cut by the picture's edge, as a part of the digit too."""

_PARTED = 0.15
"""Weight of seeing its outer pieces as parts of neighbours that touch it."""

_WIDEST_NEIGHBOUR = 0.45
"""Such a part is at most this share of the ink's width wide."""

_SMALLEST_CUT = 20
"""Pictures with a shorter side than this many pixels show no neighbours."""

_SMALLEST = 4
"""Ink lower and narrower than this many pixels is no digit."""

_SPECK = 0.12
"""Components whose longer side is less than this share of the digit's are dirt."""

_NEAR = 0.35
"""Parts of a digit lie at most this share of its longer side apart."""

_TOUCHING_NEAR = 0.12
"""As far at most where the part touches the edge of the picture, as a neighbour's does."""

_BAND = 0.18
"""Ink within this share of the picture's side from its edges is unlikely to be the digit."""

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
    if max(grey.shape) < _TINY:
        return _find(_scaled(grey, 2.0))
    scale, found = 0.0, list[Found]()
    for largest in _LARGEST:
        if not found and scale < 1:
            scale = min(1.0, largest / max(grey.shape))
            found = _find(_scaled(grey, scale))
    if found and scale < 1:
        left, top, width, height = cv2.boundingRect(max(found, key=lambda way: way.prior).density)
        side = max(width, height)
        if side < _ENOUGH:
            x0, y0 = (max(0, int((start - side) / scale)) for start in (left, top))
            x1, y1 = (int((stop + side) / scale) + 1 for stop in (left + width, top + height))
            return find_digit(np.ascontiguousarray(grey[y0:y1, x0:x1])) or found
    return found


def _scaled(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1:
        return grey
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=interpolation), np.uint8)


def _find(grey: NDArray[np.uint8]) -> list[Found]:
    """Find the digit on a picture of a size that suits."""
    light, dark = paper_shares(grey)
    found = []
    for picture, paper in ((grey, light), (cv2.bitwise_not(grey), dark)):
        if paper > 1 - _SURE:
            found += [Found(density, paper * weight) for density, weight in _ways(_density(picture))]
    return found


def _density(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Density of dark ink on light paper, even where the ink covers more of the picture than the paper."""
    height, width = dark.shape
    # White paper cannot be mistaken for light ink on a dark page.
    paper = float(np.percentile(dark, _LIGHTEST))
    dark = cv2.convertScaleAbs(dark, alpha=255 / max(paper, 1.0))
    density = _ink_within(dark, max(height, width) // 2, cv2.BORDER_REFLECT)
    inked = density >= 128
    if not inked.any() or inked.all() or dark[inked].mean() <= dark[~inked].mean():
        return density
    # It was taken the other way round: paper around it makes clear what there is most of.
    return _ink_within(dark, max(height, width), cv2.BORDER_CONSTANT)


def _ink_within(dark: NDArray[np.uint8], margin: int, border: int) -> NDArray[np.uint8]:
    """Density of a picture that was given a margin: its strokes may be too thick for ``find_ink``."""
    height, width = dark.shape
    wider = cv2.copyMakeBorder(dark, margin, margin, margin, margin, border, value=[255])
    return find_ink(np.asarray(wider, np.uint8)).density[margin : margin + height, margin : margin + width]


def _ways(density: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """The ways to see a digit in a picture's ink, with their weights."""
    choices: list[tuple[list[Rule], float]] = [([], 1.0)]
    for rule, printed in find_bars(density):
        likelier = max(printed, 1 - printed)
        choices = [
            (gone + more, weight * share)
            for gone, weight in choices
            for more, share in (([], (1 - printed) / likelier), ([rule], printed / likelier))
            if weight * share >= _LEAST
        ]
    for gone, weight in choices:
        yield from _digits(remove_rules(density, gone), weight)


def _digits(density: NDArray[np.uint8], weight: float) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """The main component with what belongs to it, and what may be the digit when a part of that is not."""
    parts = _parts(density)
    main = _main(parts)
    if main is None:
        return
    joined, doubtful = _joined(parts, main)
    whole = _only(density, parts, joined)
    yield whole, weight
    if len(joined) > 1:
        yield _only(density, parts, [main]), weight * _ALONE
    if doubtful and weight * _DOUBT >= _LEAST:
        yield _only(density, parts, joined + doubtful), weight * _DOUBT
    if weight * _PARTED >= _LEAST:
        for inner in _without_neighbours(whole):
            yield inner, weight * _PARTED


def _without_neighbours(density: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """What is left of ink that the picture's left or right edge cuts off, without its outer pieces."""
    left, _, width, _ = cv2.boundingRect(density)
    right = left + width
    cut = left <= 1, right >= density.shape[1] - 1
    if not any(cut) or min(density.shape) < _SMALLEST_CUT:
        return
    lattice = segment(density)
    for candidate in lattice.candidates:
        start, _, side, _ = candidate.box
        without = candidate.start > 0, candidate.stop < lattice.pieces
        if (
            any(without)
            and all(cut[end] or not without[end] for end in (0, 1))
            and max(start - left, right - start - side) <= _WIDEST_NEIGHBOUR * width
        ):
            yield candidate.density


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
    chosen = np.zeros(len(parts.areas), bool)
    chosen[names] = True
    kept = chosen[parts.labels]
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


def _joined(parts: _Parts, main: int) -> tuple[list[int], list[int]]:
    """The main component and those that belong to its digit; then those that may, or are a neighbour's."""
    joined, doubtful = [main], []
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
        # Beside it, or away from it, and cut by an edge that it keeps away from itself.
        if foreign and (overlap < 0.5 * (x1 - x0) or gap > _TOUCHING_NEAR * size):
            if gap <= _NEAR * size:
                doubtful.append(name)
        elif gap <= _NEAR * size:
            joined.append(name)
    return joined, doubtful
