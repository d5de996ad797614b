"""BMP: header and integrity."""

from __future__ import annotations

import struct

from digitscan.errors import SourceError
from digitscan.sources.header import Header

_CORE_HEADER = 12
_UNCOMPRESSED, _BIT_FIELDS = 0, 3


def read_bmp_header(content: memoryview) -> Header:
    """Reads the header of a BMP and checks that its pixels are all there.

    Args:
        content: The whole file, from ``BM`` on.

    Returns:
        Size, and whether the fourth byte of a pixel is opacity. Most writers leave that byte 0 and mean no
        transparency; it counts only where the header names a mask for it.

    Raises:
        SourceError: ``truncated``.
    """
    compression = pixels_size = alpha_mask = 0
    try:
        file_size, _, pixels_at, header_size = struct.unpack_from("<IIII", content, 2)
        if header_size == _CORE_HEADER:
            width, height, _, bits = struct.unpack_from("<HHHH", content, 18)
        else:
            width, height, _, bits, compression, pixels_size = struct.unpack_from("<iiHHII", content, 18)
        if compression == _BIT_FIELDS and header_size >= 56:
            (alpha_mask,) = struct.unpack_from("<I", content, 66)
    except struct.error as error:
        raise SourceError("truncated", "the BMP file ends within its header") from error
    # A negative height means that the top row comes first.
    height = abs(height)
    if compression in (_UNCOMPRESSED, _BIT_FIELDS):
        needed = pixels_at + (width * bits + 31) // 32 * 4 * height
    else:
        needed = pixels_at + pixels_size if pixels_size else file_size
    if needed > len(content):
        raise SourceError("truncated", "the BMP file ends before its last row; it was not copied whole")
    return Header(width, height, has_alpha=alpha_mask != 0)
