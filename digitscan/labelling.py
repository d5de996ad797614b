"""Labelling: the connected components of ink told apart."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.bands import inked_bands
from digitscan.groups import Numbers, Runs, box_runs, group_runs
from digitscan.packed import pack_ink, row_runs

Labels: TypeAlias = NDArray[np.uint16] | NDArray[np.int32]
"""``(H, W)`` a number for the ink of each component, 0 for paper; of 16 bits where they are few enough."""


_SPARSE = 100
"""Where there is at most one run of ink in so many pixels, as on a page, runs are grouped and not pixels."""


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


class NamedRuns(NamedTuple):
    """Ink whose components are told apart, as its runs: a page has far fewer of them than pixels.

    Attributes:
        runs: The runs along the rows.
        names: The number of each run's component, from 1 on.
        areas: ``(N,)`` pixels of each component.
        boxes: ``(N, 4)`` x, y, width, height of each.
    """

    runs: Runs
    names: Numbers
    areas: NDArray[np.int32]
    boxes: NDArray[np.int32]

    def paint(self, rows: slice, columns: slice) -> Labels:
        """Number the pixels of some rows and columns of the page, from the first to before the last."""
        first, stop = self.runs.rows.searchsorted((rows.start, rows.stop))
        down, starts, stops = (ends[first:stop] for ends in self.runs)
        seen = np.flatnonzero((starts < columns.stop) & (stops > columns.start))
        starts, stops = np.maximum(starts[seen], columns.start), np.minimum(stops[seen], columns.stop)
        lengths = stops - starts
        small = len(self.areas) < 2**16
        shape = rows.stop - rows.start, columns.stop - columns.start
        labels = np.zeros(shape, np.uint16 if small else np.int32)
        before = (down[seen] - rows.start) * shape[1] + stops - columns.start - np.cumsum(lengths)
        places = np.arange(lengths.sum()) + np.repeat(before, lengths)
        labels.reshape(-1)[places] = np.repeat(self.names[first:stop][seen].astype(labels.dtype), lengths)
        return labels


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
    named = name_runs(density)
    labels = named.paint(slice(0, density.shape[0]), slice(0, density.shape[1]))
    return Labelled(labels, np.arange(1, len(named.areas) + 1), named.areas, named.boxes)


def name_runs(density: NDArray[np.uint8]) -> NamedRuns:
    """Tell the components of ink apart as ``label`` does, without a number for each pixel."""
    runs = _find_runs(density)
    if _SPARSE * len(runs.rows) > density.size:
        mask = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY)[1]
        count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
        owners = labels[runs.rows, runs.starts].astype(np.intp) - 1
        boxes = box_runs(runs, owners, count - 1)
    else:
        groups = group_runs(runs)
        # In OpenCV's order, by the first of their blocks of two by two pixels.
        blocks = runs.rows // 2 * density.shape[1] + runs.starts // 2
        firsts = np.full(len(groups.boxes), density.size)
        np.minimum.at(firsts, groups.owners, blocks)
        order = firsts.argsort()
        numbers = np.empty_like(order)
        numbers[order] = np.arange(len(order))
        owners, boxes = numbers[groups.owners], groups.boxes[order]
    areas = np.bincount(owners, runs.stops - runs.starts, minlength=len(boxes))
    return NamedRuns(runs, owners + 1, areas.astype(np.int32), boxes.astype(np.int32))


def _find_runs(density: NDArray[np.uint8]) -> Runs:
    """``row_runs`` of the only bands of a page with ink."""
    found = [np.empty((3, 0), np.intp)]
    for band in inked_bands(density, 128):
        rows, starts, stops = row_runs(pack_ink(density[band]))
        found.append(np.stack([rows + band.start, starts, stops]))
    return Runs(*np.concatenate(found, axis=1))
