"""Bilevel pages: black on white already, as one-bit scans and drawn pages are."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.sampling import row_step, some_rows

_GREY = 0.002
"""Share of the pixels that may be neither black nor white."""

_BAND = 128
"""Rows that are looked at together, few enough for the processor's cache."""


def is_bilevel(dark: NDArray[np.uint8]) -> bool:
    """Whether a page ``(H, W)`` is nearly all black and white, and more of it white, by some of its rows."""
    levels = some_rows(dark, row_step(dark))
    black = levels.size - cv2.countNonZero(levels)
    white = cv2.countNonZero(cv2.threshold(levels, 254, 255, cv2.THRESH_BINARY)[1])
    return levels.size - black - white <= _GREY * levels.size and white > black


def is_binary(levels: NDArray[np.uint8]) -> bool:
    """Whether all levels of a page ``(H, W)`` are 0 or 255; few rows are looked at where there are others."""
    bands = (levels[first : first + _BAND] for first in range(0, len(levels), _BAND))
    return all(int((band + np.uint8(1)).max(initial=0)) <= 1 for band in bands)
