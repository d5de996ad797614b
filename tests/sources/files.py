"""Files for the tests, made by hand where no library writes them."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitscan.sources import Page, Source, open_pages


def pattern(height: int = 20, width: int = 30) -> NDArray[np.uint8]:
    """A picture that no turn or mirror image maps to itself: white, a black corner and a grey block."""
    image = np.full((height, width), 255, np.uint8)
    image[: height // 2, : width // 2] = 0
    image[: height // 4, width // 2 : width * 3 // 4] = 128
    return image


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def source_of(data: bytes) -> Source:
    return Source("-", None, data)


def read_all(data: bytes, **options: Any) -> list[Page]:
    return list(open_pages(source_of(data), **options))


def read_one(data: bytes, **options: Any) -> NDArray[np.uint8]:
    (page,) = read_all(data, **options)
    assert page.number == 1
    assert page.image.dtype == np.uint8 and page.image.ndim == 2
    return page.image


def write(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    return Source(str(path), path)


def tiff_file(
    pages: Sequence[tuple[Mapping[int, Sequence[int]], bytes]], order: str = "<", big: bool = False
) -> bytes:
    """Writes a TIFF from each page's tags and strip; the strip comes before its directory."""
    offset, entry, size = ("Q", "HHQ", 8) if big else ("I", "HHI", 4)
    mark = b"II" if order == "<" else b"MM"
    out = bytearray(
        mark + (struct.pack(order + "HHHQ", 43, 8, 0, 0) if big else struct.pack(order + "HI", 42, 0))
    )
    link = 8 if big else 4
    for tags, data in pages:
        strip = len(out)
        out += data + b"\0" * (len(data) % 2)
        all_tags = {278: tags[257], 259: (1,), 273: (strip,), 279: (len(data),), **tags}
        entries = b""
        for tag, values in sorted(all_tags.items()):
            kind, letter = (4, "I") if tag in (256, 257, 273, 278, 279) else (3, "H")
            packed = struct.pack(order + letter * len(values), *values)
            if len(packed) > size:
                at = len(out)
                out += packed
                packed = struct.pack(order + offset, at)
            entries += struct.pack(order + entry, tag, kind, len(values)) + packed.ljust(size, b"\0")
        struct.pack_into(order + offset, out, link, len(out))
        out += struct.pack(order + ("Q" if big else "H"), len(all_tags)) + entries
        link = len(out)
        out += struct.pack(order + offset, 0)
    return bytes(out)


def tiff_page(
    samples: NDArray[Any], photometric: int = 1, order: str = "<", **tags: Sequence[int]
) -> tuple[dict[int, Sequence[int]], bytes]:
    """One uncompressed page of the samples (H, W) or (H, W, C); ``tags`` are named ``t338`` and so on."""
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    bits = samples.dtype.itemsize * 8
    entries: dict[int, Sequence[int]] = {
        256: (samples.shape[1],),
        257: (samples.shape[0],),
        258: (bits,) * channels,
        262: (photometric,),
        277: (channels,),
    }
    entries |= {int(tag[1:]): values for tag, values in tags.items()}
    return entries, samples.astype(samples.dtype.newbyteorder(order)).tobytes()  # type: ignore[arg-type]


def pdf_file(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Writes a PDF of the numbered objects; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        table,
    )
    return bytes(out)


def pdf_stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def scan_pdf(
    image: NDArray[np.uint8],
    *,
    box: tuple[float, float, float, float],
    matrix: tuple[float, ...],
    rotate: int = 0,
    over: bytes = b"",
    under: bytes = b"",
) -> bytes:
    """A one-page PDF with a grey picture placed by ``matrix`` and other drawing under and over it."""
    height, width = image.shape
    drawing = under + b" q %s cm /Im Do Q " % " ".join(f"{v:.4f}" for v in matrix).encode() + over
    picture = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
    )
    return pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Rotate %d /Contents 4 0 R /Resources << /XObject "
            b"<< /Im 5 0 R >> /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
            % (" ".join(f"{v:.4f}" for v in box).encode(), rotate),
            pdf_stream(drawing),
            pdf_stream(image.tobytes(), picture % (width, height)),
        ]
    )


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypted_pdf(password: bytes) -> bytes:
    """A one-page PDF under the 40-bit standard security handler."""
    filler = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    padded = (password + filler)[:32]
    identity, permissions = b"0123456789abcdef", -4
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + struct.pack("<i", permissions) + identity).digest()[:5]
    user = _rc4(key, filler)
    return pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>",
            b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P %d >>"
            % (owner.hex().encode(), user.hex().encode(), permissions),
        ],
        b"/Encrypt 4 0 R /ID [<%s> <%s>]" % (identity.hex().encode(), identity.hex().encode()),
    )
