"""A source's bytes, and what kind of file they are."""

from __future__ import annotations

import mmap
from enum import Enum
from stat import S_ISDIR, S_ISFIFO, S_ISREG
from typing import TYPE_CHECKING

from digitscan.errors import SourceError
from digitscan.sources.problems import explain_os_error
from digitscan.sources.records import Source
from digitscan.sources.urls import fetch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PDF_HEADER_WITHIN = 1024
"""PDF readers accept junk before the header, within these first bytes."""


class Format(Enum):
    """The formats that are read; the values are their names in messages."""

    PNG = "PNG"
    JPEG = "JPEG"
    BMP = "BMP"
    WEBP = "WebP"
    TIFF = "TIFF"
    PDF = "PDF"


def open_content(source: Source) -> NDArray[np.uint8]:
    """Opens the bytes of a source.

    A file on disk is mapped, not read, so that a long document costs memory only for the part in use.

    Args:
        source: A source without a ``problem``.

    Returns:
        ``uint8`` (N,), N > 0. It may be written to; that changes neither the file nor the source.

    Raises:
        SourceError: ``not_found``, ``permission_denied``, ``not_a_file``, ``unreadable``, ``unsupported_url``
            or ``empty_file``.
    """
    import numpy as np  # not loaded by those who only name sources

    buffer: bytearray | mmap.mmap
    if source.url is not None:
        buffer = bytearray(fetch(source.url))
    elif source.path is None:
        buffer = bytearray(source.data or b"")
    else:
        try:
            buffer = _map_file(source)
        except OSError as error:
            raise explain_os_error(error) from error
        except ValueError as error:
            raise SourceError("not_found", "no such file or folder") from error
    if not len(buffer):
        raise SourceError("empty_file", "the file is empty (0 bytes)")
    return np.frombuffer(buffer, np.uint8)


def _map_file(source: Source) -> bytearray | mmap.mmap:
    assert source.path is not None
    status = source.path.stat()
    if S_ISDIR(status.st_mode):
        raise IsADirectoryError
    if not S_ISREG(status.st_mode) and not S_ISFIFO(status.st_mode):
        raise SourceError("not_a_file", "is a device, not a file")
    with source.path.open("rb") as file:
        # What has no length cannot be mapped: an empty file, and a pipe (such as the shell's <(...)).
        if not status.st_size:
            return bytearray(file.read())
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def identify(content: memoryview) -> Format:
    """Tells the format of a file by its first bytes; names and suffixes have no say.

    Args:
        content: The whole file.

    Raises:
        SourceError: ``unsupported_format``.

    Examples:
        >>> identify(memoryview(b"%PDF-1.7"))
        <Format.PDF: 'PDF'>
    """
    start = bytes(content[:_PDF_HEADER_WITHIN])
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if start.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return Format.TIFF
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return Format.WEBP
    if b"%PDF-" in start:
        return Format.PDF
    # Two letters are a weak sign; the length of the header that follows makes it one.
    if start.startswith(b"BM") and start[14:18] in {
        size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)
    }:
        return Format.BMP
    raise SourceError(
        "unsupported_format", "not an image that can be read: give PNG, JPEG, BMP, WebP, TIFF or PDF"
    )
