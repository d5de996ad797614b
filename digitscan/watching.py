"""Files that arrive in folders: each is given once it has stopped growing."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from digitscan.errors import UsageError
from digitscan.filestate import FileState, file_state
from digitscan.sources import Source, find_sources
from digitscan.sources.discover import may_hold_images

SETTLED = 2.0
"""Seconds without a change after which a file counts as finished; scanners write a page at a time."""
_POLL = 1.0
"""Seconds between looks at the files that may still grow."""
_SEARCH = 60.0
"""Seconds between searches of everything: folders on other machines do not tell of every file."""
_TICK_MS = 100
"""Milliseconds that are waited for news before others get their turn."""


def check_watched(named: Sequence[str]) -> None:
    """Check that these can be watched.

    Raises:
        UsageError: One is neither a folder nor a file, or the library for it is not installed.
    """
    if importlib.util.find_spec("watchfiles") is None:
        raise UsageError("--watch needs watchfiles; install it with: pip install 'digitscan[watch]'")
    for name in named:
        if not os.path.isdir(name) and not os.path.isfile(name):  # noqa: PTH112, PTH113 - Path's can raise
            raise UsageError(f"--watch is for folders and files, and {name!r} is neither")


def watch_sources(named: Sequence[str]) -> Iterator[Source | None]:
    """Give the files of folders, those that are there and then those that arrive; never ends.

    A file is given when its size and time have been the same for a while, and again when they have changed
    after that. Hidden files, empty ones and those that are no images are left.

    Args:
        named: Folders, searched with all below them, and files.

    Yields:
        Sources; None when there is none just now.
    """
    from watchfiles import watch

    arrivals = _Arrivals()
    roots = [_Root(name) for name in named]
    folders = {str(root.folder) for root in roots}
    news = watch(*folders, watch_filter=None, debounce=_TICK_MS, rust_timeout=_TICK_MS, yield_on_timeout=True)
    arrivals.look(find_sources(named), old=True)
    searched = time.monotonic()
    while True:
        yield from arrivals.settled()
        yield None
        changed = {path for _, path in next(news)}
        arrivals.look(find_sources([name for root in roots for name in root.names(changed)]))
        if time.monotonic() - searched > _SEARCH:
            arrivals.look(find_sources(named))
            searched = time.monotonic()


class _Root:
    """A folder or file that the user named; news name it by its real path."""

    def __init__(self, name: str) -> None:
        self._name = Path(name)
        self._real = Path(os.path.realpath(name))
        self._is_folder = self._real.is_dir()
        self.folder = self._real if self._is_folder else self._real.parent

    def names(self, paths: Iterable[str]) -> Iterator[str]:
        """Give those of these paths that are below it, as discovery names them."""
        for path in map(Path, sorted(paths)):
            if not self._is_folder:
                if path == self._real:
                    yield str(self._name)
            elif path.is_relative_to(self._real):
                below = path.relative_to(self._real)
                if not any(part.startswith(".") for part in below.parts) and may_hold_images(path):
                    yield str(self._name / below)


class _Arrivals:
    """Files that were seen: those that may still grow, and those that were given."""

    def __init__(self) -> None:
        self._growing: dict[str, tuple[Source, FileState, float]] = {}
        self._given: dict[str, FileState] = {}
        self._polled = 0.0

    def look(self, sources: Iterable[Source], *, old: bool = False) -> None:
        """Note files that are new or have changed.

        Args:
            sources: Files that there are.
            old: Whether they may have been there for long; then their time tells whether they still grow.
        """
        now, clock = time.monotonic(), time.time()
        for source in sources:
            if source.problem is not None or source.path is None:
                continue
            state = file_state(source.path)
            if state is None or state == self._given.get(source.name) or source.name in self._growing:
                continue
            quiet = clock - state.modified / 1e9 if old else 0.0
            self._growing[source.name] = source, state, now - max(quiet, 0.0)

    def settled(self) -> Iterator[Source]:
        """Give the files that have not changed for long enough."""
        now = time.monotonic()
        if now - self._polled < _POLL:
            return
        self._polled = now
        for name, (source, before, since) in list(self._growing.items()):
            assert source.path is not None
            state = file_state(source.path)
            if state is None:
                del self._growing[name]
            elif state != before:
                self._growing[name] = source, state, now
            elif now - since >= SETTLED and state.size:
                del self._growing[name]
                self._given[name] = state
                yield source
