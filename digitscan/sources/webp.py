"""WebP: header and integrity."""

from __future__ import annotations

import struct

from digitscan.errors import SourceError
from digitscan.sources.header import Header
from digitscan.sources.ifd import exif_orientation


def read_webp_header(content: memoryview) -> Header:
    """Reads the header of a WebP and checks that the file is as long as it says.

    Args:
        content: The whole file, from ``RIFF`` on.

    Returns:
        Size (of the canvas, where there is one) and orientation (EXIF).

    Raises:
        SourceError: ``truncated`` or ``corrupt``.
    """
    size: tuple[int, int] | None = None
    orientation = 1
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    if end > len(content):
        raise SourceError("truncated", "the WebP file is shorter than it says; it was not copied whole")
    at = 12
    while at + 8 <= end:
        kind = bytes(content[at : at + 4])
        (length,) = struct.unpack_from("<I", content, at + 4)
        body = content[at + 8 : at + 8 + length]
        if at + 8 + length > end:
            raise SourceError("corrupt", "the WebP data is damaged: a part is longer than the file")
        if size is None:
            size = _picture_size(kind, body)
        if kind == b"EXIF":
            # Some writers keep the six bytes that come before EXIF data in a JPEG.
            orientation = exif_orientation(body[6:] if bytes(body[:6]) == b"Exif\0\0" else body)
        at += 8 + length + length % 2
    if size is None:
        raise SourceError("corrupt", "the WebP file holds no picture")
    return Header(*size, orientation)


def _picture_size(kind: bytes, body: memoryview) -> tuple[int, int] | None:
    """Reads width and height from the part that holds them; ``None`` for other parts."""
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8 " and len(body) >= 10:
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
