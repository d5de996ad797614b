"""Texture: the fine lines and tints that paper is printed with, told from what is written over them.

The page is smoothed by about the width of its strokes, a matched filter: strokes keep most of their darkness
and finer lines lose most of theirs. What is left of these where no stroke is near bounds the texture. A
stroke is darker than the bound all along and much darker somewhere, which is thresholding with hysteresis
(Canny 1986, "A computational approach to edge detection"). A page is looked at in blocks, as a cheque may lie
on a larger sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.light import square
from digitscan.sampling import SampledRows, count_levels

_BLOCK = 60.0
"""About the sides of a block, in widths of a stroke."""

_AROUND = 8.0
"""So much around a block is looked at as well, in the same."""

_STAINED = 0.25
"""A block may be textured only where at least this share of it is grey,"""

_GREY = 0.1
"""that is, less dark than the middle of strokes, but at least this share as dark,"""

_CELL, _TINT, _EVERYWHERE = 2.0, 0.06, 0.8
"""In cells of so many widths of a stroke a block is in the mean at least this share as dark as the middle of
strokes, in this share of the cells: else what is grey may be what lies beside the sheet."""

_BLUR = 1 / 3
"""Standard deviation of the smoothing, in widths of a stroke."""

_STROKE = 0.7
"""What is then at least this share as dark as the middle of strokes may be one,"""

_NEAR = 2.0
"""and texture is measured at least this many widths of a stroke away from it,"""

_ROOM = 0.03
"""where at least this share of the block lies as far away."""

_NEARLY_ALL, _MOST, _UNEVEN = 0.98, 0.8, 2.5
"""The bound of texture is above nearly all of it, but at the most so many times as high as what is above most
of it: texture is everywhere, faint writing only here and there."""

_FAINT, _DARK = 0.2, 0.85
"""Texture less dark than this share of strokes does not show in the ink; darker texture cannot be told from
them."""

_CLEAR = 1.6
"""Somewhere a stroke is this many times as dark as the bound."""


class Strokes(NamedTuple):
    """What the strokes of a page of darkness, 0 for paper to 255 for black, are like.

    Attributes:
        middle: Least darkness of their middles.
        width: Their mean width in pixels, with half of each edge.
    """

    middle: int
    width: float


class _Block(NamedTuple):
    """A part of a page: its rows and columns, those looked at, and it as seen from these."""

    own: tuple[slice, slice]
    around: tuple[slice, slice]
    inner: tuple[slice, slice]


def find_written(
    darkness: NDArray[np.uint8], rows: SampledRows, strokes: Strokes
) -> NDArray[np.uint8] | None:
    """Find what is written on textured paper.

    Args:
        darkness: ``(H, W)`` darkness below the local paper, 0 for paper to 255 for black.
        rows: Some rows of it.
        strokes: What is known of its strokes; there are some.

    Returns:
        ``(H, W)`` ``uint8``, 0 for texture, 255 for strokes and their edges and where texture does not show,
        or cannot be told from strokes; None where that is everywhere.

    >>> page = np.zeros((60, 90), np.uint8)
    >>> page[::4] = page[1::4] = 110
    >>> page[10:50, 40:45] = 200
    >>> written = find_written(page, SampledRows(page, 1), Strokes(160, 5.6))
    >>> written is not None and cv2.boundingRect(written)
    (36, 6, 13, 47)
    """
    stained = [
        block
        for block in _blocks(darkness.shape, strokes.width)
        if _is_stained(rows, block.own, strokes) and _is_tinted(darkness[block.own], strokes)
    ]
    if not stained:
        return None
    smooth = rows.look(lambda page: _smooth(page, strokes.width), round(strokes.width))
    middles = cv2.inRange(rows.levels, strokes.middle, 255)
    middle = _quantile(count_levels(smooth, np.asarray(middles, np.uint8)), 0.5)
    found = None
    for block in stained:
        written = _written_in(_smooth(darkness[block.around], strokes.width), middle, strokes.width)
        if written is not None:
            found = np.full_like(darkness, 255) if found is None else found
            found[block.own] = written[block.inner]
    return found


def _smooth(darkness: NDArray[np.uint8], width: float) -> NDArray[np.uint8]:
    """Smooth darkness as suits strokes of a width."""
    return np.asarray(cv2.GaussianBlur(darkness, (0, 0), _BLUR * width), np.uint8)


def _blocks(shape: tuple[int, ...], width: float) -> Iterator[_Block]:
    """The blocks of a page, about as large as each other."""
    rows, columns = (_spans(side, width) for side in shape)
    for own_rows, around_rows, inner_rows in rows:
        for own, around, inner in columns:
            yield _Block((own_rows, own), (around_rows, around), (inner_rows, inner))


def _spans(side: int, width: float) -> list[tuple[slice, slice, slice]]:
    """Parts of a side of a page, each with what is around it, and itself as seen from that."""
    ends = np.linspace(0, side, max(1, round(side / (_BLOCK * width))) + 1).astype(int).tolist()
    margin = round(_AROUND * width)
    spans = []
    for a, b in pairwise(ends):
        first, last = max(0, a - margin), min(side, b + margin)
        spans.append((slice(a, b), slice(first, last), slice(a - first, b - first)))
    return spans


def _is_stained(rows: SampledRows, own: tuple[slice, slice], strokes: Strokes) -> bool:
    """Whether the paper of a block may be textured, by those of its rows that are sampled."""
    first, last = (-(-(row - rows.step // 2) // rows.step) for row in (own[0].start, own[0].stop))
    levels = np.ascontiguousarray(rows.levels[max(0, first) : last, own[1]])
    grey = cv2.inRange(levels, int(_GREY * strokes.middle) + 1, strokes.middle - 1) if levels.size else levels
    return cv2.countNonZero(grey) >= _STAINED * max(1, levels.size)


def _is_tinted(darkness: NDArray[np.uint8], strokes: Strokes) -> bool:
    """Whether a block is grey everywhere."""
    size = [max(1, round(side / (_CELL * strokes.width))) for side in darkness.shape]
    cells = cv2.resize(darkness, size[::-1], interpolation=cv2.INTER_AREA)
    return np.count_nonzero(cells >= _TINT * strokes.middle) >= _EVERYWHERE * cells.size


def _written_in(smooth: NDArray[np.uint8], middle: float, width: float) -> NDArray[np.uint8] | None:
    """What is written in a block; None where texture does not show, or cannot be told from it.

    Args:
        smooth: ``(H, W)`` smoothed darkness.
        middle: That of the middle of strokes.
        width: Of strokes in pixels.
    """
    strokes = cv2.threshold(smooth, int(_STROKE * middle) - 1, 255, cv2.THRESH_BINARY)[1]
    away = cv2.bitwise_not(cv2.dilate(strokes, square(round(_NEAR * width))))
    if cv2.countNonZero(away) < _ROOM * away.size:
        return None
    texture = count_levels(smooth, np.asarray(away, np.uint8))
    bound = int(min(_quantile(texture, _NEARLY_ALL), _UNEVEN * _quantile(texture, _MOST)))
    if not _FAINT * middle <= bound <= _DARK * middle:
        return None
    count, pieces = cv2.connectedComponents((smooth > bound).view(np.uint8))
    written = np.zeros(count, np.uint8)
    written[pieces[smooth >= _CLEAR * bound]] = 255
    written[0] = 0
    return np.asarray(cv2.dilate(written[pieces], square(1)), np.uint8)


def _quantile(histogram: NDArray[np.float64], share: float) -> int:
    """The level that this share of the pixels is no darker than."""
    counted = np.cumsum(histogram)
    return int(np.searchsorted(counted, share * counted[-1]))
