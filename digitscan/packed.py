"""Packed ink: eight pixels of a row as the bits of a byte, on which openings along columns are quick.

An opening by a line of ``n`` pixels takes about ``2 * log2(n)`` steps, each on an eighth of the page's bytes.
Those along the rows of a page are taken along the columns of its transpose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pack(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack a page ``(H, W)``, 255 where there is ink, into ``(H, ceil(W / 8))``."""
    return np.packbits(mask, axis=1)


def unpack(packed: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Unpack ``(H, ceil(W / 8))`` into ``(H, W)``, 1 where there is ink."""
    return np.unpackbits(packed, axis=1, count=width)


def close_columns(packed: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """Close packed ink with an upright line of an odd length: gaps shorter than that are filled."""
    return _fold(_fold(packed, length, np.bitwise_or, 0), length, np.bitwise_and, 255)


def open_columns(packed: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """Open packed ink with an upright line of an odd length: of each column, runs as long as that are kept.

    >>> page = np.zeros((20, 8), np.uint8)
    >>> page[2:18, 5] = page[4:6, 0] = 255
    >>> unpack(open_columns(pack(page), 9), 8).sum(axis=0).tolist()
    [0, 0, 0, 0, 0, 16, 0, 0]
    """
    return _fold(_fold(packed, length, np.bitwise_and, 255), length, np.bitwise_or, 0)


def column_runs(packed: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Find the runs of ink along the columns.

    Args:
        packed: ``(H, ceil(W / 8))``.

    Returns:
        The column of each run, its first row and the one after its last; column by column, downwards.

    >>> page = np.array([[0, 255], [255, 255], [255, 0]], np.uint8)
    >>> [array.tolist() for array in column_runs(pack(page))]
    [[0, 1], [1, 0], [3, 2]]
    """
    height, width = packed.shape
    edges = np.zeros(-(-(height + 1) * width // 8) * 8, np.uint8)
    rows = edges[: (height + 1) * width].reshape(height + 1, width)
    rows[:-1] = packed
    rows[1:] ^= packed
    # Eight bytes at a time: hardly any of them hold the end of a run.
    words = np.flatnonzero(edges.view(np.uint64) != 0)
    bits = np.flatnonzero(np.unpackbits(edges.reshape(-1, 8)[words], axis=1))
    places = words[bits // 64] * 64 + bits % 64
    row, column = np.divmod(places, 8 * width)
    ends = np.sort(column * (height + 1) + row).reshape(-1, 2)
    columns = ends[:, 0] // (height + 1)
    starts, stops = (ends - columns[:, None] * (height + 1)).T
    return columns, starts, stops


def _fold(packed: NDArray[np.uint8], length: int, fold: np.ufunc, beyond: int) -> NDArray[np.uint8]:
    """Fold each row with those around it, an odd number in all; ``beyond`` is what lies past the edges."""
    reach = length // 2
    folded = np.full((len(packed) + 2 * reach, packed.shape[1]), beyond, np.uint8)
    folded[reach : reach + len(packed)] = packed
    done = 1
    while done < length:
        step = min(done, length - done)
        folded = fold(folded[:-step], folded[step:])
        done += step
    return folded
