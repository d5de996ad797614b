"""Silence for native libraries that log to stderr past Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_chatter_silenced() -> Iterator[None]:
    """Send what native code writes to stderr nowhere for the length of the block.

    LiteRT and TensorFlow announce themselves there and have no switch for it. Python's own messages would be lost too, so the
    block should hold the native call alone; errors come out of it as exceptions all the same.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
