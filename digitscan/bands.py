"""Bands: the rows of a page that hold ink. Most of a page is paper, on which there is nothing to look for."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_BAND = 32
"""Rows of a band, about."""


def inked_bands(page: NDArray[np.uint8], multiple: int = 2) -> list[slice]:
    """Find the rows with ink, band by band.

    Args:
        page: ``(H, W)``, C-contiguous: so it is quick.
        multiple: Bands start at multiples of so many rows.

    Returns:
        The rows of the bands with ink, those of neighbouring bands together, so that there is at least a band
        of paper between any two; downwards.

    >>> page = np.zeros((200, 40), np.uint8)
    >>> page[70] = page[96] = page[199] = 255
    >>> inked_bands(page)
    [slice(64, 128, None), slice(192, 200, None)]
    """
    height = len(page)
    rows = -(-_BAND // multiple) * multiple
    bands: list[slice] = []
    for first in range(0, height, rows):
        if int(page[first : first + rows].max(initial=0)):
            start = bands.pop().start if bands and bands[-1].stop == first else first
            bands.append(slice(start, min(first + rows, height)))
    return bands


def reduce_ink(page: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Make ink smaller by a whole factor, each pixel the mean of those that it is made of.

    What that leaves out at two edges is less than a pixel.

    Args:
        page: ``(H, W)``, mostly 0.
        factor: How many rows and columns become one.

    Returns:
        ``(max(1, H // factor), max(1, W // factor))``.

    >>> reduce_ink(np.array([[0, 0, 0, 80], [0, 0, 40, 80]], np.uint8), 2).tolist()
    [[0, 50]]
    """
    height, width = (max(1, side // factor) for side in page.shape)
    whole = page[: height * factor, : width * factor]
    small = np.zeros((height, width), np.uint8)
    for band in inked_bands(page[: height * factor], multiple=factor):
        to = slice(band.start // factor, -(-band.stop // factor))
        small[to] = cv2.resize(whole[band], (width, to.stop - to.start), interpolation=cv2.INTER_AREA)
    return small
