"""Packed ink: eight pixels of a row as the bits of a byte, on which openings along columns are quick.

An opening by a line of ``n`` pixels takes about ``2 * log2(n)`` steps, each on an eighth of the bytes of the page.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def open_columns(mask: NDArray[np.uint8], gap: int, least: int) -> NDArray[np.uint8]:
    """Close gaps along the columns, and keep what is long there.

    Args:
        mask: ``(H, W)``, 255 where there is ink.
        gap: Length of the line that it is closed with, odd.
        least: Length of the line that it is opened with, odd.

    Returns:
        ``(H, ceil(W / 8))``, as ``np.packbits`` packs rows.

    >>> page = np.zeros((20, 8), np.uint8)
    >>> page[2:18, 5] = page[4:6, 0] = 255
    >>> page[10] = 0
    >>> np.unpackbits(open_columns(page, 3, 9), axis=1).sum(axis=0).tolist()
    [0, 0, 0, 0, 0, 16, 0, 0]
    """
    packed = np.packbits(mask, axis=1)
    bridged = _fold(_fold(packed, gap, np.bitwise_or, 0), gap, np.bitwise_and, 255)
    return _fold(_fold(bridged, least, np.bitwise_and, 255), least, np.bitwise_or, 0)


def grown(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ink with the pixels around it, both packed."""
    down = _fold(packed, 3, np.bitwise_or, 0)
    grown: NDArray[np.uint8] = down | down << 1 | down >> 1
    grown[:, 1:] |= down[:, :-1] << 7
    grown[:, :-1] |= down[:, 1:] >> 7
    return grown


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
