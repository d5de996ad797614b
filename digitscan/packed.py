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


def grown(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Packed ink with the pixels around it."""
    down = _fold(packed, 3, np.bitwise_or, 0)
    wider = down | np.left_shift(down, 1) | np.right_shift(down, 1)
    wider[:, 1:] |= np.left_shift(down[:, :-1], 7)
    wider[:, :-1] |= np.right_shift(down[:, 1:], 7)
    return wider


def _fold(packed: NDArray[np.uint8], length: int, fold: np.ufunc, beyond: int) -> NDArray[np.uint8]:
    """Fold each row with those around it, an odd number in all; ``beyond`` is what lies past the edges."""
    reach = length // 2
    folded: NDArray[np.uint8] = np.pad(packed, ((reach, reach), (0, 0)), constant_values=beyond)
    done = 1
    while done < length:
        step = min(done, length - done)
        folded = fold(folded[:-step], folded[step:])
        done += step
    return folded
