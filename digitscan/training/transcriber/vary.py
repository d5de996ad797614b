"""New variants of strips for every epoch.

As for single digits (Simard, Steinkraus, Platt 2003, "Best practices for convolutional neural networks
applied to visual document analysis"), but for a line of writing: an affine map, another pen, an unsharp scan,
a column lost or smeared, a row lost or a rest of a ruled line. The strings were drawn in many ways already.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.strips import MARGIN

_STRETCH = 0.1
"""Standard deviation of the logarithm of the stretch of either side."""

_SHEAR = 0.12
"""Standard deviation of the sideways pixels a pixel of height."""

_SHIFT = 1.2
"""Standard deviation of the shift up or down, in pixels."""

_PAPER = 4
"""Columns of paper that a strip may gain."""

_THICKER, _THINNER, _UNSHARP = 0.12, 0.12, 0.08
"""Shares of strips with a thicker pen, a thinner one, and an unsharp scan; never two of these."""

_MOST_THINNER = 0.7
"""Share of a thinning by a pixel that is blended in, at the most; of a thickening it may be all."""

_BLUR = (0.3, 1.0)
"""Standard deviation of an unsharp scan in pixels, least and most."""

_COLUMN, _ROW = 0.1, 0.1
"""Shares of strips with one or two columns, and with one row, lost or smeared."""

_GREY = (60, 255)
"""Density of a rest of a ruled line, from the first to below the second."""

_PEN = np.ones((2, 2), np.uint8)


def vary_strip(picture: NDArray[np.uint8], least: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Make a variant of a strip.

    Args:
        picture: ``(HEIGHT, W)``, 255 for ink.
        least: Pixels that the variant must be wide, so that there is a frame for each digit.
        rng: Source of randomness.

    Returns:
        ``(HEIGHT, V)`` another picture; V is about W.

    >>> strip = np.zeros((32, 60), np.uint8)
    >>> strip[5:27, 20:24] = 255
    >>> vary_strip(strip, 0, np.random.default_rng(0)).shape
    (32, 64)
    """
    varied = _change_pen(_map(picture, least, rng), rng)
    height, width = varied.shape
    if rng.random() < _COLUMN:
        left = int(rng.integers(width))
        lost = rng.random() < 0.5
        varied[:, left : left + int(rng.integers(1, 3))] = 0 if lost else varied[:, left : left + 1]
    if rng.random() < _ROW:
        row = int(rng.integers(height))
        varied[row] = 0 if rng.random() < 0.5 else int(rng.integers(*_GREY))
    return varied


def _map(picture: NDArray[np.uint8], least: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Stretch, shear and shift a strip about its middle."""
    height, width = picture.shape
    across, down = np.exp(rng.normal(0, _STRETCH, 2))
    shear, shift = rng.normal(0, _SHEAR), rng.normal(0, _SHIFT)
    wide = max(least, 2 * MARGIN, int(across * width + _PAPER * rng.random()))
    middle = height / 2
    left, top = (wide - across * width) / 2 - shear * middle, middle - down * middle + shift
    to_varied = np.array([[across, shear, left], [0, down, top]])
    return np.asarray(cv2.warpAffine(picture, to_varied, (wide, height), flags=cv2.INTER_LINEAR), np.uint8)


def _change_pen(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Write a strip with a thicker or thinner pen, or scan it out of focus."""
    kind = rng.random()
    if kind < _THICKER:
        share, other = rng.random(), cv2.dilate(picture, _PEN)
    elif kind < _THICKER + _THINNER:
        share, other = _MOST_THINNER * rng.random(), cv2.erode(picture, _PEN)
    elif kind < _THICKER + _THINNER + _UNSHARP:
        share, other = 1.0, cv2.GaussianBlur(picture, (0, 0), rng.uniform(*_BLUR))
    else:
        return picture
    return np.asarray(cv2.addWeighted(picture, 1 - share, other, share, 0), np.uint8)
