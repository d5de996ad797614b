"""Small dashed boxes: two or three dashes a side are no row of marks, but those of many boxes are alike."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.packed import close_columns, open_columns, pack, unpack
from digitscan.rules.broken import EVEN, alike
from digitscan.rules.runs import SHORTEST

_DASH = 2.5
"""A level dash is at least this many times as long as thick."""

_MANY = 8
"""So many of them that are alike hint at dashed boxes."""

_PART = 1.5
"""What is left of a dash at a corner is at least this many stroke widths long."""

_THICK = 1.6
"""Dashes are at most this many stroke widths thick,"""

_GAP = 3.0
"""and the gaps between them at most this many wide."""


def close_dashes(
    lines: NDArray[np.uint8], marks: NDArray[np.int32], stroke: float
) -> NDArray[np.uint8] | None:
    """Draw the sides of dashed boxes solid, and nothing else.

    Thin level and thin upright ink is told from the rest by openings, and closed along itself; what is as
    long as a side then is closed once more, as a gap may part a corner.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        marks: ``(N, 4)`` boxes of the components on it that may be dashes.
        stroke: Usual width of a stroke in pixels.

    Returns:
        ``(H, W)``, 255 on the sides, or None if the page has no such dashes.
    """
    lengths = marks[marks[:, 2] >= _DASH * marks[:, 3], 2]
    dashes = lengths[lengths >= _PART * stroke]  # shorter ones would not be kept
    if len(dashes) < _MANY or alike(dashes) < EVEN:
        return None
    turned = cv2.transpose(lines)
    level, upright = _closed(lines, turned, stroke), _closed(turned, lines, stroke)
    sides = cv2.max(cv2.transpose(level), upright)
    down = _as_ink(close_columns(pack(sides), _odd(_GAP * stroke)), lines.shape[1])
    across = _as_ink(close_columns(pack(cv2.transpose(sides)), _odd(_GAP * stroke)), len(lines))
    return np.asarray(cv2.max(cv2.transpose(across), down), np.uint8)


def _closed(lines: NDArray[np.uint8], turned: NDArray[np.uint8], stroke: float) -> NDArray[np.uint8]:
    """The thin level ink of a page, the small gaps in it filled, where it is as long as a side then.

    It is given with the page turned on its side, ``turned``, and on its side.
    """
    thick = _as_ink(open_columns(pack(lines), _odd(_THICK * stroke)), lines.shape[1])
    level = open_columns(pack(turned), _odd(_PART * stroke)) & ~pack(cv2.transpose(thick))
    closed = close_columns(level, _odd(_GAP * stroke))
    return _as_ink(open_columns(closed, _odd(SHORTEST * stroke)), len(lines))


def _as_ink(packed: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    return unpack(packed, width) * np.uint8(255)


def _odd(length: float) -> int:
    """The length of a line as a structuring element."""
    return round(length) | 1
