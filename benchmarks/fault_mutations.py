"""Damages the files of ``faults.py``: bits, ends, parts, lengths and sizes, as their formats have them."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain, pairwise
from typing import Literal, NamedTuple

from form_texts import Rng


class Mutation(StrEnum):
    """What is done to a file."""

    BITS = "bits flipped"
    CUT = "truncated"
    SWAP = "parts swapped"
    LENGTH = "lengths overwritten"
    SIZE = "dimensions overwritten"


FLIPS = 24
"""Most bits that are flipped."""

LENGTHS = (0, 1, 2, 3, 7, 255, 256, 32767, 65535, 65536, 10**6, 2**31 - 1, 2**31, 2**32 - 1)
"""What lengths are overwritten by, as far as they fit."""

SIZES = (0, 1, 2, 100, 361, 1000, 3000, 8000, 14000, 16383, 32767, 65535, 100_000, 2**31 - 1, 2**32 - 1)
"""What widths and heights are overwritten by, as far as they fit: within the limit on pages, and over it."""

REPAIRED = 0.7
"""How often the checksums of a PNG are made right again, so that its decoder sees the damage."""

Part = tuple[int, int]
"""Where a part of a file is: first byte, and the byte after its last."""

_PDF_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_PDF_NUMBER = re.compile(rb"(?<=[ \[])\d+(?=[ \]\n>])")
_PDF_SIZE = re.compile(rb"(?:/Width|/Height)\s+(\d+)|/MediaBox\s*\[\s*\S+\s+\S+\s+(\d+)[.\d]*\s+(\d+)")
_TIFF_SIZES = frozenset({256, 257, 278, 322, 323})


class Number(NamedTuple):
    """Where a number is in a file: first byte, bytes; ``big`` or ``little`` end first, or ``text``."""

    at: int
    size: int
    order: Literal["big", "little", "text"]


def mutate(data: bytes, kind: str, mutation: Mutation, rng: Rng) -> bytes:
    """Damage a file.

    Args:
        data: The file, a good one.
        kind: Its format.
        mutation: How.
        rng: Of where.
    """
    match mutation:
        case Mutation.BITS:
            damaged = flip_bits(data, rng)
        case Mutation.CUT:
            damaged = data[: int(rng.integers(1, len(data)))]
        case Mutation.SWAP:
            damaged = swap_parts(data, list_parts(data, kind), rng)
        case Mutation.LENGTH:
            damaged = overwrite(data, list_lengths(data, kind), LENGTHS, rng)
        case Mutation.SIZE:
            damaged = overwrite(data, list_sizes(data, kind), SIZES, rng)
    return repair_png(damaged) if kind == "PNG" and rng.random() < REPAIRED else damaged


def flip_bits(data: bytes, rng: Rng) -> bytes:
    """Flip some bits; half of the times near the beginning, where headers are."""
    damaged = bytearray(data)
    end = min(len(data), 256) if rng.random() < 0.5 else len(data)
    for _ in range(int(rng.integers(1, FLIPS, endpoint=True))):
        damaged[int(rng.integers(end))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def swap_parts(data: bytes, parts: Sequence[Part], rng: Rng) -> bytes:
    """Swap two parts of a file; where it has fewer than three, of eight that it is cut into at random."""
    if len(parts) < 3:
        cuts = [0, *sorted(map(int, rng.integers(1, len(data), 7))), len(data)]
        parts = list(pairwise(cuts))
    first, second = sorted(int(one) for one in rng.choice(len(parts), 2, replace=False))
    (start, end), (other, last) = parts[first], parts[second]
    return data[:start] + data[other:last] + data[end:other] + data[start:end] + data[last:]


def overwrite(data: bytes, numbers: Sequence[Number], values: Sequence[int], rng: Rng) -> bytes:
    """Overwrite one or two of a file's numbers by some of these values, as far as they fit."""
    damaged = data
    chosen = rng.choice(len(numbers), min(len(numbers), int(rng.integers(1, 3))), replace=False)
    for index in sorted(map(int, chosen), reverse=True):  # a text's length may change what follows it
        at, size, order = numbers[index]
        value = int(values[int(rng.integers(len(values)))])
        new = b"%d" % value if order == "text" else (value % 256**size).to_bytes(size, order)
        damaged = damaged[:at] + new + damaged[at + size :]
    return damaged


def repair_png(data: bytes) -> bytes:
    """Make the checksums of a PNG's chunks right, as far as its lengths tell where they are."""
    repaired = bytearray(data)
    for start, end in _png_chunks(data):
        repaired[end - 4 : end] = struct.pack(">I", zlib.crc32(repaired[start + 4 : end - 4]))
    return bytes(repaired)


