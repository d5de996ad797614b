"""Draws the small pages of ``faults.py`` and writes them as files of every format that is read."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
from form_texts import Rng
from numpy.typing import NDArray
from PIL import Image

LINES, DIGITS = 3, 5
"""Of each page."""

WIDTH, HEIGHT = 360, 240
"""Of each page in pixels."""


def draw_page(rng: Rng) -> NDArray[np.uint8]:
    """Draw lines of digits, dark on light: grey ``(H, W)``."""
    page = np.full((HEIGHT, WIDTH), 235, np.uint8)
    for line in range(LINES):
        text = "".join(map(str, rng.integers(0, 10, DIGITS)))
        at = (int(rng.integers(10, 120)), 60 + 75 * line)
        cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 3, cv2.LINE_AA)
    return np.asarray(cv2.add(page, rng.integers(0, 8, page.shape, np.uint8)), np.uint8)


def save(image: Image.Image, kind: str, **options: object) -> bytes:
    """Save a picture as Pillow does."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def draw_files(rng: Rng) -> dict[str, list[bytes]]:
    """Draw a page as files of each format, several kinds of each.

    Args:
        rng: Of what is on the pages.

    Returns:
        The files of each format, all of them good.
    """
    grey, other = (Image.fromarray(draw_page(rng)) for _ in range(2))
    colour, binary = grey.convert("RGB"), grey.convert("1", dither=Image.Dither.NONE)
    clear = grey.convert("RGBA")
    exif = Image.Exif()
    exif[274] = 6
    deep = Image.fromarray(np.asarray(grey, np.uint16) * 257)
    return {
        "PNG": [
            save(grey, "PNG", exif=exif),
            save(colour, "PNG"),
            save(binary, "PNG", dpi=(300, 300)),
            save(grey.convert("P"), "PNG"),
            save(clear, "PNG"),
            save(deep, "PNG"),
        ],
        "JPEG": [
            save(grey, "JPEG", exif=exif),
            save(colour, "JPEG", progressive=True),
            save(colour, "JPEG", subsampling=2, quality=40),
            save(colour.convert("CMYK"), "JPEG"),
            cv2.imencode(".jpg", np.asarray(grey), (cv2.IMWRITE_JPEG_RST_INTERVAL, 4))[1].tobytes(),
        ],
        "BMP": [save(grey, "BMP"), save(colour, "BMP"), save(binary, "BMP"), save(clear, "BMP")],
        "WebP": [
            save(colour, "WEBP"),
            save(colour, "WEBP", lossless=True, exif=exif),
            save(clear, "WEBP", exact=True),
        ],
        "TIFF": [
            save(grey, "TIFF", save_all=True, append_images=[other]),
            save(grey, "TIFF", compression="tiff_lzw", save_all=True, append_images=[other, other]),
            save(colour, "TIFF", compression="tiff_adobe_deflate"),
            save(binary, "TIFF", compression="group4", save_all=True, append_images=[binary]),
            save(binary, "TIFF", compression="packbits"),
            save(colour, "TIFF", compression="jpeg"),
            save(deep, "TIFF", compression="tiff_lzw"),
            save(grey, "TIFF", big_tiff=True),
        ],
        "PDF": [
            save(colour, "PDF", resolution=100),
            save(binary, "PDF", resolution=100, save_all=True, append_images=[binary]),
            draw_pdf(np.asarray(grey)),
        ],
    }


def draw_pdf(grey: NDArray[np.uint8]) -> bytes:
    """Write a PDF of two pages: a deflated scan, and text and lines; its numbers can be read in the file."""
    height, width = grey.shape
    text = b"BT /F 40 Tf 30 120 Td (0403 17) Tj ET 20 100 m 200 100 l S 20 90 200 60 re S"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R /Resources << %s >> >>"
    scan = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray"
        b" /BitsPerComponent 8 /Filter /FlateDecode"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>",
        page % (width * 72 // 100, height * 72 // 100, 4, b"/XObject << /Im 5 0 R >>"),
        _stream(b"q %d 0 0 %d 0 0 cm /Im Do Q" % (width * 72 // 100, height * 72 // 100)),
        _stream(zlib.compress(grey.tobytes()), scan % (width, height)),
        page % (240, 180, 7, b"/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"),
        _stream(text),
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out + tail % (len(objects) + 1, table, len(objects) + 1, len(out)))


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)
