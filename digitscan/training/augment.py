"""New variants of digits for every epoch, a whole batch at a time.

Simard, Steinkraus, Platt (2003), "Best practices for convolutional neural networks applied to visual document
analysis": affine maps and smooth random displacements. All digits of a batch lie below each other in one
image, so that one call of ``cv2.remap`` distorts them all.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.crops import CROP_SIZE
from digitscan.options import Augment

_ROTATION = 12.0
"""Degrees, at the most."""

_SHEAR = 0.25
"""Sideways pixels a pixel of height, at the most."""

_SCALE = 0.15
"""Stretch of either side, at the most."""

_SHIFT = 1.5
"""Pixels to any side, at the most."""

_DISPLACEMENT = (0.5, 1.5)
"""Root mean square of the elastic displacement in pixels, least and most."""

_KNOTS = 7
"""Knots of the elastic displacement along each side; its smoothness is that of the spline through them."""

_PEN = 0.7
"""Share of a thickening or thinning by a pixel all round that is blended in, at the most."""

_MARGIN = 4
"""Paper between digits in the common image, so that none samples its neighbour."""


def augment(
    crops: NDArray[np.uint8], how: Augment, rng: np.random.Generator, strength: float = 1.0
) -> NDArray[np.uint8]:
    """Distort each digit of a batch in its own way.

    Args:
        crops: ``(N, 28, 28)``, 255 for ink.
        how: ``NONE`` gives them back as they are, ``AFFINE`` turns, shears, stretches, shifts and changes the
            pen, ``ELASTIC`` bends them as well.
        rng: Source of randomness.
        strength: How far, 0 to 1.

    Returns:
        ``(N, 28, 28)`` variants.

    >>> digit = np.zeros((1, 28, 28), np.uint8)
    >>> digit[0, 6:22, 12:16] = 255
    >>> augment(digit, Augment.ELASTIC, np.random.default_rng(0)).shape
    (1, 28, 28)
    """
    if how is Augment.NONE or not len(crops):
        return crops
    count = len(crops)
    across, down = _affine(count, strength, rng)
    if how is Augment.ELASTIC:
        across += strength * _displacement(count, rng)
        down += strength * _displacement(count, rng)
    side = CROP_SIZE + 2 * _MARGIN
    np.clip(across, -_MARGIN, CROP_SIZE + _MARGIN - 1, out=across)
    np.clip(down, -_MARGIN, CROP_SIZE + _MARGIN - 1, out=down)
    down += (np.arange(count, dtype=np.float32) * side)[:, None, None]
    padded = np.pad(crops, ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN))).reshape(count * side, side)
    moved = np.concatenate(
        [  # OpenCV takes images of less than 32,768 rows
            cv2.remap(
                padded[part.start * side : part.stop * side],
                across[part].reshape(-1, CROP_SIZE) + _MARGIN,
                down[part].reshape(-1, CROP_SIZE) + (_MARGIN - part.start * side),
                cv2.INTER_LINEAR,
            )
            for part in (slice(i, min(i + 512, count)) for i in range(0, count, 512))
        ]
    ).reshape(crops.shape)
    return _change_pens(moved, strength, rng)


def _affine(
    count: int, strength: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel of each digit comes from, x and y, ``(N, 28, 28)`` in pixels."""
    angle = np.deg2rad(strength * rng.uniform(-_ROTATION, _ROTATION, count))
    shear = strength * rng.uniform(-_SHEAR, _SHEAR, count)
    stretch_x, stretch_y = np.exp(strength * rng.uniform(-_SCALE, _SCALE, (2, count)))
    shift_x, shift_y = strength * rng.uniform(-_SHIFT, _SHIFT, (2, count))
    middle = (CROP_SIZE - 1) / 2
    line = np.arange(CROP_SIZE, dtype=np.float32) - middle
    x, y = line[None, None, :], line[None, :, None]
    cos, sin = np.cos(angle), np.sin(angle)
    maps = []
    for a, b, shift in (
        (cos * stretch_x, (cos * shear - sin) * stretch_y, shift_x),
        (sin * stretch_x, (sin * shear + cos) * stretch_y, shift_y),
    ):
        a, b, shift = (value.astype(np.float32)[:, None, None] for value in (a, b, shift))
        maps.append(a * x + b * y + np.float32(middle) + shift)
    return maps[0], maps[1]


def _displacement(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw a smooth random displacement for each digit, ``(N, 28, 28)`` in pixels."""
    knots = rng.standard_normal((count, _KNOTS, _KNOTS)).astype(np.float32)
    field = np.matmul(np.matmul(_SPLINE, knots), _SPLINE.T)
    size = rng.uniform(*_DISPLACEMENT, count).astype(np.float32)
    return field * (size / np.sqrt(np.mean(np.square(field), axis=(1, 2))))[:, None, None]


def _spline() -> NDArray[np.float32]:
    """Weights ``(28, knots)`` of a uniform cubic B-spline (de Boor 1978) at the pixels of a side."""
    places = np.linspace(1, _KNOTS - 2, CROP_SIZE)[:, None]
    distance = np.abs(places - np.arange(_KNOTS)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = (2 - distance) ** 3 / 6
    return np.where(distance < 1, near, np.where(distance < 2, far, 0)).astype(np.float32)


_SPLINE = _spline()


def _change_pens(crops: NDArray[np.uint8], strength: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Write each digit with a thicker or thinner pen."""
    count = len(crops)
    tall = crops.reshape(count * CROP_SIZE, CROP_SIZE)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    thicker, thinner = (change(tall, cross).reshape(crops.shape) for change in (cv2.dilate, cv2.erode))
    share = (strength * rng.uniform(-_PEN, _PEN, count)).astype(np.float32)[:, None, None]
    other = np.where(share > 0, thicker, thinner)
    return np.round(crops + np.abs(share) * (other.astype(np.float32) - crops)).astype(np.uint8)
