"""What tells a document from the one that was there before it."""

from __future__ import annotations

from digitscan.filestate import FileState, file_state
from digitscan.sources.records import Source
from digitscan.sources.urls import url_state


def state(source: Source) -> FileState | None:
    """Looks at a source without opening it.

    Returns:
        Its state; None for standard input, for what is no regular file or cannot be looked at, and where a
        URL's storage does not tell.
    """
    if source.url is not None:
        return url_state(source.url)
    return None if source.path is None else file_state(source.path)
