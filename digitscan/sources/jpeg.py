"""JPEG: header and integrity."""

from __future__ import annotations

import re
import struct

from digitscan.errors import SourceError
from digitscan.sources.header import Header
from digitscan.sources.ifd import exif_orientation

_SOS, _EOI, _APP1 = 0xDA, 0xD9, 0xE1
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, 0xD8})
"""Markers without a length, apart from the restarts: TEM and SOI."""
_HUFFMAN_BITS = {0xC0: 2, 0xC1: 2, 0xC2: 1}
"""Fewest bits of a block of 8 x 8 pixels: a code for its mean and one for its end; that may be shared by many
blocks of a progressive picture. Other kinds of coding have no such bound."""
_MARKER = re.compile(rb"\xff\xff*([\x01-\xcf\xd8-\xfe])", re.DOTALL)
"""A marker within coded data, where a stuffed zero and the restarts are part of the data. Python looks for a
first byte that is written by itself more than ten times as quickly as for a repeated one."""


def read_jpeg_header(content: memoryview) -> Header:
    """Reads the header of a JPEG and checks that the file reaches its end mark.

    The segments are walked by their lengths, so that the end mark of an embedded thumbnail does not count.
    What follows the end mark does not matter.

    Args:
        content: The whole file, from its start mark on.

    Returns:
        Size, orientation (EXIF), number of components, and whether there may be data for each of its blocks:
        decoders fill what is missing with grey, without an error.

    Raises:
        SourceError: ``truncated`` or ``corrupt``.
    """
    size: tuple[int, int] | None = None
    orientation, components = 1, 0
    fewest_bits = coded = 0
    at = 2
    while True:
        found = _MARKER.match(content, at)
        if found is None:
            if len(content) - at < 2 or not bytes(content[at:]).strip(b"\xff"):
                raise _truncated()
            raise SourceError("corrupt", "the JPEG data is damaged: a marker is missing")
        marker = found[1][0]
        at = found.end()
        if marker == _EOI:
            break
        if marker in _ALONE:
            continue
        if at + 2 > len(content):
            raise _truncated()
        (length,) = struct.unpack_from(">H", content, at)
        end = at + length
        if end > len(content):
            raise _truncated()
        if length < 2:
            raise SourceError("corrupt", "the JPEG data is damaged: a segment has no length")
        segment = content[at + 2 : end]
        if marker in _SOF and size is None and len(segment) >= 6:
            height, width, components = struct.unpack_from(">HHB", segment, 1)
            size = width, height
            fewest_bits = _HUFFMAN_BITS.get(marker, 0) * _count_blocks(width, height, segment)
        elif marker == _APP1 and bytes(segment[:6]) == b"Exif\0\0":
            orientation = exif_orientation(segment[6:])
        elif marker == _SOS:
            following = _MARKER.search(content, end)
            if following is None:
                raise _truncated()
            coded += following.start() - end
            end = following.start()
        at = end
    if size is None:
        raise SourceError("corrupt", "the JPEG file holds no picture")
    return Header(*size, orientation, components=components, has_all_data=8 * coded >= fewest_bits)


def _count_blocks(width: int, height: int, frame: memoryview) -> int:
    """Counts the blocks of a frame's components, whole ones alone; 0 where their sampling is damaged."""
    samplings = [(factors >> 4, factors & 15) for factors in frame[7::3]]
    if not samplings or not all(map(all, samplings)):
        return 0
    across, down = (max(factors) for factors in zip(*samplings, strict=True))
    return sum((width * h // across // 8) * (height * v // down // 8) for h, v in samplings)


def _truncated() -> SourceError:
    return SourceError("truncated", "the JPEG file ends before its end mark; it was not copied whole")
