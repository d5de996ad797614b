"""A page at a smaller scale, and the way between both."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil, floor, log

import cv2
import numpy as np
from numpy.typing import NDArray

_BLUR = 0.8
"""Spread of the blur in pixels of the smaller page."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """A page made smaller.

    Attributes:
        grey: ``(h, w)`` ``uint8``.
        factor: By how much.
    """

    grey: NDArray[np.uint8]
    factor: int

    @classmethod
    def of(cls, page: NDArray[np.uint8], longer: int) -> Scaled:
        """Make a page ``(H, W)`` smaller by a whole factor, its longer side to about so many pixels.

        At its right and lower edges the pixels that make no whole one are lost.
        """
        times = max(page.shape) / longer
        factor = max(1, min(floor(times), ceil(times), key=lambda whole: abs(log(max(whole, 0.1) / times))))
        return cls(_reduced(page, factor), factor)

    def blurred(self) -> Scaled:
        """Blur it a little, so that noisy and one-bit scans compare with others."""
        return Scaled(cv2.GaussianBlur(self.grey, (0, 0), _BLUR), self.factor)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """``(3, 3)`` from pixels of the page to those of the smaller one, both counted from the corner."""
        return np.diag([1 / self.factor, 1 / self.factor, 1.0])


def _reduced(page: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Take the means of squares of pixels; whole factors are quick."""
    height, width = page.shape[0] // factor, page.shape[1] // factor
    if factor == 1 or not height or not width:
        return page
    whole = page[: height * factor, : width * factor]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def spread(places: NDArray[np.float64], cell: float, least: int) -> list[int]:
    """Choose places evenly: small print and good light would take all of the clearest.

    Args:
        places: ``(N, 2)`` x and y, the clearest first.
        cell: Side of the cells of a grid.
        least: How many are kept at least, as many of each cell as it takes; all, if there are fewer.

    Returns:
        Which are kept.

    >>> spread(np.array([(1.0, 1.0), (2.0, 1.0), (3.0, 3.0), (12.0, 1.0)]), 10.0, 2)
    [0, 3]
    """
    taken: Counter[tuple[int, int]] = Counter()
    turns = []  # which of its cell each place is, from 0
    for x, y in (places // cell).astype(int).tolist():
        turns.append(taken[x, y])
        taken[x, y] += 1
    rounds = np.bincount(turns) if turns else np.zeros(1, int)
    most = int(np.searchsorted(np.cumsum(rounds), min(least, len(turns))))
    return [i for i, turn in enumerate(turns) if turn <= most]
