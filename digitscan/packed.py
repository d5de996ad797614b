"""Packed ink: eight pixels of a row as the bits of a byte, on which openings along columns are quick.

An opening by a line of ``n`` pixels takes about ``2 * log2(n)`` steps, each on an eighth of the page's bytes.
Those along the rows of a page are taken along the columns of its transpose, which is made of packed ink too.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SWAPS = ((4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333), (1, 0x5555555555555555))
"""How many rows and columns apart the bits are that change places when eight bytes of eight bits are
transposed, in squares of four, two and one bits, and which bits of the upper rows those are."""


_HALVED = np.unpackbits(np.arange(256, dtype=np.uint8)).reshape(256, 4, 2).max(axis=2).view(np.int32).ravel()
"""The four pixels, a byte each, for the pairs of bits of a byte: 1 where one of a pair is."""

_ROWS = 64
"""Rows that are packed at once: so few stay in the processor's cache."""


def pack(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack a page ``(H, W)``, 255 where there is ink, into ``(H, ceil(W / 8))``."""
    return np.packbits(mask, axis=1)


def pack_ink(density: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack a page ``(H, W)``, 128 and more for ink, into ``(H, ceil(W / 8))``."""
    packed = np.empty((len(density), -(-density.shape[1] // 8)), np.uint8)
    for first in range(0, len(density), _ROWS):
        rows = slice(first, first + _ROWS)
        packed[rows] = np.packbits(density[rows] >= 128, axis=1)
    return packed


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


def turn(packed: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Transpose packed ink: ``(H, ceil(W / 8))`` into ``(W, ceil(H / 8))``.

    Squares of 64 pixels are transposed by three swaps of bits (Warren 2012, "Hacker's Delight", 7-3).
    """
    height, across = packed.shape
    down = -(-height // 8)
    # The first rows of all squares, then the second ones and so on: each step is taken on long rows of words.
    rows = np.zeros((8, down, -(-across // 8) * 8), np.uint8)
    for row in range(min(8, height)):
        part = packed[row::8]
        rows[row, : len(part), :across] = part
    for apart, right in _SWAPS:
        pairs = rows.view(np.uint64).reshape(4 // apart, 2, -1)
        upper, lower = pairs[:, 0], pairs[:, 1]
        swapped = lower >> apart
        swapped ^= upper
        swapped &= right
        upper ^= swapped
        swapped <<= apart
        lower ^= swapped
    return np.asarray(cv2.transpose(rows.reshape(8 * down, -1)).reshape(-1, down)[:width], np.uint8)


def unpack_halved(packed: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Unpack ``(H, ceil(width / 8))`` at half the size: ``(ceil(H / 2), ceil(width / 2))``.

    It is 1 where there is ink in any of two by two pixels.

    >>> page = np.zeros((3, 5), np.uint8)
    >>> page[0, 3] = page[2, 4] = 255
    >>> unpack_halved(pack(page), 5).tolist()
    [[0, 1, 0], [0, 0, 1]]
    """
    both = packed[::2].copy()
    both[: len(packed) // 2] |= packed[1::2]
    return cv2.LUT(both, _HALVED).view(np.uint8)[:, : -(-width // 2)]


def long_runs(
    packed: NDArray[np.uint8], length: int, bridged: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Find the long runs of ink along the columns: those of an opening of a closing.

    Args:
        packed: ``(H, ceil(W / 8))``.
        length: Pixels that a run is long at the least, an odd number; at the page's edge one of half of them
            counts.
        bridged: Gaps shorter than this odd number of pixels are filled.

    Returns:
        The column of each run, its first row and the one after its last; column by column, downwards.

    >>> page = np.zeros((20, 8), np.uint8)
    >>> page[2:9, 5] = page[10:18, 5] = page[4:6, 0] = 255
    >>> [array.tolist() for array in long_runs(pack(page), 9, 3)]
    [[5], [2], [18]]
    """
    height, reach = len(packed), (bridged + length) // 2 - 1
    above = reach + bridged // 2
    rows = np.empty((height + 2 * above, packed.shape[1]), np.uint8)
    rows[above : above + height] = packed
    rows[:above] = rows[above + height :] = 0
    wide = _slide(rows, bridged, np.bitwise_or)
    wide[:reach] = wide[reach + height :] = 255
    # The erosion of the closing and that of the opening are one. What they leave of a run is its middle.
    columns, starts, stops = _column_runs(_slide(wide, 2 * reach + 1, np.bitwise_and))
    return columns, np.maximum(0, starts - length // 2), np.minimum(height, stops + length // 2)


def row_runs(packed: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Find the runs of ink along the rows.

    Args:
        packed: ``(H, ceil(W / 8))``.

    Returns:
        The row of each run, its first column and the one after its last; row by row, from left to right.

    >>> page = np.zeros((2, 16), np.uint8)
    >>> page[0, 3:9] = page[1, 0] = page[1, 15] = 255
    >>> [array.tolist() for array in row_runs(pack(page))]
    [[0, 1, 1], [3, 0, 15], [9, 1, 16]]
    """
    height, width = packed.shape
    ink = _words(height * (width + 1))
    ink[: height * (width + 1)].reshape(height, width + 1)[:, :-1] = packed  # with paper behind each row
    # Where a pixel differs from the one before it.
    edges = np.asarray(ink ^ (ink >> 1), np.uint8)
    edges[1:] ^= ink[:-1] << 7
    starts, stops = find_bits(edges).reshape(-1, 2).T
    edge = np.arange(height + 1) * (8 * (width + 1))
    counts = np.diff(starts.searchsorted(edge))
    before = edge[:-1].repeat(counts)
    return np.arange(height).repeat(counts), starts - before, stops - before


def find_bits(packed: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Find the bits that are set, of which there are few: their numbers, ascending.

    Args:
        packed: ``(N,)`` bytes, a multiple of eight.

    >>> find_bits(np.array([0, 0b01000001, 0, 0, 0, 0, 0, 0], np.uint8)).tolist()
    [9, 15]
    """
    # Hardly any eight bytes hold one, and of those that do hardly any byte.
    words = (packed.view(np.uint64) != 0).nonzero()[0]
    some = packed.reshape(-1, 8).take(words, axis=0).ravel()
    held = (some != 0).nonzero()[0]
    bits = np.unpackbits(some.take(held)).view(bool).nonzero()[0]
    places = (words.take(held >> 3) << 6) + ((held & 7) << 3)
    return np.asarray(places.take(bits >> 3) + (bits & 7))


def _words(count: int) -> NDArray[np.uint8]:
    """So many bytes, and as many more as make a multiple of eight; all are 0."""
    return np.zeros(-(-count // 8) * 8, np.uint8)


def _column_runs(packed: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Find the runs of ink along the columns: column, first row and the one after the last."""
    height, width = packed.shape
    edges = _words((height + 1) * width)
    rows = edges[: (height + 1) * width].reshape(height + 1, width)
    rows[0], rows[-1] = packed[0], packed[-1]
    np.bitwise_xor(packed[:-1], packed[1:], out=rows[1:-1])
    places = find_bits(edges)
    row = places // (8 * width)
    ends = (places - row * (8 * width)) * (height + 1) + row
    ends.sort()
    starts, stops = ends[::2], ends[1::2]
    columns = starts // (height + 1)
    top = columns * (height + 1)
    return columns, starts - top, stops - top


def _fold(packed: NDArray[np.uint8], length: int, fold: np.ufunc, beyond: int) -> NDArray[np.uint8]:
    """Fold each row with those around it, an odd number in all; ``beyond`` is what lies past the edges."""
    reach = length // 2
    rows = np.full((len(packed) + 2 * reach, packed.shape[1]), beyond, np.uint8)
    rows[reach : reach + len(packed)] = packed
    return _slide(rows, length, fold)


def _slide(rows: NDArray[np.uint8], length: int, fold: np.ufunc) -> NDArray[np.uint8]:
    """Fold each so many rows that follow each other, in place: the first rows hold what is returned."""
    done = 1
    while done < length:
        step = min(done, length - done)
        rows = fold(rows[:-step], rows[step:], out=rows[:-step])
        done += step
    return rows
