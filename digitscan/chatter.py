"""Silence for native libraries that log to stderr past Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def native_chatter_silenced() -> Iterator[None]:
    """Send what native code writes to stderr nowhere for the length of the block.

    LiteRT and TensorFlow announce themselves there and have no switch for it. Python's own messages would be
    lost too, so the block should hold the native call alone; errors come out of it as exceptions all the
    same.
    """
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed: nobody would hear it
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
