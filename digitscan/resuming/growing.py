"""A file that text is appended to, and whose torn end can be cut off."""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path

from digitscan.errors import OutputError
from digitscan.writers.destination import errors_name


class GrowingFile:
    """A text stream at the end of a file that is there already; what goes wrong is an ``OSError``.

    Nothing but ``flush`` writes, so that after an error nothing is left that a close would write.

    Args:
        path: The file.
        size: Bytes of it that are whole; ``cut`` before anything is written.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._file = path.open("r+b", buffering=0)
        self._kept: list[bytes] = []
        self._whole = self._end = size
        self._checksum = 0

    @property
    def whole(self) -> int:
        """Bytes of the file up to the last ``mark``."""
        return self._whole

    @property
    def end(self) -> int:
        """Bytes of the file and of what is to be flushed."""
        return self._end

    @property
    def checksum(self) -> int:
        """CRC-32 of what was written since the last ``mark``."""
        return self._checksum

    def write(self, text: str) -> None:
        """Keep text for the next ``flush``."""
        data = text.encode()
        self._kept.append(data)
        self._end += len(data)
        self._checksum = zlib.crc32(data, self._checksum)

    def flush(self) -> None:
        """Hand all text to the operating system."""
        rest = memoryview(b"".join(self._kept))
        self._kept.clear()
        while rest:
            rest = rest[self._file.write(rest) :]

    def isatty(self) -> bool:
        """A file is none."""
        return False

    def mark(self) -> None:
        """Note that what was flushed is whole."""
        self._whole, self._checksum = self._end, 0

    def cut(self) -> None:
        """Cut off what was written after the last ``mark``."""
        self._kept.clear()
        self._end, self._checksum = self._whole, 0
        self._file.truncate(self._whole)
        self._file.seek(self._whole)

    def check_place(self, name: str) -> None:
        """Find out whether the file is where it was: what is written to one that is gone is lost.

        Raises:
            OutputError: It is not.
        """
        with suppress(OSError):
            if os.path.samestat(os.fstat(self._file.fileno()), self._path.stat()):
                return
        raise OutputError(f"cannot write {name}: it was deleted, moved or replaced while it was written")

    def lock(self) -> bool:
        """Keep other runs from it; tells whether there is none. The lock goes with ``close``."""
        try:
            import fcntl
        except ImportError:
            return True  # Windows
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks
        return True

    def sync(self) -> None:
        """Wait until the disk has it all."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; nothing is left to write."""
        self._file.close()


def grow(path: Path, size: int, name: str) -> GrowingFile:
    """Open a file that is there already, and cut off what is not whole.

    Args:
        path: The file.
        size: Bytes of it that are to stay.
        name: How messages call it.

    Raises:
        OutputError: It cannot be opened or cut, or another run writes it.
    """
    with errors_name(name):
        file = GrowingFile(path, size)
        if not file.lock():
            file.close()
            raise OutputError(f"cannot write {name}: another run is writing it")
        file.cut()
        return file
