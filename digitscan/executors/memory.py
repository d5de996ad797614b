"""Memory of processes that read one page after another."""

from __future__ import annotations

import numpy as np

_LARGEST = 31 * 2**20
"""Bytes; glibc learns from blocks of less than 32 MiB."""


def keep_freed_memory() -> None:
    """Have the C library keep the memory that is freed, as the next page takes as much again.

    glibc gives large blocks back to the system, which fills them with zeros, piece by piece, when they are
    asked for again: a twelfth of the time of a small grey page. Once it sees a large block freed, it keeps
    blocks up to that size, and twice as much in all (mallopt(3), ``M_MMAP_THRESHOLD``). This shows it one
    that nothing is written to, and that so takes no memory. Other C libraries have ways of their own.
    """
    np.empty(_LARGEST, np.uint8)
