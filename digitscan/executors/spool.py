"""Sources without a file of their own, put into one for processes that cannot see our streams."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from digitscan.sources import Source


class Spool:
    """A folder for what came through pipes; there is none before it is needed."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._written: dict[Source, Source] = {}

    def on_disk(self, source: Source) -> Source:
        """Give the source as a file; what is one already is left as it is.

        Args:
            source: Standard input, a named pipe, a file or a URL. A pipe gives its content once, so what was
                written stays until the end: pages of other documents come between those of one.
        """
        if source.data is None and not _is_pipe(source.path):
            return source
        if source not in self._written:
            self._written[source] = replace(source, path=self._write(source), data=None)
        return self._written[source]

    def _write(self, source: Source) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="digitscan-")
        path = Path(self._folder.name) / str(len(self._written))
        with path.open("wb") as file:
            if source.data is not None:
                file.write(source.data)
            elif source.path is not None:
                with source.path.open("rb") as pipe:
                    shutil.copyfileobj(pipe, file)
        return path

    def close(self) -> None:
        """Remove what was written."""
        if self._folder is not None:
            self._folder.cleanup()


def _is_pipe(path: Path | None) -> bool:
    with suppress(OSError, ValueError):
        return path is not None and path.is_fifo()
    return False