def list_parts(data: bytes, kind: str) -> list[Part]:
    """List the parts that a file is made of; none for the formats that have only places."""
    match kind:
        case "PNG":
            return list(_png_chunks(data))
        case "JPEG":
            return list(_jpeg_segments(data))
        case "WebP":
            return list(_webp_chunks(data))
        case "PDF":
            places = [found.start() for found in re.finditer(rb"\d+ 0 obj", data)]
            return list(pairwise([*places, len(data)]))
    return []


def list_lengths(data: bytes, kind: str) -> list[Number]:
    """List the numbers of a file that tell how much there is of something, of which kind, and where."""
    match kind:
        case "PNG":
            return [*(Number(at, 4, "big") for at, _ in _png_chunks(data)), *_bytes(range(24, 29))]
        case "JPEG":
            segments = list(_jpeg_segments(data))[1:]
            kinds = [_bytes((at + 4, at + 9, at + 10)) for at, _ in segments if _is_frame(data, at)]
            return [*(Number(at + 2, 2, "big") for at, _ in segments), *chain.from_iterable(kinds)]
        case "BMP":
            places = {2: 4, 10: 4, 14: 4, 26: 2, 28: 2, 30: 4, 34: 4, 46: 4, 50: 4}
            return [Number(at, size, "little") for at, size in places.items()]
        case "WebP":
            return [Number(4, 4, "little"), *(Number(at + 4, 4, "little") for at, _ in _webp_chunks(data))]
        case "TIFF":
            return [number for tag, number in _tiff_numbers(data) if tag not in _TIFF_SIZES]
    streams = [found.span() for found in _PDF_STREAM.finditer(data)]
    numbers = [found.span() for found in _PDF_NUMBER.finditer(data)]
    outside = [span for span in numbers if not any(start <= span[0] < end for start, end in streams)]
    sizes = list_sizes(data, kind)
    found = [Number(start, end - start, "text") for start, end in outside]
    return [number for number in found if number not in sizes]


def list_sizes(data: bytes, kind: str) -> list[Number]:
    """List the numbers of a file that tell the width or the height of a picture or a part of it."""
    match kind:
        case "PNG":
            return [Number(16, 4, "big"), Number(20, 4, "big")]
        case "JPEG":
            frames = [at for at, _ in _jpeg_segments(data) if _is_frame(data, at)]
            return [Number(at + offset, 2, "big") for at in frames for offset in (5, 7)]
        case "BMP":
            return [Number(18, 4, "little"), Number(22, 4, "little")]
        case "WebP":
            return [number for at, _ in _webp_chunks(data) for number in _webp_sizes(data, at)]
        case "TIFF":
            return [number for tag, number in _tiff_numbers(data) if tag in _TIFF_SIZES]
    found = [match.span(group) for match in _PDF_SIZE.finditer(data) for group in (1, 2, 3)]
    return [Number(start, end - start, "text") for start, end in found if start >= 0]


def _bytes(places: Iterable[int]) -> list[Number]:
    return [Number(at, 1, "big") for at in places]


def _png_chunks(data: bytes) -> Iterator[Part]:
    at = 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield at, end
        at = end


def _jpeg_segments(data: bytes) -> Iterator[Part]:
    """Give the segments of a JPEG; the coded data go with the segment that they follow."""
    starts = [0]
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xD9:
        starts.append(at)
        is_scan = data[at + 1] == 0xDA
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if is_scan:
            coded = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]").search(data, at)
            at = coded.start() if coded else len(data)
    return pairwise([*starts, at])


def _is_frame(data: bytes, at: int) -> bool:
    return data[at + 1] in (0xC0, 0xC1, 0xC2)


def _webp_chunks(data: bytes) -> Iterator[Part]:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        end = min(at + 8 + length + length % 2, len(data))
        yield at, end
        at = end


def _webp_sizes(data: bytes, at: int) -> list[Number]:
    match data[at : at + 4]:
        case b"VP8X":
            return [Number(at + 12, 3, "little"), Number(at + 15, 3, "little")]
        case b"VP8 ":
            return [Number(at + 14, 2, "little"), Number(at + 16, 2, "little")]
        case b"VP8L":
            return [Number(at + 9, 2, "little"), Number(at + 10, 3, "little")]
    return []


def _tiff_numbers(data: bytes) -> Iterator[tuple[int, Number]]:
    """Give the numbers in the directories of a little-endian TIFF, each with the tag that it belongs to."""
    big = data[2] == 43
    offset, entry, head = (8, 20, 8) if big else (4, 12, 2)
    at = int.from_bytes(data[8:16] if big else data[4:8], "little")
    while at:
        count = int.from_bytes(data[at : at + head], "little")
        yield 0, Number(at, 2, "little")
        for place in range(at + head, at + head + count * entry, entry):
            tag = int.from_bytes(data[place : place + 2], "little")
            yield tag, Number(place + entry - offset, 4, "little")
            yield 0, Number(place + 2, 2, "little")
            yield 0, Number(place + 4, 4, "little")
        following = at + head + count * entry
        yield 0, Number(following, 4, "little")
        at = int.from_bytes(data[following : following + offset], "little")
