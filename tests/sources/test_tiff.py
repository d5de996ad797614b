from __future__ import annotations

import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from digitscan.errors import SourceError
from digitscan.sources import open_pages

from .files import encode, pattern, read_all, read_one, source_of, tiff_file, tiff_page, write
from .test_formats import fails

BINARY = np.where(pattern(40, 48) > 200, 255, 0).astype(np.uint8)


def numbered_pages(count: int) -> list[NDArray[np.uint8]]:
    """Pages that tell their number, from 1, by their grey."""
    return [np.full((4, 5), number, np.uint8) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "compression", ["raw", "tiff_ccitt", "group3", "group4", "packbits", "tiff_lzw", "tiff_deflate"]
)
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_one_bit_compressions(compression: str, white_is_zero: bool) -> None:
    data = encode(
        Image.fromarray(BINARY).convert("1"),
        "TIFF",
        compression=compression,
        **({"tiffinfo": {262: 0}} if white_is_zero else {}),
    )
    assert np.array_equal(read_one(data), BINARY)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("photometric", [0, 1])
def test_white_is_zero_of_every_type(kind: Any, photometric: int, order: str) -> None:
    highest = 1.0 if np.issubdtype(kind, np.floating) else np.iinfo(kind).max
    samples = (pattern() / 255 * highest).astype(kind)
    sample_format = {"t339": (3,)} if np.issubdtype(kind, np.floating) else {}
    image = read_one(tiff_file([tiff_page(samples, photometric, order, **sample_format)], order))
    expected = pattern() if photometric else 255 - pattern()
    assert np.abs(image.astype(int) - expected).max() <= 1


def test_float_outside_its_range_is_refused() -> None:
    for bad in (255.0, -1.0, np.nan):
        samples = pattern().astype(np.float32) / 255
        samples[3, 3] = bad
        fails(tiff_file([tiff_page(samples, t339=(3,))]), "unsupported_format")


@pytest.mark.parametrize("bits", [2, 4])
@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("width", [7, 8, 13])
def test_few_bits_of_grey(bits: int, photometric: int, width: int) -> None:
    levels = np.random.default_rng(0).integers(0, 2**bits, (5, width))
    per_byte = 8 // bits
    padded = np.pad(levels, ((0, 0), (0, -width % per_byte))).reshape(5, -1, per_byte)
    data = (padded << np.arange(8 - bits, -1, -bits)).sum(axis=2).astype(np.uint8).tobytes()
    page = {256: (width,), 257: (5,), 258: (bits,), 262: (photometric,), 277: (1,)}, data
    grey = levels * 255 // (2**bits - 1)
    assert np.array_equal(read_one(tiff_file([page])), grey if photometric else 255 - grey)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("predictor", [1, 2])
def test_grey_with_alpha(kind: Any, order: str, predictor: int) -> None:
    unit = np.iinfo(kind).max // 255
    samples = (np.array([[[0, 255], [0, 0], [0, 128], [200, 64], [9, 255]]]) * unit).astype(kind)
    stored = samples.copy()
    if predictor == 2:
        stored[:, 1:] -= samples[:, :-1]
    page = tiff_page(stored, 1, order, t338=(2,), t317=(predictor,))
    image = read_one(tiff_file([page], order))
    assert np.abs(image.astype(int) - [[0, 255, 127, 241, 9]]).max() <= 1


def test_grey_with_alpha_where_white_is_zero() -> None:
    samples = np.array([[[255, 255], [255, 0], [0, 255]]], np.uint8)
    assert read_one(tiff_file([tiff_page(samples, 0, t338=(2,))])).tolist() == [[0, 255, 255]]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("extra", [1, 2])
def test_alpha_multiplied_in_or_not(kind: Any, extra: int) -> None:
    unit = np.iinfo(kind).max // 255
    samples = np.array([[[100, 100, 100, 128], [0, 0, 0, 0], [60, 60, 60, 255]]])
    image = read_one(tiff_file([tiff_page((samples * unit).astype(kind), 2, t338=(extra,))]))
    expected = [[227, 255, 60]] if extra == 1 else [[177, 255, 60]]
    assert np.abs(image.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_every_depth(kind: Any, orientation: int) -> None:
    samples = pattern().astype(kind) * (np.iinfo(kind).max // 255)
    turned = read_one(tiff_file([tiff_page(samples, t274=(orientation,))]))
    upright = {
        1: pattern(),
        2: np.fliplr(pattern()),
        3: np.rot90(pattern(), 2),
        4: np.flipud(pattern()),
        5: pattern().T,
        6: np.rot90(pattern(), -1),
        7: np.rot90(pattern(), 2).T,
        8: np.rot90(pattern(), 1),
    }
    assert np.array_equal(turned, upright[orientation])


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "tiff_deflate"])
def test_colour_compressions(compression: str) -> None:
    picture = Image.fromarray(np.kron(pattern(), np.ones((8, 8), np.uint8))).convert("RGB")
    image = read_one(encode(picture, "TIFF", compression=compression))
    assert np.abs(image.astype(int) - np.asarray(picture.convert("L"))).max() <= 8


def test_samples_that_opencv_gets_wrong_are_refused() -> None:
    fails(tiff_file([tiff_page(pattern().astype(np.int16), t339=(2,))]), "unsupported_format")
    fails(tiff_file([tiff_page(pattern().astype(np.uint32))]), "unsupported_format")
    fails(tiff_file([tiff_page(np.zeros((4, 4, 3), np.uint16), 2, t284=(2,))]), "unsupported_format")
    fails(tiff_file([tiff_page(np.zeros((4, 4, 5), np.uint8), 2, t338=(0, 0))]), "corrupt")


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_pages_come_in_order(big: bool, order: str) -> None:
    data = tiff_file([tiff_page(page, order=order) for page in numbered_pages(12)], order, big)
    pages = read_all(data)
    assert [page.number for page in pages] == list(range(1, 13))
    assert [page.image.tolist() for page in pages] == [page.tolist() for page in numbered_pages(12)]


