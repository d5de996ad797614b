"""Texture: the fine lines and tints that paper is printed with, told from what is written over them.

The page is smoothed by about the width of its strokes, a matched filter: strokes keep most of their darkness
and finer lines lose most of theirs. What is left of these where no stroke is near bounds the texture. A
stroke is darker than the bound all along and much darker somewhere, which is thresholding with hysteresis
(Canny 1986, "A computational approach to edge detection").
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.light import square
from digitscan.sampling import count_levels
from digitscan.strokes import mean_width

_STAINED = 0.25
"""Paper may be textured only where at least this share of a page is grey,"""

_GREY = 0.1
"""that is, no ink, but at least this share as dark as the middle of strokes."""

_BLUR = 1 / 3
"""Standard deviation of the smoothing, as a share of the width of strokes with their edges."""

_STROKE = 0.7
"""What is at least this share as dark as the middle of strokes may be one,"""

_NEAR = 2.0
"""and texture is measured at least this many widths of a stroke away from it,"""

_ROOM = 0.03
"""where at least this share of the page lies as far away."""

_NEARLY_ALL, _MOST, _UNEVEN = 0.98, 0.8, 2.5
"""The bound of texture is above nearly all of it, but at the most so many times as high as what is above most
of it: texture is everywhere, faint writing only here and there."""

_FAINT, _DARK = 0.2, 0.85
"""Texture less dark than this share of strokes does not show in the ink; darker texture cannot be told from
them."""

_CLEAR = 1.6
"""Somewhere a stroke is this many times as dark as the bound."""


class _Bounds(NamedTuple):
    """Levels on a smoothed page: of all of a stroke, and of something of it."""

    least: int
    clear: int


def is_stained(levels: NDArray[np.uint8], ink: int, core: int) -> bool:
    """Whether paper may be textured.

    Args:
        levels: ``(N, W)`` rows of a page of darkness, 0 for paper.
        ink: Least darkness of ink,
        core: and of the middle of strokes.
    """
    return cv2.countNonZero(cv2.inRange(levels, int(_GREY * core) + 1, ink - 1)) >= _STAINED * levels.size


def find_written(darkness: NDArray[np.uint8], core: int) -> NDArray[np.uint8] | None:
    """Find the strokes on textured paper.

    Args:
        darkness: ``(H, W)`` darkness below the local paper, 0 for paper to 255 for black.
        core: Least darkness of the middle of strokes; there are some.

    Returns:
        ``(H, W)`` ``uint8``, 255 for strokes and their edges, 0 elsewhere; None where texture does not show,
        or cannot be told from strokes.

    >>> page = np.zeros((60, 90), np.uint8)
    >>> page[::4] = 160
    >>> page[10:50, 40:45] = 200
    >>> written = find_written(page, core=180)
    >>> written is not None and cv2.boundingRect(written)
    (34, 5, 17, 50)
    """
    middles = cv2.threshold(darkness, core - 1, 255, cv2.THRESH_BINARY)[1]
    width = mean_width(middles) + 1  # with half of each edge
    smooth = np.asarray(cv2.GaussianBlur(darkness, (0, 0), _BLUR * width), np.uint8)
    bounds = _find_bounds(smooth, middles, width)
    if bounds is None:
        return None
    count, pieces = cv2.connectedComponents((smooth > bounds.least).view(np.uint8))
    written = np.zeros(count, np.uint8)
    written[pieces[smooth >= bounds.clear]] = 255
    written[0] = 0
    return np.asarray(cv2.dilate(written[pieces], square(1)), np.uint8)


def _find_bounds(smooth: NDArray[np.uint8], middles: NDArray[np.uint8], width: float) -> _Bounds | None:
    """Bounds of strokes by what is away from them; None where texture does not show or is as dark."""
    stroke = _quantile(count_levels(smooth, middles), 0.5)
    strokes = cv2.threshold(smooth, int(_STROKE * stroke) - 1, 255, cv2.THRESH_BINARY)[1]
    away = cv2.bitwise_not(cv2.dilate(strokes, square(round(_NEAR * width))))
    if cv2.countNonZero(away) < _ROOM * away.size:
        return None
    texture = count_levels(smooth, np.asarray(away, np.uint8))
    bound = min(_quantile(texture, _NEARLY_ALL), _UNEVEN * _quantile(texture, _MOST))
    if not _FAINT * stroke <= bound <= _DARK * stroke:
        return None
    return _Bounds(int(bound), round(_CLEAR * bound))


def _quantile(histogram: NDArray[np.float64], share: float) -> int:
    """The level that this share of the pixels is no darker than."""
    counted = np.cumsum(histogram)
    return int(np.searchsorted(counted, share * counted[-1]))
