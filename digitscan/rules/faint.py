"""Faint ink: rules printed in a grey that is lighter than what is written."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules.fitting import THICK
from digitscan.rules.runs import SHORT

_FAINT = 8
"""Density from which on something may be a faint rule,"""

_DARK = 200
"""unless it lies beside ink of this density, whose grey edge it is:"""

_EDGE = 5
"""in a square of this many pixels around it."""

_SAMPLED = 7
"""Every so many rows show whether a page has grey at all."""

_BAND = 64
"""Rows of a band."""

_DENSE = 0.35
"""Faint rules, dotted ones too, have ink on this share of their way at the least,"""

_BARE = 0.1
"""and the rows above and below them have at most this share."""


def with_faint(
    density: NDArray[np.uint8], mask: NDArray[np.uint8], stroke: float
) -> NDArray[np.uint8] | None:
    """Add the ink that is fainter than what is written, where some of it lies in level lines.

    A cheap look tells whether it does: rows with such ink on a good share of a line's way between rows with
    hardly any.

    Args:
        density: ``(H, W)`` ink density; paper has none, however grey it is.
        mask: ``(H, W)``, 255 where the density is 128 or more.
        stroke: Usual width of a stroke in pixels.

    Returns:
        ``mask`` and the faint ink, but for strokes' grey edges; None if no faint ink lies in level lines.
    """
    sample = density[::_SAMPLED]
    if not cv2.countNonZero(cv2.inRange(sample, _FAINT, 127)):
        return None
    length, reach = round(SHORT * stroke), round(THICK * stroke) + 1
    # Most rows have too little of it.
    sums = [cv2.reduce(band, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S) for band in _faint(density)]
    full = np.concatenate(sums).ravel() >= 255 * _DENSE * length
    full[:reach] = full[len(full) - reach :] = False
    rows = np.flatnonzero(full)
    if not len(rows):
        return None
    faint = np.concatenate(list(_faint(density)))
    return np.asarray(cv2.max(mask, faint), np.uint8) if _has_lines(faint, rows, length, reach) else None


def _faint(density: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The faint ink but for strokes' grey edges, 255, by bands, which stay in the processor's cache."""
    around = _EDGE // 2
    for first in range(0, len(density), _BAND):
        top, last = max(0, first - around), min(len(density), first + _BAND)
        part = density[top : last + around]
        dark = cv2.threshold(part, _DARK - 1, 255, cv2.THRESH_BINARY)[1]
        edges = cv2.dilate(dark, np.ones((_EDGE, _EDGE), np.uint8))
        yield cv2.subtract(cv2.inRange(part, _FAINT, 127), edges)[first - top : last - top]


def _has_lines(faint: NDArray[np.uint8], rows: NDArray[np.intp], length: int, reach: int) -> bool:
    """Whether some faint ink in such rows lies in level lines."""
    inked, above, below = (
        cv2.blur(faint[rows + beside], (length, 1), borderType=cv2.BORDER_CONSTANT)
        for beside in (0, -reach, reach)
    )
    return bool(((inked >= 255 * _DENSE) & (cv2.max(above, below) <= 255 * _BARE)).any())