def test_pages_of_different_kinds() -> None:
    frames = [Image.fromarray(BINARY).convert("1"), STORED_RGB, Image.fromarray(pattern())]
    pages = read_all(encode(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    assert [page.image.shape for page in pages] == [(40, 48), (20, 30), (20, 30)]
    assert np.array_equal(pages[2].image, pattern())


STORED_RGB = Image.fromarray(pattern()).convert("RGB")


def test_thumbnails_and_masks_are_no_pages() -> None:
    first, second, third, fourth = numbered_pages(4)
    data = tiff_file(
        [
            tiff_page(first, t254=(1,)),
            tiff_page(second, t254=(1,)),
            tiff_page(third, t254=(4,)),
            tiff_page(fourth, t254=(2,)),
        ]
    )
    assert [(page.number, int(page.image[0, 0])) for page in read_all(data)] == [(1, 1), (2, 4)]


def test_each_page_is_decoded_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiff_file([tiff_page(page) for page in numbered_pages(50)])
    decoded = []
    decode = cv2.imdecode

    def spy(*arguments: Any) -> Any:
        decoded.append(1)
        return decode(*arguments)

    monkeypatch.setattr(cv2, "imdecode", spy)
    pages = open_pages(write(tmp_path / "a.tif", data))
    for number in range(1, 11):
        assert next(pages).number == number
        assert len(decoded) == number


def test_memory_does_not_grow_with_the_number_of_pages(tmp_path: Path) -> None:
    frame = Image.fromarray(np.full((1000, 800), 255, np.uint8)).convert("1")
    source = write(
        tmp_path / "a.tif",
        encode(frame, "TIFF", compression="group4", save_all=True, append_images=[frame] * 59),
    )
    tracemalloc.start()
    try:
        count = sum(page.image.shape == (1000, 800) for page in open_pages(source))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 60
    # One page, and the next before it is let go; OpenCV tells tracemalloc of its arrays.
    assert 800_000 < peak < 4 * 800_000


def test_pages_before_a_broken_one_are_given() -> None:
    pages = [tiff_page(page) for page in numbered_pages(50)]
    tags, strip = pages[39]
    pages[39] = {**tags, 273: (10**8,)}, strip
    given = []
    with pytest.raises(SourceError) as caught:
        for page in open_pages(source_of(tiff_file(pages))):
            given.append(page.number)
    assert given == list(range(1, 40))
    assert caught.value.code == "truncated"


def test_missing_tail_gives_the_pages_before_it() -> None:
    data = tiff_file([tiff_page(page) for page in numbered_pages(10)])
    given = []
    with pytest.raises(SourceError) as caught:
        for page in open_pages(source_of(data[: len(data) * 6 // 10])):
            given.append(int(page.image[0, 0]))
    assert 4 <= len(given) <= 6 and given == list(range(1, len(given) + 1))
    assert caught.value.code == "truncated"


def test_circle_of_pages_ends() -> None:
    data = bytearray(tiff_file([tiff_page(page) for page in numbered_pages(2)]))
    first = struct.unpack_from("<I", data, 4)[0]
    data[-4:] = struct.pack("<I", first)
    pages = open_pages(source_of(bytes(data)))
    assert [next(pages).number, next(pages).number] == [1, 2]
    with pytest.raises(SourceError, match="circle"):
        next(pages)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({273: (10**6,)}, "truncated"),
        ({279: (10**6,)}, "truncated"),
        ({279: (5,)}, "truncated"),
        ({257: (21,)}, "truncated"),
        ({278: (5,)}, "corrupt"),
        ({256: (0,)}, "corrupt"),
        ({257: (0,)}, "corrupt"),
        ({256: (100_000,), 257: (100_000,)}, "too_large"),
        ({322: (0,), 323: (16,), 324: (8,), 325: (600,)}, "corrupt"),
        ({322: (65520,), 323: (65520,), 324: (8,), 325: (600,)}, "too_large"),
        ({259: (9999,)}, "unsupported_format"),
    ],
)
def test_tags_that_do_not_fit_the_file(tags: dict[int, tuple[int, ...]], code: str) -> None:
    page, strip = tiff_page(pattern())
    fails(tiff_file([({**page, **tags}, strip)]), code)


def test_list_of_strips_that_is_too_short() -> None:
    page, strip = tiff_page(pattern())
    fails(tiff_file([({**page, 259: (8,), 278: (5,)}, zlib.compress(strip[: 5 * 30]))]), "corrupt")


def test_tag_with_an_absurd_number_of_values() -> None:
    data = bytearray(tiff_file([tiff_page(pattern())], big=True))
    offsets = data.index(struct.pack("<HHQ", 273, 4, 1))
    struct.pack_into("<Q", data, offsets + 4, 2**62)
    fails(bytes(data), "truncated")


def test_too_wide_to_be_relabelled() -> None:
    data = bytearray(tiff_file([tiff_page(np.zeros((1, 40_000, 2), np.uint8), t338=(2,))]))
    struct.pack_into("<HIH", data, data.index(struct.pack("<HHI", 256, 4, 1)) + 2, 3, 1, 40_000)
    fails(bytes(data), "unsupported_format")


def test_no_pages() -> None:
    fails(b"II*\0\0\0\0\0", "corrupt")
    fails(b"II*\0", "truncated")
