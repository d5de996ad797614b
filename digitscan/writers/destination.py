"""Where the text of a run goes: standard output, a file that appears when it is complete, or a device."""

from __future__ import annotations

import io
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol

from digitscan.errors import OutputError

_STDOUT = "to standard output"


class TextStream(Protocol):
    """What text can be written to."""

    def write(self, text: str, /) -> object:
        """Write the text, or keep it until the next ``flush``."""

    def flush(self) -> None:
        """Hand what was kept to the operating system."""

    def isatty(self) -> bool:
        """Whether a person is looking."""


class Destination:
    """A text stream whose failures name it.

    An ``OSError`` becomes an ``OutputError``, except ``BrokenPipeError``: a reader who has seen enough is no
    failure.

    Args:
        stream: Where the text goes.
        name: How messages call it.
    """

    def __init__(self, stream: TextStream, name: str) -> None:
        self._stream = stream
        self._name = name

    @property
    def is_terminal(self) -> bool:
        """Whether a person is looking."""
        return self._stream.isatty()

    def write(self, text: str) -> None:
        """Writes ``text``; it may stay in memory until the next ``flush``."""
        with errors_name(self._name):
            self._stream.write(text)

    def flush(self) -> None:
        """Hands everything written so far to the operating system."""
        with errors_name(self._name):
            self._stream.flush()


@contextmanager
def open_destination(output: Path | None) -> Iterator[Destination]:
    r"""Opens ``output``, or standard output for ``None``; the text is always UTF-8 with ``\n`` line ends.

    A file is written beside its final place and moved there when the block ends. After an exception the old
    file, or none, is there. Devices and named pipes cannot be replaced and are written as they are.

    Raises:
        OutputError: If it cannot be opened, written or moved; also from the methods of the destination.
    """
    if output is None:
        with _standard_output() as destination:
            yield destination
        return
    name = str(output)
    if is_replaceable(output):
        with replaced_file(output, name) as binary:
            text = io.TextIOWrapper(binary, encoding="utf-8", newline="\n")
            destination = Destination(text, name)
            try:
                yield destination
                destination.flush()
            finally:
                with suppress(OSError):
                    text.detach()  # or it would close the file
    else:
        with errors_name(name):
            stream = output.open("w", encoding="utf-8", newline="\n")
        with _closed_quietly(stream):
            destination = Destination(stream, name)
            yield destination
            destination.flush()


def is_replaceable(output: Path) -> bool:
    """Tells whether an output is a file, there already or not, and no device or pipe.

    Raises:
        OutputError: It cannot be looked at.
    """
    with errors_name(str(output)):
        return not output.exists() or stat.S_ISREG(output.stat().st_mode)


@contextmanager
def _standard_output() -> Iterator[Destination]:
    if sys.stdout is None:
        raise OutputError(f"cannot write {_STDOUT}: it is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The encoding of the locale may lack characters of file names, and JSON is UTF-8 in any case.
        with errors_name(_STDOUT):
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    destination = Destination(sys.stdout, _STDOUT)
    yield destination
    # Here and not when the interpreter exits, so that a failure still becomes an exit code.
    destination.flush()


@contextmanager
def replaced_file(output: Path, name: str) -> Iterator[BinaryIO]:
    """Writes a file beside its final place and moves it there when the block ends.

    After an exception the old file, or none, is there. A new file's mode follows the umask, that of an old
    one is kept.

    Args:
        output: Its place.
        name: How messages call it.

    Raises:
        OutputError: It cannot be opened or moved; the caller names what goes wrong in between.
    """
    # A symbolic link stays, and the file it names is replaced.
    target = Path(os.path.realpath(output))
    # The name does not grow with the target's, which may already be as long as names can be.
    temporary = target.with_name(f".digitscan-{secrets.token_hex(8)}.tmp")
    with errors_name(name):
        if not target.parent.exists():
            raise OutputError(f"cannot write {name}: the folder {target.parent} does not exist")
        mode = target.stat().st_mode if target.exists() else None
        # Not `tempfile`, whose files only their owner may read.
        stream = temporary.open("xb")
    try:
        with _closed_quietly(stream):
            if mode is not None:
                with errors_name(name):
                    temporary.chmod(stat.S_IMODE(mode))
            yield stream
            with errors_name(name):
                stream.flush()
                os.fsync(stream.fileno())
        with errors_name(name):
            temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


@contextmanager
def _closed_quietly(stream: IO[Any]) -> Iterator[None]:
    # Closing repeats a flush that has failed; its error has been reported, and all else is flushed before.
    try:
        yield
    finally:
        with suppress(OSError):
            stream.close()


@contextmanager
def errors_name(name: str) -> Iterator[None]:
    """Makes an ``OutputError`` with the name of each ``OSError``, except ``BrokenPipeError``."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {name}: {error.strerror or error}") from error
