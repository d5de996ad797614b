"""Windows: rectangles of a page by their left, top, right and bottom, and the runs of ink within them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Numbers, Runs
from digitscan.labelling import Labelled, pixels


def common(windows: Numbers, others: Numbers) -> Numbers:
    """What lies in both of windows ``(4, N)`` and others, or one; if nothing does, ends are reversed."""
    return np.concatenate([np.maximum(windows[:2], others[:2]), np.minimum(windows[2:], others[2:])])


def grown(windows: Numbers, pixels: int | Numbers) -> Numbers:
    """The same windows, larger by so many pixels on each side."""
    return np.concatenate([windows[:2] - pixels, windows[2:] + pixels])


def clip(runs: Runs, windows: Numbers) -> tuple[Numbers, Runs]:
    """What of each run is within its own of ``(4, N)`` windows; and the number of the run that each is of."""
    left, top, right, bottom = windows
    rows, starts, stops = runs
    starts, stops = np.maximum(starts, left), np.minimum(stops, right)
    within = ((starts < stops) & (rows >= top) & (rows < bottom)).nonzero()[0]
    return within, Runs(rows[within], starts[within], stops[within])


def paint_windows(runs: Runs, owners: Numbers, windows: Numbers) -> list[NDArray[np.uint8]]:
    """Paint runs of a page with 255 on pictures of windows that are else 0.

    Args:
        runs: The runs; each lies within its window.
        owners: The window of each.
        windows: ``(4, W)`` of the page.

    Returns:
        ``(H, W)`` of each window.

    >>> runs = Runs(*np.array([(5, 3, 5), (6, 4, 5), (5, 3, 4)]).T)
    >>> windows = np.array([(3, 5, 5, 7), (3, 5, 4, 6)]).T
    >>> [its.tolist() for its in paint_windows(runs, np.array([0, 0, 1]), windows)]
    [[[255, 255], [0, 255]], [[255]]]
    """
    left, top, right, bottom = windows
    widths, heights = right - left, bottom - top
    ends = (widths * heights).cumsum()
    # One picture after another.
    shift = (ends - widths * heights - left)[owners]
    painted = np.zeros(ends[-1] if len(ends) else 0, np.uint8)
    rows, starts, stops = runs
    painted[pixels(Runs(rows - top[owners], starts + shift, stops + shift), widths[owners])] = 255
    return [
        painted[stop - width * height : stop].reshape(height, width)
        for stop, width, height in zip(ends.tolist(), widths.tolist(), heights.tolist(), strict=True)
    ]


def paint_components(
    labelled: Sequence[Labelled], components: Sequence[int], windows: Numbers
) -> list[NDArray[np.uint8]]:
    """Paint components, each by itself.

    Args:
        labelled: The picture of each.
        components: Its number there.
        windows: ``(4, N)`` a window of the picture for each, with all of it.

    Returns:
        ``(H, W)`` of each window, 255 where the component is, else 0.
    """
    if not len(components):
        return []
    runs = [its.runs_of(number) for its, number in zip(labelled, components, strict=True)]
    owners = np.arange(len(runs)).repeat([len(its.rows) for its in runs])
    on_page = np.tile(np.array([its.corner for its in labelled]).T, (2, 1)) + windows
    return paint_windows(Runs(*map(np.concatenate, zip(*runs, strict=True))), owners, on_page)
