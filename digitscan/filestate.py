"""What tells that a file is still the one that was read: its size and when it was changed."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple


class FileState(NamedTuple):
    """Size and time of the last change of a file.

    Attributes:
        size: Bytes.
        modified: Nanoseconds since 1970.
    """

    size: int
    modified: int


def file_state(path: Path) -> FileState | None:
    """Look at a file.

    Returns:
        Its state; None where there is none, or none that can be looked at, or it is no regular file.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return FileState(status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None
