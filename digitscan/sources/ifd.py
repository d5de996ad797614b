"""The directories of TIFF files, which EXIF data borrows: numbered tags with values, in a chain."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from digitscan.errors import SourceError

ORIENTATION = 274
"""The tag that says how a picture is turned; TIFF and EXIF share it."""

_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Types of values that are read, with their ``struct`` letters: BYTE, SHORT, LONG, IFD, LONG8, IFD8."""


@dataclass(frozen=True)
class Entry:
    """Where a tag's values stand: ``count`` of them, of ``struct`` type ``letter``, from byte ``at``."""

    letter: str
    count: int
    at: int


@dataclass(frozen=True)
class Directory:
    """One directory: its tags with integer values, and where the next directory is (0: nowhere)."""

    entries: Mapping[int, Entry]
    following: int


class DirectoryFile:
    """Reads and patches the directories of a TIFF, classic or big, of either byte order.

    Args:
        content: The whole file. Patching needs it writable.

    Raises:
        SourceError: ``truncated`` or ``corrupt``, here and in the methods that read.
    """

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self.order = ">" if bytes(content[:2]) == b"MM" else "<"
        self._big = self._unpack("H", 2)[0] == 43
        self._first_at, self._offset = (8, "Q") if self._big else (4, "I")
        self.first: int = self._unpack(self._offset, self._first_at)[0]
        """Where the first directory is."""
        self._kept: list[tuple[int, bytes]] = []

    def read(self, at: int) -> Directory:
        """Reads the directory at byte ``at``."""
        count_letter, head = ("Q", "HHQ") if self._big else ("H", "HHI")
        inline = struct.calcsize(self._offset)
        head_size = struct.calcsize("=" + head)
        (count,) = self._unpack(count_letter, at)
        start = at + struct.calcsize(count_letter)
        end = start + count * (head_size + inline)
        (following,) = self._unpack(self._offset, end)
        entries: dict[int, Entry] = {}
        for position in range(start, end, head_size + inline):
            tag, kind, values = self._unpack(head, position)
            letter = _INTEGERS.get(kind)
            if letter is None or tag in entries:
                continue
            values_at = position + head_size
            if values * struct.calcsize(letter) > inline:
                (values_at,) = self._unpack(self._offset, values_at)
            entries[tag] = Entry(letter, values, values_at)
        return Directory(entries, following)

    def values(self, directory: Directory, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Reads the values of a tag; ``default`` where the tag is missing or empty."""
        entry = directory.entries.get(tag)
        if entry is None or not entry.count:
            return default
        if entry.count > len(self._content):
            raise SourceError("truncated", "the file ends early: the values of a tag lie beyond its end")
        return self._unpack(f"{entry.count}{entry.letter}", entry.at)

    def value(self, directory: Directory, tag: int, default: int) -> int:
        """Reads the first value of a tag; ``default`` where the tag is missing or empty."""
        return self.values(directory, tag, (default,))[0]

    def patch(self, directory: Directory, tag: int, value: int) -> None:
        """Overwrites the values of a tag, where it is there, by ``value`` each.

        Raises:
            SourceError: ``unsupported_format`` where ``value`` does not fit the type of the tag.
        """
        entry = directory.entries.get(tag)
        if entry is None:
            return
        if value >= 256 ** struct.calcsize(entry.letter):
            raise SourceError(
                "unsupported_format", "the page is too wide for its kind; convert it to 8-bit grey"
            )
        self._write(f"{entry.count}{entry.letter}", entry.at, (value,) * entry.count)

    def patch_first(self, at: int) -> None:
        """Makes the directory at byte ``at`` the first of the file."""
        self._write(self._offset, self._first_at, (at,))

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Undoes, when the block ends, whatever was patched in it."""
        try:
            yield
        finally:
            while self._kept:
                at, kept = self._kept.pop()
                self._content[at : at + len(kept)] = kept

    def _write(self, letters: str, at: int, values: tuple[int, ...]) -> None:
        packed = struct.pack(self.order + letters, *values)
        self._kept.append((at, bytes(self._content[at : at + len(packed)])))
        self._content[at : at + len(packed)] = packed

    def _unpack(self, letters: str, at: int) -> tuple[int, ...]:
        layout = self.order + letters
        if at + struct.calcsize(layout) > len(self._content):
            raise SourceError(
                "truncated", "the file ends early: a directory of its pages lies beyond its end"
            )
        return struct.unpack_from(layout, self._content, at)


def exif_orientation(exif: memoryview) -> int:
    """Reads the orientation from EXIF data.

    Args:
        exif: EXIF data from its byte-order mark on (a small TIFF without a picture).

    Returns:
        1 to 8; 1 (upright) where it is missing or unreadable, since the picture itself may still be good.

    Examples:
        >>> exif_orientation(memoryview(b"not EXIF"))
        1
    """
    if bytes(exif[:4]) not in (b"II*\0", b"MM\0*"):
        return 1
    try:
        file = DirectoryFile(exif)
        return valid_orientation(file.value(file.read(file.first), ORIENTATION, 1))
    except SourceError:
        return 1


def valid_orientation(value: int) -> int:
    """Gives ``value`` where it is one of the eight orientations, else 1 (upright)."""
    return value if 1 <= value <= 8 else 1
