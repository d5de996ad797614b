"""Sources that are named by a URL, as ``s3://bucket/scans/*.png``: found and fetched by fsspec.

fsspec, and what it needs for a kind of storage, is loaded with the first URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from glob import has_magic
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from digitscan.errors import SourceError
from digitscan.filestate import FileState
from digitscan.sources.naming import SUFFIXES, is_hidden, no_images, no_images_matched, no_match
from digitscan.sources.problems import explain_os_error
from digitscan.sources.records import Source

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_UNLISTED = frozenset({"http", "https"})
"""Kinds of URL that name one document: a server need not list its folders, and ``?`` begins a query."""


def is_url(name: str) -> bool:
    """Tells whether a name looks like a URL.

    Examples:
        >>> [is_url(name) for name in ("s3://bucket/a.png", "a.png", "/scans/a:b.png")]
        [True, False, False]
    """
    return _URL.match(name) is not None


def find_urls(name: str) -> Iterator[Source]:
    """Finds the documents that a URL stands for: one, those below a folder, or a pattern's matches.

    Folders and patterns mean what they mean on disk: images by their suffix, none that is hidden, in the
    order of their names. What is named by itself is not looked at before it is opened.

    Args:
        name: The URL as the user gave it.

    Yields:
        Sources, or one with its ``problem`` set.
    """
    try:
        yield from _found(name)
    except Exception as error:
        yield Source(name, None, problem=_explain(error), url=name)


def fetch(url: str) -> bytes:
    """Fetches a document.

    Raises:
        SourceError: ``not_found``, ``permission_denied``, ``not_a_file``, ``unreadable`` or
            ``unsupported_url``.
    """
    try:
        system, path = _locate(url)
        content: bytes = system.cat_file(path)
    except Exception as error:
        raise _explain(error) from error
    return content


def url_state(url: str) -> FileState | None:
    """Looks at a document without fetching it; None where the storage does not tell its size and time."""
    try:
        system, path = _locate(url)
        return FileState(int(system.info(path)["size"]), int(system.modified(path).timestamp() * 1e9))
    except Exception:
        return None


def _found(name: str) -> Iterator[Source]:
    kind = _URL.match(name)
    if kind is not None and kind[1].lower() in _UNLISTED:
        yield Source(name, None, url=name)
        return
    system, path = _locate(name)
    if has_magic(path) and not system.exists(path):
        yield from _matching(name, system, path)
    elif system.isdir(path):
        images = _below(system, path)
        for image in images:
            yield _source(system, image)
        if not images:
            yield Source(name, None, problem=no_images(), url=name)
    else:
        yield Source(name, None, url=name)


def _matching(name: str, system: AbstractFileSystem, pattern: str) -> Iterator[Source]:
    matches: Mapping[str, Mapping[str, Any]] = system.glob(pattern, detail=True)
    parts = PurePosixPath(pattern).parts
    shown = [match for match in matches if not is_hidden(PurePosixPath(match).parts, parts)]
    if parts[-1] == "**":  # which matches the folder that it begins in, too, and all that is below
        shown = [match for match in shown if matches[match]["type"] != "directory"]
    images: dict[str, None] = {}
    for match in sorted(shown, key=_parts):
        folder = matches[match]["type"] == "directory"
        images.update(dict.fromkeys(_below(system, match) if folder else [match]))
    for image in images:
        yield _source(system, image)
    if not images:
        yield Source(name, None, problem=no_images_matched() if shown else no_match(), url=name)


def _below(system: AbstractFileSystem, folder: str) -> list[str]:
    """The images of a folder and of those in it, in the order of their names."""
    start = len(PurePosixPath(folder).parts)
    return sorted(
        (
            path
            for path in system.find(folder)
            if PurePosixPath(path).suffix.lower() in SUFFIXES
            and not is_hidden(PurePosixPath(path).parts[start:], ())
        ),
        key=_parts,
    )


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts


def _source(system: AbstractFileSystem, path: str) -> Source:
    url: str = system.unstrip_protocol(path)
    return Source(url, None, url=url)


def _locate(url: str) -> tuple[AbstractFileSystem, str]:
    """Gives the storage of a URL and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        message = "URLs are read by fsspec; install it with: pip install 'digitscan[cloud]'"
        raise SourceError("unsupported_url", message) from error
    system, path = url_to_fs(url)
    return system, path


def _explain(error: Exception) -> SourceError:
    """Says what a failure of fsspec, or of what it needs, means for a source."""
    if isinstance(error, SourceError):
        return error
    line = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    if isinstance(error, ImportError):
        return SourceError("unsupported_url", f"another package is needed for its kind of URL: {line}")
    if isinstance(error, ValueError) and "rotocol not known" in line:
        return SourceError("unsupported_url", "no storage is known by its kind of URL")
    if isinstance(error, OSError):
        return explain_os_error(error)
    return SourceError("unreadable", f"cannot be read: {line}")
