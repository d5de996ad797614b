"""PNG: header and integrity."""

from __future__ import annotations

import struct
import zlib

from digitscan.errors import SourceError
from digitscan.sources.header import Header
from digitscan.sources.ifd import exif_orientation

_GREY = 0
_COLOURS = 2
_HEADER_SIZE = 13

_CHANNELS = {_GREY: 1, _COLOURS: 3, 6: 4}
"""How many there are of each kind of colour whose samples are stored as they are."""


def read_png_header(content: memoryview) -> Header:
    """Reads the header of a PNG and checks that the file is whole.

    The chunks are walked to the end mark, and those that hold the picture have their checksums verified:
    decoders fill what is missing with grey, without an error.

    Args:
        content: The whole file, from its signature on.

    Returns:
        Size, channels, orientation (``eXIf``) and, for a grey picture, its transparent value (``tRNS``).

    Raises:
        SourceError: ``truncated`` or ``corrupt``.
    """
    width = height = depth = colour = channels = 0
    orientation, transparent = 1, None
    at = 8
    while True:
        if at + 12 > len(content):
            raise SourceError("truncated", "the PNG file ends before its end mark; it was not copied whole")
        (length,) = struct.unpack_from(">I", content, at)
        kind = bytes(content[at + 4 : at + 8])
        end = at + 8 + length
        if end + 4 > len(content):
            raise SourceError(
                "truncated", "the PNG file ends in the middle of its data; it was not copied whole"
            )
        body = content[at + 8 : end]
        # A capital first letter marks the chunks that the picture needs; damage to others does no harm.
        if (
            kind[:1].isupper()
            and zlib.crc32(content[at + 4 : end]) != struct.unpack_from(">I", content, end)[0]
        ):
            raise SourceError("corrupt", "the PNG data is damaged: a checksum is wrong")
        if at == 8:
            if kind != b"IHDR" or length != _HEADER_SIZE:
                raise SourceError("corrupt", "the PNG file does not begin with a header")
            width, height, depth, colour, interlaced = struct.unpack_from(">IIBB2xB", body)
            if depth == 8 or (depth == 1 and colour == _GREY and not interlaced):
                channels = _CHANNELS.get(colour, 0)
        elif kind == b"eXIf":
            orientation = exif_orientation(body)
        elif kind == b"tRNS" and colour == _GREY and length == 2:
            # Decoders widen shallow grey to 8 bits, so that white is 255.
            transparent = struct.unpack(">H", body)[0] * {1: 255, 2: 85, 4: 17}.get(depth, 1)
        elif kind == b"tRNS" and colour == _COLOURS:
            channels = 0  # one of the colours is transparent
        elif kind == b"IEND":
            return Header(width, height, orientation, transparent, channels=channels, bits=depth)
        at = end + 4
