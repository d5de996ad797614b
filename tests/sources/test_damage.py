"""Files cut short or altered: an error of ours, or the right page; never garbage, never another exception."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digitscan.errors import SourceError

from .files import encode, pattern, read_all, tiff_file, tiff_page
from .test_pdf import several

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 40), dtype=np.uint8))
EXIF = Image.Exif()
EXIF[274] = 6
TWO = [PICTURE, PICTURE.rotate(180)]


def many(kind: str, **options: Any) -> bytes:
    return encode(TWO[0], kind, save_all=True, append_images=TWO[1:], **options)


FILES = {
    "png": encode(PICTURE, "PNG", exif=EXIF),
    "png-colour": encode(PICTURE.convert("RGB"), "PNG"),
    "jpeg": encode(PICTURE, "JPEG", exif=EXIF),
    "jpeg-progressive": encode(PICTURE.convert("RGB"), "JPEG", progressive=True),
    "webp": encode(PICTURE, "WEBP"),
    "webp-lossless": encode(PICTURE, "WEBP", lossless=True, exif=EXIF),
    "bmp": encode(PICTURE, "BMP"),
    "bmp-colour": encode(PICTURE.convert("RGB"), "BMP"),
    "tiff": many("TIFF"),
    "tiff-lzw": many("TIFF", compression="tiff_lzw"),
    "tiff-g4": encode(PICTURE.convert("1"), "TIFF", compression="group4"),
    "tiff-tail": tiff_file([tiff_page(pattern())] * 2),
    "tiff-alpha": tiff_file([tiff_page(np.zeros((4, 4, 2), np.uint8), t338=(2,))]),
    "bigtiff": tiff_file([tiff_page(pattern())], big=True),
    "pdf": several(2),
}
WHOLE = {name: [page.image for page in read_all(data)] for name, data in FILES.items()}


@pytest.mark.parametrize("name", [name for name in FILES if name != "pdf"])
def test_every_prefix_is_refused(name: str) -> None:
    data = FILES[name]
    step = max(len(data) // 400, 1)
    codes = set()
    for cut in {*range(16), *range(16, len(data) - 16, step), *range(max(len(data) - 16, 0), len(data))}:
        try:
            pages = read_all(data[:cut])
        except SourceError as error:
            codes.add(error.code)
        else:
            # Only padding was cut off: Pillow fills a TIFF up to a multiple of 16.
            assert cut >= len(data) - 15
            assert all(np.array_equal(a.image, b) for a, b in zip(pages, WHOLE[name], strict=True))
    # What is left of a file's first bytes is no known format; then it is one, cut short.
    assert (
        {"empty_file", "unsupported_format", "truncated"}
        <= codes
        <= {"empty_file", "unsupported_format", "truncated", "corrupt"}
    )


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_altered_bytes_raise_nothing_else(name: str, data: st.DataObject) -> None:
    altered = bytearray(FILES[name])
    places = st.one_of(st.integers(0, min(len(altered), 200) - 1), st.integers(0, len(altered) - 1))
    for place in data.draw(st.lists(places, min_size=1, max_size=6)):
        altered[place] = data.draw(
            st.sampled_from([0, 1, 2, 4, 16, 127, 128, 254, 255]) | st.integers(0, 255)
        )
    try:
        pages = read_all(bytes(altered), max_megapixels=4)
    except SourceError:
        return
    assert pages
    for page in pages:
        assert page.image.dtype == np.uint8 and page.image.ndim == 2 and page.image.size <= 4_000_000


@pytest.mark.parametrize("name", ["png", "png-colour"])
def test_any_altered_byte_of_the_picture_data_of_a_png_is_found(name: str) -> None:
    data = FILES[name]
    start = data.index(b"IDAT")
    for place in range(start, data.index(b"IEND") - 4, 7):
        altered = bytearray(data)
        altered[place] ^= 0x10
        with pytest.raises(SourceError):
            read_all(bytes(altered))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(junk=st.binary(max_size=200), start=st.sampled_from([b"", *(data[:16] for data in FILES.values())]))
def test_junk_raises_nothing_else(junk: bytes, start: bytes) -> None:
    with pytest.raises(SourceError):
        read_all(start + junk)
