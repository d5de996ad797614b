"""A picture of one digit as the crops that it may be."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.classify.finding import find_digit
from digitscan.crops import BOX_SIZE, CROP_SIZE, make_crop


class Way(NamedTuple):
    """A way to see a digit.

    Attributes:
        crop: ``(28, 28)`` ``float32``, 0 for paper to 1 for ink.
        prior: Weight of this way to see it, 0 to 1.
    """

    crop: NDArray[np.float32]
    prior: float


def see_digit(grey: NDArray[np.uint8]) -> list[Way]:
    """Make crops of a picture of one digit.

    Args:
        grey: ``(H, W)`` dark ink on light paper or light ink on dark paper, of any size.

    Returns:
        The ways to see the digit, none where there is no ink. A picture in the form of MNIST's digits, dark
        on light or light on dark, is its own crop.

    >>> page = np.full((90, 60), 255, np.uint8)
    >>> page[10:70, 20:29] = 0
    >>> (way,) = see_digit(page)
    >>> np.flatnonzero(way.crop.any(axis=1))[[0, -1]], np.flatnonzero(way.crop.any(axis=0))
    (array([ 4, 23]), array([13, 14, 15]))
    """
    for image in (grey, cv2.bitwise_not(grey)):
        if _is_normal(image):
            return [Way((image / 255).astype(np.float32), 1.0)]
    ways = [Way(make_crop(found.density), found.prior) for found in find_digit(grey)]
    return [way for way in ways if way.crop.any()]


def _is_normal(image: NDArray[np.uint8]) -> bool:
    """Whether an image has MNIST's form: size, longest side of the ink, centre of mass, each about."""
    if image.shape != (CROP_SIZE, CROP_SIZE):
        return False
    _, _, width, height = cv2.boundingRect(image)
    if not BOX_SIZE - 1 <= max(width, height) <= BOX_SIZE:
        return False
    moments = cv2.moments(image)
    middle = CROP_SIZE / 2
    return all(abs(moments[key] / moments["m00"] - middle) <= 1 for key in ("m10", "m01"))
