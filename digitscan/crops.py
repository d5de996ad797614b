"""Crops: one candidate's ink, normalised the way the digits of MNIST were.

LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning applied to document recognition", section
III.A: the ink is scaled, its aspect ratio kept, into a box of 20 x 20 pixels, grey where a pixel is partly
inked, and placed in a field of 28 x 28 pixels with its centre of mass in the middle, to whole pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

CROP_SIZE = 28
"""Width and height of a crop in pixels."""

BOX_SIZE = 20
"""The longest side of the ink within a crop in pixels."""


def make_crop(density: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Normalise the ink of one candidate to a crop like MNIST's.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255 for full ink, of the candidate alone. Paper
            around it is ignored.

    Returns:
        ``(28, 28)`` crop, 0 for paper to 1 for ink; all zero when ``density`` holds no ink.

    >>> stroke = np.zeros((90, 60), np.uint8)
    >>> stroke[10:70, 20:29] = 255
    >>> crop = make_crop(stroke)
    >>> crop.shape, int((crop > 0).any(axis=1).sum()), int((crop > 0).any(axis=0).sum())
    ((28, 28), 20, 3)
    """
    crop = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
    x, y, width, height = cv2.boundingRect(density)
    if not width:
        return crop
    scale = BOX_SIZE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    box = cv2.resize(density[y : y + height, x : x + width], size, interpolation=interpolation)
    moments = cv2.moments(box)
    if moments["m00"] == 0:  # so faint that it vanished in the scaling
        return crop
    left = _place(moments["m10"] / moments["m00"], size[0])
    top = _place(moments["m01"] / moments["m00"], size[1])
    crop[top : top + size[1], left : left + size[0]] = box.astype(np.float32) / 255
    return crop


def make_crops(densities: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Normalise many candidates.

    Args:
        densities: N arrays as ``make_crop`` takes them, of any sizes.

    Returns:
        ``(N, 28, 28)`` crops.

    >>> make_crops([]).shape
    (0, 28, 28)
    """
    crops = np.zeros((len(densities), CROP_SIZE, CROP_SIZE), np.float32)
    for crop, density in zip(crops, densities, strict=True):
        crop[:] = make_crop(density)
    return crops


def _place(centre: float, size: int) -> int:
    """Return where a side of ``size`` pixels starts so that its centre of mass goes to the middle.

    It is kept inside the field. Pixels are counted from 0 and the middle is pixel 14: MNIST's own centres of
    mass all lie between 13.5 and 14.5.
    """
    return min(max(round(CROP_SIZE / 2 - centre), 0), CROP_SIZE - size)
