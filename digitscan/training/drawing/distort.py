"""Distortions that keep a digit what it is: another hand, another pen.

Simard, Steinkraus, Platt (2003), "Best practices for convolutional neural networks applied to visual document
analysis": affine and elastic distortions of the training digits.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_ROTATION = 10.0
"""Degrees, at the most."""

_SHEAR = 0.3
"""Sideways pixels a pixel of height, at the most."""

_SCALE = 0.15
"""Stretch of either side, at the most."""

_ELASTIC = 0.05
"""Root mean square of the elastic displacement, as a share of the image's height, at the most."""

_SMOOTH = (0.14, 0.25)
"""Smoothing of the elastic displacement, as shares of the image's height."""

_PEN = 0.06
"""Change of the pen's radius, as a share of the image's height, at the most."""


def distort(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Rotate, shear, stretch and bend a digit, and write it with another pen.

    Args:
        image: ``(H, W)`` ink density, 0 for paper to 255.
        rng: Source of randomness.

    Returns:
        Ink density of the same shape; ink that would leave the image is lost, so leave a margin.
    """
    height, width = image.shape
    angle = np.deg2rad(rng.uniform(-_ROTATION, _ROTATION))
    shear = rng.uniform(-_SHEAR, _SHEAR)
    stretch = np.exp(rng.uniform(-_SCALE, _SCALE, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, shear], [0, 1]]) @ np.diag(stretch)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    dx, dy = xs - centre[0], ys - centre[1]
    map_x = matrix[0, 0] * dx + matrix[0, 1] * dy + centre[0] + _bend(image.shape, rng)
    map_y = matrix[1, 0] * dx + matrix[1, 1] * dy + centre[1] + _bend(image.shape, rng)
    moved = cv2.remap(image, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR)
    return change_pen(moved, rng.uniform(-_PEN, _PEN) * height)


def change_pen(image: NDArray[np.uint8], by: float) -> NDArray[np.uint8]:
    """Thicken (``by`` > 0) or thin (< 0) strokes by about ``by`` pixels; a stroke is never thinned away.

    Args:
        image: ``(H, W)`` ink density.
        by: Change of a stroke's width in pixels; fractions blend two whole changes.

    Returns:
        Ink density of the same shape.
    """
    whole = int(abs(by))
    share = abs(by) - whole
    change = cv2.dilate if by > 0 else cv2.erode
    less = _changed(image, change, whole)
    more = _changed(image, change, whole + 1)
    changed = cv2.addWeighted(less, 1 - share, more, share, 0)
    if by < 0 and np.count_nonzero(changed >= 128) < 0.35 * np.count_nonzero(image >= 128):
        return image
    return changed


def _changed(image: NDArray[np.uint8], change: object, size: int) -> NDArray[np.uint8]:
    if not size:
        return image
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size + 1, size + 1))
    return change(image, kernel)  # type: ignore[operator]


def _bend(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw a smooth random displacement in pixels."""
    height, width = shape
    grid = rng.standard_normal((max(2, height // 4), max(2, width // 4))).astype(np.float32)
    sigma = rng.uniform(*_SMOOTH) * height / 4
    smooth = cv2.GaussianBlur(grid, (0, 0), sigma)
    smooth *= rng.uniform(0, _ELASTIC) * height / max(1e-6, float(np.sqrt(np.mean(smooth**2))))
    return cv2.resize(smooth, (width, height), interpolation=cv2.INTER_CUBIC)
