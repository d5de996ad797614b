"""Labelling: the connected components of ink told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.bands import inked_bands
from digitscan.strokes import find_runs

Labels: TypeAlias = NDArray[np.uint16] | NDArray[np.int32]
"""``(H, W)`` a number for the ink of each component, 0 for paper; of 16 bits where they are few enough."""


class Labelled(NamedTuple):
    """Ink whose components are told apart.

    Attributes:
        labels: ``(H, W)`` the number of each pixel's component, 0 for paper.
        names: ``(N,)`` the numbers that there are.
        areas: ``(N,)`` pixels of each component.
        boxes: ``(N, 4)`` x, y, width, height of each.
    """

    labels: Labels
    names: NDArray[np.intp]
    areas: NDArray[np.int32]
    boxes: NDArray[np.int32]


def label(density: NDArray[np.uint8]) -> Labelled:
    """Tell the components of ink apart.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255; 128 and more counts as ink.

    Returns:
        The components, numbered from 1: those of pixels that meet at a side or a corner.

    >>> ink = np.zeros((20, 30), np.uint8)
    >>> ink[2:6, 3:5] = ink[10:12, 20:29] = 255
    >>> label(ink).boxes.tolist(), label(ink).areas.tolist()
    ([[3, 2, 2, 4], [20, 10, 9, 2]], [8, 18])
    """
    mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
    bands = inked_bands(mask)
    # OpenCV's statistics count the paper too; the runs of ink are far fewer than the pixels.
    rows, starts, stops = _runs(mask, bands)
    # Labels that turn out to be of one component are given one by one to runs as well.
    small = len(rows) < np.iinfo(np.uint16).max
    labels: Labels = np.zeros(mask.shape, np.uint16 if small else np.int32)
    count = 1
    for band in bands:
        found, own = cv2.connectedComponents(
            mask[band], labels[band], connectivity=8, ltype=cv2.CV_16U if small else cv2.CV_32S
        )
        if count > 1:
            cv2.add(own, count - 1, dst=own, mask=mask[band])
        count += found - 1
    names = labels[rows, starts]
    areas = np.bincount(names, stops - starts, minlength=count)[1:].astype(np.int32)
    # Of the rows that a component has, the last that is set stays; they are in order.
    left, right = np.full(count, mask.shape[1]), np.zeros(count, np.intp)
    top, bottom = np.zeros((2, count), np.intp)
    np.minimum.at(left, names, starts)
    np.maximum.at(right, names, stops)
    top[names[::-1]] = rows[::-1]
    bottom[names] = rows + 1
    boxes = np.column_stack([left, top, right - left, bottom - top])[1:].astype(np.int32)
    return Labelled(labels, np.arange(1, count), areas, boxes)


def _runs(
    mask: NDArray[np.uint8], bands: Sequence[slice]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """``find_runs`` of the only bands of a page with ink."""
    found = [np.empty((3, 0), np.intp)]
    for band in bands:
        rows, starts, stops = find_runs(mask[band])
        found.append(np.stack([rows + band.start, starts, stops]))
    rows, starts, stops = np.concatenate(found, axis=1)
    return rows, starts, stops
