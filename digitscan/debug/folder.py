"""Where the pictures go: a file for each page of a run."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from digitscan.errors import OutputError

_LONGEST = 200
"""Bytes of a source's name; of longer ones the end is kept. File names have room for 255."""


class PictureFolder:
    """A folder for pictures of pages; it is made when it is missing.

    Args:
        folder: The folder.

    Raises:
        OutputError: Nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise OutputError(f"cannot write {folder}: {(error.strerror or str(error)).lower()}") from error
        self._folder = folder
        self._taken: set[str] = set()

    def add_source(self, name: str) -> Callable[[int], Path]:
        """Choose the names of the next source's pictures.

        Args:
            name: The source's, as results have it.

        Returns:
            What gives the file for the page of a number: ``NAME-NUMBER.png``. In ``NAME`` all but letters,
            digits, ``.`` and ``-`` is ``_``; where it was taken before, by sources whose names differ in
            such characters or in case alone, it ends in ``_2``, ``_3`` and so on.
        """
        safe = "stdin" if name == "-" else re.sub(r"[^\w.-]", "_", name).lstrip("._") or "source"
        safe = safe.encode()[-_LONGEST:].decode(errors="ignore")
        unique, count = safe, 1
        while unique.casefold() in self._taken:
            count += 1
            unique = f"{safe}_{count}"
        self._taken.add(unique.casefold())
        return lambda number: self._folder / f"{unique}-{number}.png"
