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


_MOMENTS = np.stack(
    [np.ones((BOX_SIZE, BOX_SIZE)), *np.indices((BOX_SIZE, BOX_SIZE))[::-1]], axis=-1, dtype=np.float32
).reshape(-1, 3)
"""``(BOX_SIZE ** 2, 3)`` by 1, by column and by row: what the pixels of a box are summed with."""


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
    return make_crops([density])[0]


def make_crops(densities: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Normalise many candidates.

    Args:
        densities: N arrays as ``make_crop`` takes them, of any sizes.

    Returns:
        ``(N, 28, 28)`` crops.

    >>> make_crops([]).shape
    (0, 28, 28)
    """
    return crop_inks([trim(density)[0] for density in densities])


def trim(density: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Leave out the paper around the ink of ``(H, W)``; and where what is left has its left and top."""
    x, y, width, height = cv2.boundingRect(density)
    return density[y : y + height, x : x + width], (x, y)


def crop_inks(inks: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Normalise many candidates without paper around them, as ``trim`` gives them, to ``(N, 28, 28)``."""
    if not inks:
        return np.zeros((0, CROP_SIZE, CROP_SIZE), np.float32)
    shapes = np.array([ink.shape for ink in inks])
    longest = shapes.max(axis=1)
    scaled = shapes * (BOX_SIZE / np.maximum(longest, 1))[:, None]
    sizes = np.maximum(np.rint(scaled), 1).astype(np.intp)[:, ::-1]
    boxes = np.zeros((len(inks), BOX_SIZE, BOX_SIZE), np.uint8)
    for box, ink, (across, down), length in zip(boxes, inks, sizes.tolist(), longest.tolist(), strict=True):
        if length:
            interpolation = cv2.INTER_AREA if length > BOX_SIZE else cv2.INTER_LINEAR
            cv2.resize(ink, (across, down), box[:down, :across], interpolation=interpolation)
    return _centre(boxes, sizes)


def _centre(boxes: NDArray[np.uint8], sizes: NDArray[np.intp]) -> NDArray[np.float32]:
    """Put boxes of ink, at the top left of ``boxes``, into crops with their centres of mass in the middle.

    They are kept inside the field. Pixels are counted from 0 and the middle is pixel 14: MNIST's own centres
    of mass all lie between 13.5 and 14.5.
    """
    crops = np.zeros((len(boxes), CROP_SIZE, CROP_SIZE), np.float32)
    values = boxes.astype(np.float32)
    # Whole numbers so small that 32 bits hold their sums exactly; box by box, as a library for products would
    # start threads for all at once.
    moments = (values.reshape(len(boxes), 1, -1) @ _MOMENTS)[:, 0].astype(np.float64)
    mass = np.maximum(moments[:, :1], 1)  # 0 for ink so faint that it vanished in the scaling
    centres = moments[:, 1:] / mass
    starts = np.minimum(np.maximum(np.round(CROP_SIZE / 2 - centres), 0), CROP_SIZE - sizes).astype(np.intp)
    values /= 255
    for crop, value, (left, top), (width, height) in zip(
        crops, values, starts.tolist(), sizes.tolist(), strict=True
    ):
        crop[top : top + height, left : left + width] = value[:height, :width]
    return crops
