"""Memory of processes that read one page after another."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt, from glibc's malloc.h."""

_LARGEST = 32 * 2**20
"""Bytes; glibc takes no more."""


def keep_freed_memory() -> None:
    """Have glibc keep the memory that is freed, as the next page takes as much again.

    It gives large blocks back to the system, which fills them with zeros, piece by piece, when they are
    asked for again: a twelfth of the time of a small grey page. With this it keeps blocks of up to 32 MiB,
    and twice as much in all (mallopt(3)). Other C libraries have ways of their own.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST)
        mallopt(_M_TRIM_THRESHOLD, 2 * _LARGEST)
