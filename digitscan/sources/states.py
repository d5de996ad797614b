"""What tells a document from the one that was there before it."""

from __future__ import annotations

from digitscan.sources.records import Source
from digitscan.sources.urls import url_state


def state(source: Source) -> tuple[int, int] | None:
    """Looks at a source without opening it.

    Returns:
        Its size in bytes, and when it was changed last, in nanoseconds; None for standard input, for what
        cannot be looked at, and where a URL's storage does not tell.
    """
    if source.url is not None:
        return url_state(source.url)
    if source.path is None:
        return None
    try:
        status = source.path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns
