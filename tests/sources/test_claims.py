"""Files that claim to hold more than they do: refused early, or read as far as they go."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from digitscan.errors import SourceError
from digitscan.sources import open_pages

from .files import encode, read_all, read_one, source_of
from .test_pdf import several

GREY = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 64), dtype=np.uint8))
JPEGS = {
    "grey": encode(GREY, "JPEG"),
    "progressive": encode(GREY.convert("RGB"), "JPEG", progressive=True),
    "subsampled": encode(GREY.convert("RGB"), "JPEG", subsampling=2),
}


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """Overwrites width and height of a JPEG."""
    at = next(place for mark in (b"\xff\xc0", b"\xff\xc2") if (place := jpeg.find(mark)) >= 0)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


@pytest.mark.parametrize("kind", JPEGS)
def test_jpeg_with_too_little_data_is_not_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> NDArray[np.uint8]:
        raise AssertionError("decoded")

    monkeypatch.setattr(cv2, "imdecode", forbidden)
    with pytest.raises(SourceError, match="not of the size that it says") as caught:
        read_all(with_size(JPEGS[kind], 9000, 9000))
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_blank_jpegs_have_enough_data(mode: str, progressive: bool, subsampling: int) -> None:
    """Nothing is shorter than white paper with tables of its own."""
    for width, height in ((1, 1), (8, 8), (17, 33), (800, 1003)):
        blank = Image.new(mode, (width, height), (0,) * 4 if mode == "CMYK" else "white")
        options = {"progressive": progressive, "subsampling": subsampling, "optimize": True, "quality": 5}
        assert read_one(encode(blank, "JPEG", **options)).shape == (height, width)


@pytest.mark.parametrize("claimed", [3, 1_000_000])
def test_pages_that_a_pdf_only_claims_to_have_are_one_error(claimed: int) -> None:
    data = several(2)
    assert data.count(b"/Count 2") == 1
    pages = open_pages(source_of(data.replace(b"/Count 2", b"/Count %d" % claimed)))
    assert [next(pages).number, next(pages).number] == [1, 2]
    with pytest.raises(SourceError, match="no page 3") as caught:
        next(pages)
    assert caught.value.code == "corrupt"
