"""What an earlier run left: which documents, in which state of their files, and where their records are."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from typing import NamedTuple

from digitscan.filestate import FileState
from digitscan.writers.base import encodable

_NONE = -1


class Entry(NamedTuple):
    """A document in a file of records.

    Attributes:
        state: That of its file when it was read; None where it was none.
        start: Place of its line in the file, in bytes.
        end: Where that ends.
        failed: Whether it has an error.
        doubtful: Whether a person should look at one of its fields.
    """

    state: FileState | None
    start: int
    end: int
    failed: bool
    doubtful: bool


class Index:
    """The entries of a file, found by the name of their source; some 200 bytes each, whatever was read."""

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}
        self._places = array("q")
        self._states = array("q")
        self._flags = bytearray()
        self._previous = array("q")

    def __len__(self) -> int:
        return len(self._flags)

    def add(self, source: str, entry: Entry) -> None:
        """Add the next entry of the file."""
        name = _key(source)
        self._previous.append(self._last.get(name, _NONE))
        self._last[name] = len(self)
        self._places.extend((entry.start, entry.end))
        self._states.extend(entry.state or (_NONE, _NONE))
        self._flags.append(entry.failed + 2 * entry.doubtful)

    def numbers(self, source: str) -> list[int]:
        """Give the numbers of a source's entries, in the order of the file."""
        found: list[int] = []
        number = self._last.get(_key(source), _NONE)
        while number != _NONE:
            found.append(number)
            number = self._previous[number]
        return found[::-1]

    def last_numbers(self) -> list[int]:
        """Give the number of the last entry of each source, in the order of the file."""
        return sorted(self._last.values())

    def others(self, sources: Iterable[str]) -> list[int]:
        """Give the numbers of the last entries of all sources but these, in the order of the file."""
        named = set(map(_key, sources))
        return sorted(number for name, number in self._last.items() if name not in named)

    def __getitem__(self, number: int) -> Entry:
        start, end = self._places[2 * number : 2 * number + 2]
        size, modified = self._states[2 * number : 2 * number + 2]
        flags = self._flags[number]
        state = None if size == _NONE else FileState(size, modified)
        return Entry(state, start, end, bool(flags & 1), bool(flags & 2))


def _key(source: str) -> bytes:
    # Of the name as records have it. 16 bytes of a hash are the same for two names never, not seldom.
    return hashlib.blake2b(encodable(source).encode(), digest_size=16).digest()
