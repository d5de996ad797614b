"""Sources without a file of their own, put into one for processes that cannot see our streams."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from digitscan.sources.problems import explain_os_error

if TYPE_CHECKING:
    from digitscan.sources import Source


class Spool:
    """A folder for what came through pipes; there is none before it is needed."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._placed: dict[Source, tuple[Source, Path | None]] = {}

    def on_disk(self, source: Source) -> tuple[Source, Path | None]:
        """Give the source as a file, and the named pipe that must be copied there first, if it is one.

        A named pipe is left to whoever reads: nobody may be writing to it. What other processes cannot see is
        copied now; there is somebody who writes it.

        Args:
            source: Standard input, a pipe, a file or a URL. A pipe gives its content once, so its file stays
                until the end: pages of other documents come between those of one.
        """
        if source.data is None and not _is_pipe(source.path):
            return source, None
        if source not in self._placed:
            self._placed[source] = self._place(source)
        return self._placed[source]

    def _place(self, source: Source) -> tuple[Source, Path | None]:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="digitscan-")
        path = Path(self._folder.name) / str(len(self._placed))
        placed = replace(source, path=path, data=None)
        if source.data is not None:
            path.write_bytes(source.data)
        elif source.path is not None:
            if _is_seen_by_others(source.path):
                return placed, source.path
            receive(source.path, path)
        return placed, None

    def close(self) -> None:
        """Remove what was written."""
        if self._folder is not None:
            self._folder.cleanup()


def receive(pipe: Path, place: Path) -> None:
    """Copy what comes through a pipe into a file, unless it is there; waits for those who write.

    Args:
        pipe: The pipe.
        place: The file.

    Raises:
        SourceError: One of them cannot be opened, read or written.
    """
    if place.exists():
        return
    part = place.with_suffix(".part")
    try:
        with pipe.open("rb") as stream, part.open("wb") as file:
            shutil.copyfileobj(stream, file)
        part.replace(place)
    except OSError as error:
        raise explain_os_error(error) from error


def _is_pipe(path: Path | None) -> bool:
    with suppress(OSError, ValueError):
        return path is not None and path.is_fifo()
    return False


def _is_seen_by_others(pipe: Path) -> bool:
    """Whether a pipe has a name in a file system, as none has that a shell makes of ``<(...)``."""
    real = os.path.realpath(pipe)
    return os.path.exists(real) and not real.startswith("/dev/")  # noqa: PTH110 - Path.exists can raise
