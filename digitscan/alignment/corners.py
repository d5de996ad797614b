"""Corners: a sheet of paper on a darker ground, as a photograph shows it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.scaled import Scaled

_SHEET = 0.25
"""A sheet covers at least this share of the picture."""

_STRAIGHT = 0.02
"""Its outline is off four straight sides by at most this share of its length."""

_OPENED = 15
"""Pixels of a bridge from the sheet to something as bright beside it."""


def find_corners(page: Scaled) -> NDArray[np.float64] | None:
    """Find the four corners of a sheet on a darker ground.

    Args:
        page: The picture.

    Returns:
        ``(4, 2)`` x and y in pixels of the whole picture, clockwise as seen; None without such a sheet.
    """
    bright = cv2.threshold(page.grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((_OPENED, _OPENED), np.uint8))
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((_OPENED, _OPENED), np.uint8))
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    sheet = cv2.convexHull(max(outlines, key=cv2.contourArea))
    if cv2.contourArea(sheet) < _SHEET * bright.size:
        return None
    corners = cv2.approxPolyDP(sheet, _STRAIGHT * cv2.arcLength(sheet, True), True)[:, 0].astype(np.float64)
    if len(corners) != 4:
        return None
    if cv2.contourArea(corners.astype(np.float32), oriented=True) < 0:
        corners = corners[::-1]
    return np.asarray((corners + 0.5) * page.factor)


def lay_corners(corners: NDArray[np.float64], size: tuple[float, float]) -> Iterator[NDArray[np.float64]]:
    """Lay a sheet onto a form, each of its corners once at the form's top left.

    Args:
        corners: ``(4, 2)`` clockwise.
        size: Width and height of the form.

    Yields:
        ``(3, 3)`` the homography from the picture's pixels to the form's.
    """
    width, height = size
    form = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    for first in range(4):
        turned = np.roll(corners, -first, axis=0).astype(np.float32)
        yield np.asarray(cv2.getPerspectiveTransform(turned, form), np.float64)
