"""From the names a user gives to the documents they stand for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from glob import has_magic
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from digitscan.errors import SourceError
from digitscan.sources.naming import SUFFIXES, is_hidden, no_images, no_images_matched, no_match
from digitscan.sources.problems import explain_os_error
from digitscan.sources.records import Source
from digitscan.sources.urls import find_urls, is_url


def find_sources(named: Sequence[str]) -> Iterator[Source]:
    """Finds the documents that the given names stand for, in the order of the names.

    A name is a file, a folder (searched recursively, in sorted order, without hidden files, pipes and
    devices), a glob pattern (``**`` included), the URL of one of these, ``-`` (standard input) or ``@FILE``
    (a text file with one file, folder, pattern or URL a line, seen from the current directory). A file that
    literally bears the name goes before a pattern, a URL or a list. Inside one folder or pattern a file that
    several links lead to comes once.

    Args:
        named: The names as the user gave them.

    Yields:
        One source a document. What cannot be found or listed comes as a source with its ``problem`` set
        (``not_found``, ``no_images``, ``permission_denied``, ...); nothing is raised.

    Examples:
        >>> [source.problem.code for source in find_sources(["no-such-file.png"])]
        ['not_found']
    """
    read_stdin = _stdin_reader()
    for name in named:
        if name == "-":
            yield read_stdin()
        elif name.startswith("@") and not os.path.lexists(name):
            yield from _find_listed(name)
        else:
            yield from _find_named(name)


def _stdin_reader() -> Callable[[], Source]:
    """Makes a function that reads standard input once and gives the same source on later calls."""
    kept: list[Source] = []

    def read() -> Source:
        if not kept:
            try:
                kept.append(Source("-", None, sys.stdin.buffer.read()))
            except OSError as error:
                kept.append(Source("-", None, problem=explain_os_error(error)))
        return kept[0]

    return read


def _find_listed(name: str) -> Iterator[Source]:
    path = Path(name[1:])
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        yield _failed(name, path, error)
        return
    if b"\0" in content:
        problem = SourceError("unsupported_format", "is not a list: give UTF-8 text with one path a line")
        yield Source(name, path, problem=problem)
        return
    # The bytes of a path need not be UTF-8, so names pass through as the file system gives them.
    lines = [os.fsdecode(line.rstrip(b"\r")) for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    entries = [line for line in lines if line.strip()]
    if not entries:
        yield Source(name, path, problem=SourceError("no_images", "the list names no files"))
    for entry in entries:
        yield from _find_named(entry)


def _find_named(name: str) -> Iterator[Source]:
    """Finds a file, a folder's images or a pattern's matches, here or by URL."""
    if is_url(name) and not os.path.lexists(name):
        yield from find_urls(name)
        return
    path = Path(name)
    if not name:
        # Path("") is the current directory: an unset variable in a script must not read all of that.
        yield Source(name, path, problem=SourceError("not_found", "the name is empty"))
        return
    try:
        is_folder = S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and has_magic(name) and not os.path.lexists(name):
            yield from _find_matching(name)
        else:
            yield _failed(name, path, error)
        return
    if not is_folder:
        yield Source(name, path)
        return
    empty = True
    for source in _below(path, set()):
        empty = False
        yield source
    if empty:
        yield Source(name, path, problem=no_images())


def _find_matching(pattern: str) -> Iterator[Source]:
    """Finds what a pattern matches; folders among the matches are searched."""
    path = Path(pattern)
    parts = path.parts[1:] if path.anchor else path.parts
    if parts[-1] == "**":
        # pathlib takes a last "**" for folders alone; people mean everything below.
        parts = (*parts, "*")
    # Unlike the glob module, pathlib does not follow links to folders under "**", which could run in circles.
    matches = Path(path.anchor).glob(os.path.join(*parts))  # noqa: PTH118 - a pattern, not a path
    seen: set[str] = set()
    matched = found = False
    for match in sorted(match for match in matches if not is_hidden(match.parts, parts)):
        matched = True
        for source in _below(match, seen):
            found = True
            yield source
    if not matched:
        yield Source(pattern, path, problem=no_match())
    elif not found:
        yield Source(pattern, path, problem=no_images_matched())


def _below(folder: Path, seen: set[str]) -> Iterator[Source]:
    """Gives a file, or searches a folder for images; ``seen`` holds the real paths met so far."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir can raise
            yield from _once(path, seen)
            continue
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        try:
            children = sorted(path.iterdir(), reverse=True)
        except OSError as error:
            yield _failed(str(path), path, error)
            continue
        waiting += [child for child in children if not child.name.startswith(".") and may_hold_images(child)]


def may_hold_images(path: Path) -> bool:
    """Tells whether a path is a folder, or a file with an image's suffix; pipes and devices are neither."""
    is_named_so = path.suffix.lower() in SUFFIXES
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        # A broken link or a file that cannot be looked at gets its error when it is opened.
        return is_named_so
    return S_ISDIR(mode) or (is_named_so and S_ISREG(mode))


def _once(path: Path, seen: set[str]) -> Iterator[Source]:
    real = os.path.realpath(path)
    if real not in seen:
        seen.add(real)
        yield Source(str(path), path)


def _failed(name: str, path: Path, error: OSError | ValueError) -> Source:
    if isinstance(error, OSError):
        return Source(name, path, problem=explain_os_error(error))
    # A name with a NUL byte cannot be any file's.
    return Source(name, path, problem=SourceError("not_found", "no such file or folder"))
