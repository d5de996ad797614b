"""Whether the paper of a picture of a digit is its light part or its dark one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_FRAME_INK = 0.85
"""Share of one kind along a row or column that may be the line of a frame."""

_STEEPNESS = 8.0
"""Log-odds of being paper for what has all of the edges: fitted by logistic regression on small bitmaps and
on crops of digits, tight ones and ones among neighbours."""

_THICKEST = 0.15
"""A frame's lines are at most this share of the picture's side thick."""


def paper_shares(grey: NDArray[np.uint8]) -> tuple[float, float]:
    """Tell how likely the light part of a picture is paper, and how likely the dark one is.

    Paper is what there is most of along the edges, within the lines of a frame. How much of the picture it
    covers tells nothing more: a fat digit in a tight crop covers most of it.

    Args:
        grey: ``(H, W)``.

    Returns:
        Two shares that sum to 1.

    >>> picture = np.full((20, 20), 240, np.uint8)
    >>> picture[5:15, 8:12] = 10
    >>> paper_shares(picture)
    (1.0, 0.0)
    """
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = _within_frame(grey > threshold)
    ring = np.concatenate([light[0], light[-1], light[1:-1, 0], light[1:-1, -1]])
    share = round(float(1 / (1 + np.exp(-_STEEPNESS * (2 * ring.mean() - 1)))), 3)
    return share, round(1 - share, 3)


def _within_frame(light: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cut the lines of a frame off the edges of a picture, and the paper around them."""
    for _ in range(4):
        light = np.rot90(light)
        for _ in ("paper", "line"):
            light = light[_line(light.mean(axis=1)) :]
    return light


def _line(shares: NDArray[np.float64]) -> int:
    """Count the first rows that are of one kind while those after them are of the other for the most part.

    Args:
        shares: ``(H,)`` share of light pixels of each row.

    Returns:
        0 where the first rows are no line.
    """
    kind = shares if shares[0] >= 0.5 else 1 - shares
    same = kind >= _FRAME_INK
    count = int(same.argmin()) if not same.all() else len(same)
    if not 0 < count <= max(1, _THICKEST * len(shares)):
        return 0
    after = kind[count : count + 2]
    return count if after.min(initial=1.0) <= 0.5 else 0
