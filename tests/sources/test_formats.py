from __future__ import annotations

import contextlib
import io
import os
import struct
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from digitscan.errors import SourceError
from digitscan.sources import Source, open_pages, raster

from .files import encode, pattern, pdf_file, read_one, source_of, write

STORED = Image.fromarray(pattern())
EXACT = ["PNG", "BMP", "TIFF"]
LOSSLESS: dict[str, dict[str, Any]] = {**{kind: {} for kind in EXACT}, "WEBP": {"lossless": True}}


def fails(source: Source | bytes, code: str, **options: Any) -> SourceError:
    """Reads a source that must fail with ``code`` and a message in the house style."""
    opened = source if isinstance(source, Source) else source_of(source)
    with pytest.raises(SourceError) as caught:
        list(open_pages(opened, **options))
    assert caught.value.code == code
    message = caught.value.message
    assert "\n" not in message
    assert message[0].islower() or message.split()[0].isupper()
    return caught.value


@pytest.mark.parametrize("kind", [*LOSSLESS, "JPEG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_format_is_told_by_content(tmp_path: Path, kind: str, mode: str) -> None:
    options = LOSSLESS.get(kind, {"quality": 100})
    source = write(tmp_path / "wrong.pdf", encode(STORED.convert(mode), kind, **options))
    (page,) = open_pages(source)
    assert page.number == 1
    assert page.image.dtype == np.uint8
    assert page.image.flags.c_contiguous
    difference = np.abs(page.image.astype(int) - pattern())
    assert difference.max() <= (3 if kind == "JPEG" else 0)


@pytest.mark.parametrize("kind", LOSSLESS)
def test_colour_becomes_luminance(kind: str) -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50]]], np.uint8)
    image = read_one(encode(Image.fromarray(colours), kind, **LOSSLESS[kind]))
    assert np.abs(image.astype(int) - [[76, 150, 29, 124]]).max() <= 1


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("filtered", range(5))
def test_png_of_plain_bytes_is_what_opencv_makes_of_it(channels: int, filtered: int) -> None:
    samples = np.random.default_rng(channels).integers(0, 256, (23, 17, channels), np.uint8)
    filters = bytes([filtered])  # any bytes are samples under each filter
    rows = b"".join(filters + row.tobytes() for row in samples)
    data = png_file((17, 23), 8, {1: 0, 3: 2, 4: 6}[channels], rows)
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    assert np.array_equal(read_one(data), raster.to_grey(stored))


@pytest.mark.parametrize("width", [1, 8, 17])
@pytest.mark.parametrize("filtered", range(5))
@pytest.mark.parametrize("key", [None, 0, 1])
def test_png_of_bits_is_what_opencv_makes_of_it(width: int, filtered: int, key: int | None) -> None:
    rows = np.random.default_rng(width).integers(0, 256, (23, -(-width // 8)), np.uint8)
    filters = np.full((23, 1), filtered, np.uint8)
    transparent = None if key is None else struct.pack(">H", key)
    data = png_file((width, 23), 1, 0, np.hstack([filters, rows]).tobytes(), transparent)
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert stored is not None and set(np.unique(stored)) <= {0, 255}
    expected = stored if key is None else np.where(stored == 255 * key, 255, stored)
    assert np.array_equal(read_one(data), expected)


def test_interlaced_png_of_bits() -> None:
    # Eight rows of eight pixels in seven passes, each pixel of the passes in turn: white from the third on.
    passes = [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)]
    rows = b"".join(
        (b"\0" + (b"\0" if number < 2 else b"\xff")) * tall for number, (_, tall) in enumerate(passes)
    )
    image = read_one(png_file((8, 8), 1, 0, rows, interlaced=True))
    black = np.zeros((8, 8), bool)
    black[0, [0, 4]] = True
    assert np.array_equal(image, np.where(black, 0, 255))


@pytest.mark.parametrize(("depth", "colour", "across"), [(1, 0, 3), (1, 2, 7), (8, 0, 17), (8, 2, 51)])
def test_damaged_png_is_refused_whatever_decodes_it(depth: int, colour: int, across: int) -> None:
    fails(png_file((17, 23), depth, colour, bytes(across + 1) * 22), "corrupt")  # a row is missing
    fails(png_file((17, 23), depth, colour, (b"\x09" + bytes(across)) * 23), "corrupt")  # no such filter


@pytest.mark.parametrize("kind", EXACT)
def test_one_bit(kind: str) -> None:
    image = read_one(encode(Image.fromarray(pattern() > 200), kind))
    assert np.array_equal(image, np.where(pattern() > 200, 255, 0))


@pytest.mark.parametrize("kind", EXACT)
def test_palette(kind: str) -> None:
    picture = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    picture.putpalette([255, 255, 255, 0, 0, 0, 100, 100, 100])
    assert read_one(encode(picture, kind)).tolist() == [[255, 0, 100]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_by_their_range(kind: str) -> None:
    # The darkest sample is far from black and stays so: the picture's own range must not count.
    samples = np.array([[40000, 50000, 65535, 32896]], np.uint16)
    assert read_one(encode(Image.fromarray(samples), kind)).tolist() == [[156, 195, 255, 128]]


def test_sixteen_bit_colour_and_alpha() -> None:
    samples = np.zeros((1, 3, 4), np.uint16)
    samples[0, 0] = (0, 0, 65535, 65535)  # opaque red
    samples[0, 1] = (0, 0, 0, 0)
    samples[0, 2] = (0, 0, 0, 32768)
    data = cv2.imencode(".png", samples)[1].tobytes()
    assert read_one(data).tolist() == [[76, 255, 127]]


ALPHA = np.array(
    [[[0, 0, 0, 255], [0, 0, 0, 0], [0, 0, 0, 128], [255, 255, 255, 128], [200, 200, 200, 64]]], np.uint8
)
ON_WHITE = [[0, 255, 127, 255, 241]]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_laid_on_white(kind: str, mode: str) -> None:
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    image = read_one(encode(Image.fromarray(ALPHA).convert(mode), kind, **options))
    assert np.abs(image.astype(int) - ON_WHITE).max() <= 1


def test_alpha_of_a_bmp_counts_only_where_its_header_says_so() -> None:
    width, height = ALPHA.shape[1], ALPHA.shape[0]
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    info = struct.pack("<IiiHHIIiiII", 56, width, height, 1, 32, 3, ALPHA.nbytes, 0, 0, 0, 0) + masks
    masked = struct.pack("<2sIII", b"BM", 14 + 56 + ALPHA.nbytes, 0, 14 + 56) + info + ALPHA.tobytes()
    assert np.abs(read_one(masked).astype(int) - ON_WHITE).max() <= 1
    # A header without a place for that mask: the fourth byte is padding.
    short = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 32, 3, ALPHA.nbytes, 0, 0, 0, 0) + masks[:12]
    padded = struct.pack("<2sIII", b"BM", 14 + 52 + ALPHA.nbytes, 0, 14 + 52) + short + ALPHA.tobytes()
    assert read_one(padded).tolist() == [[0, 0, 0, 255, 200]]
    # As a rule it is zero, which must not make the page blank.
    plain = bytearray(encode(Image.fromarray(ALPHA), "BMP"))
    plain[struct.unpack_from("<I", plain, 10)[0] + 3 :: 4] = bytes(ALPHA.shape[1])
    assert read_one(bytes(plain)).tolist() == [[0, 0, 0, 255, 200]]


def test_palette_with_transparency() -> None:
    picture = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    picture.putpalette([0, 0, 0, 0, 0, 0, 100, 100, 100])
    assert read_one(encode(picture, "PNG", transparency=b"\x00\xff\xff")).tolist() == [[255, 0, 100]]


@pytest.mark.parametrize("key", [0, 100])
def test_transparent_grey_and_colour(key: int) -> None:
    grey = Image.fromarray(np.array([[key, 50, 200]], np.uint8))
    assert read_one(encode(grey, "PNG", transparency=key)).tolist() == [[255, 50, 200]]
    assert read_one(encode(grey.convert("RGB"), "PNG", transparency=(key,) * 3)).tolist() == [[255, 50, 200]]


def test_transparent_grey_of_few_and_many_bits() -> None:
    shallow = Image.fromarray(np.array([[True, False]]))
    assert read_one(encode(shallow, "PNG", transparency=0)).tolist() == [[255, 255]]
    # Two pixels of 4 bits, 5 and 10 of 15; and two of 16 bits.
    assert read_one(transparent_png(4, b"\x5a", 5)).tolist() == [[255, 170]]
    assert read_one(transparent_png(16, b"\0\0\x01\x2c", 300)).tolist() == [[0, 255]]


def transparent_png(depth: int, row: bytes, key: int) -> bytes:
    """A grey PNG of two pixels, one value of which is transparent."""
    return png_file((2, 1), depth, 0, b"\0" + row, transparent=struct.pack(">H", key))


def png_file(
    size: tuple[int, int],
    depth: int,
    colour: int,
    rows: bytes,
    transparent: bytes | None = None,
    *,
    interlaced: bool = False,
) -> bytes:
    """A PNG of rows that have their filters before them."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced))]
    chunks += [] if transparent is None else [(b"tRNS", transparent)]
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return out


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(("colour", "expected"), [("white", 255), ("black", 0), ("#808080", 128)])
def test_cmyk_white_stays_white(kind: str, colour: str, expected: int) -> None:
    picture = Image.new("RGB", (16, 16), colour).convert("CMYK")
    image = read_one(encode(picture, kind))
    assert np.abs(image.astype(int) - expected).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_orientation_is_applied_once(kind: str, mode: str, orientation: int) -> None:
    # Sizes are multiples of 16 so that a JPEG keeps the edges sharp.
    shown = np.kron(np.array([[0, 255, 255], [128, 255, 0]], np.uint8), np.ones((16, 16), np.uint8))
    turns = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).T,
        8: lambda a: np.rot90(a, -1),
    }
    # What a camera held that way stores: the inverse of what a viewer has to do.
    stored = Image.fromarray(np.ascontiguousarray(turns[orientation](shown))).convert(mode)
    if kind == "TIFF":
        data = encode(stored, kind, tiffinfo={274: orientation})
    else:
        exif = Image.Exif()
        exif[274] = orientation
        data = encode(stored, kind, exif=exif, **({"quality": 100} if kind == "JPEG" else LOSSLESS[kind]))
    image = read_one(data)
    assert image.shape == shown.shape
    assert np.abs(image.astype(int) - shown).max() <= 3


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_nonsense_orientation_is_upright(value: int) -> None:
    assert np.array_equal(read_one(encode(STORED, "TIFF", tiffinfo={274: value})), pattern())
    exif = Image.Exif()
    exif[274] = value
    assert np.array_equal(read_one(encode(STORED, "PNG", exif=exif)), pattern())


def test_damaged_exif_does_no_harm() -> None:
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        assert read_one(encode(STORED, "JPEG", exif=exif)).shape == pattern().shape


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 2}])
def test_kinds_of_jpeg(options: dict[str, Any]) -> None:
    image = read_one(encode(STORED.convert("RGB"), "JPEG", quality=98, **options))
    assert np.abs(image.astype(int) - pattern()).mean() < 3


def test_thumbnail_in_a_jpeg_is_passed_over() -> None:
    thumbnail = encode(Image.new("L", (8, 8)), "JPEG")
    data = encode(STORED, "JPEG", quality=100, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + thumbnail)
    assert read_one(data).shape == pattern().shape
    fails(data[:-2], "truncated")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP"])
def test_bytes_after_the_end_are_harmless(kind: str) -> None:
    data = encode(STORED, kind)
    assert np.array_equal(read_one(data + b"\0more"), read_one(data))


def test_first_frame_of_an_animation_is_the_page() -> None:
    frames = [STORED.convert("RGB"), Image.new("RGB", STORED.size)]
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert np.array_equal(read_one(data), pattern())


def test_interlaced_and_two_bit_png() -> None:
    picture = Image.fromarray(np.array([[0, 1, 2, 3]], np.uint8), "P")
    picture.putpalette([0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255])
    assert read_one(encode(picture, "PNG", bits=2)).tolist() == [[0, 85, 170, 255]]


def test_bmp_from_the_top_down() -> None:
    data = bytearray(encode(STORED, "BMP"))
    struct.pack_into("<i", data, 22, -pattern().shape[0])
    assert np.array_equal(read_one(bytes(data)), pattern()[::-1])


# Refusals


@pytest.mark.parametrize(
    "data", [b"hello", b"GIF89a" + bytes(50), b"BMX of Munich" + bytes(99), b"\x89PNG", b"RIFF"]
)
def test_unknown_content_is_refused(data: bytes) -> None:
    fails(data, "unsupported_format")


def test_empty_missing_folder_device(tmp_path: Path) -> None:
    fails(b"", "empty_file")
    fails(write(tmp_path / "empty.png", b""), "empty_file")
    fails(Source("x", tmp_path / "gone.png"), "not_found")
    fails(Source("x", Path("a\0b")), "not_found")
    fails(Source("x", tmp_path), "not_a_file")
    fails(Source("x", Path(os.devnull)), "not_a_file")


def test_problem_known_at_discovery_is_raised() -> None:
    problem = SourceError("no_images", "the folder has no images")
    assert fails(Source("x", None, problem=problem), "no_images") is problem


def test_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "a.png", encode(STORED, "PNG"))

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    fails(source, "permission_denied")


def test_failing_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "a.png", encode(STORED, "PNG"))

    def refuse(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", refuse)
    assert "input/output error" in fails(source, "unreadable").message


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are of Unix")
def test_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(encode(STORED, "PNG"),))
    writer.start()
    (page,) = open_pages(Source("pipe", pipe))
    writer.join()
    assert np.array_equal(page.image, pattern())


def test_file_is_not_changed(tmp_path: Path) -> None:
    data = encode(STORED, "TIFF", tiffinfo={274: 6})
    source = write(tmp_path / "a.tif", data)
    assert [page.image.shape for _ in range(2) for page in open_pages(source)] == [(30, 20)] * 2
    assert source.path is not None and source.path.read_bytes() == data


# The limit on the size


def huge(kind: str, side: int) -> bytes:
    """A small file that claims ``side`` x ``side`` pixels."""
    small = pattern()
    if kind == "PNG":
        data = bytearray(encode(STORED, "PNG"))
        struct.pack_into(">II", data, 16, side, side)
        struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    elif kind == "JPEG":
        data = bytearray(encode(STORED, "JPEG"))
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, side, side)
    elif kind == "BMP":
        data = bytearray(encode(STORED, "BMP"))
        struct.pack_into("<ii", data, 18, side, side)
        struct.pack_into("<I", data, 30, 1)  # run-length coded, so that a small file may be whole
    elif kind == "VP8X":
        exif = Image.Exif()
        exif[274] = 1
        data = bytearray(encode(STORED, "WEBP", exif=exif))
        data[24:30] = (side - 1).to_bytes(3, "little") * 2
    elif kind == "VP8":
        data = bytearray(encode(STORED, "WEBP"))
        struct.pack_into("<HH", data, 26, side, side)
    elif kind == "VP8L":
        data = bytearray(encode(STORED, "WEBP", lossless=True))
        struct.pack_into("<I", data, 21, (side - 1) | (side - 1) << 14)
    elif kind == "TIFF":
        data = bytearray(encode(STORED, "TIFF", compression="tiff_lzw"))
        at = struct.unpack_from("<I", data, 4)[0] + 2
        for position in range(at, at + 12 * struct.unpack_from("<H", data, at - 2)[0], 12):
            if struct.unpack_from("<H", data, position)[0] in (256, 257):
                struct.pack_into("<HII", data, position + 2, 4, 1, side)
    else:
        points = side * 72 // 300
        return pdf_file(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] >>" % (points, points),
            ]
        )
    assert len(data) < 10 * small.size
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "side"),
    [
        ("PNG", 100_000),
        ("JPEG", 65_000),
        ("BMP", 100_000),
        ("VP8X", 100_000),
        ("VP8", 16_383),
        ("VP8L", 16_384),
        ("TIFF", 100_000),
        ("PDF", 100_000),
    ],
)
def test_too_large_is_refused_before_decoding(kind: str, side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> NDArray[np.uint8]:
        raise AssertionError("decoded")

    monkeypatch.setattr(cv2, "imdecode", forbidden)
    monkeypatch.setattr(raster, "decode_image_png_u8", forbidden)
    monkeypatch.setattr("digitscan.sources.pdf._render", forbidden)
    error = fails(huge(kind, side), "too_large")
    assert f"{side} x {side} pixels" in error.message
    assert "limit of 100" in error.message and "--max-megapixels" in error.message


def test_limit_is_inclusive_and_settable() -> None:
    data = encode(STORED, "PNG")
    assert read_one(data, max_megapixels=0.0006).shape == (20, 30)
    fails(data, "too_large", max_megapixels=0.000599)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "VP8", "TIFF", "BMP"])
def test_no_pixels_at_all(kind: str) -> None:
    fails(huge(kind, 0), "corrupt")


def test_more_pixels_than_opencv_takes_are_no_crash() -> None:
    fails(huge("PNG", 100_000), "corrupt", max_megapixels=1e6)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_decoder_that_disagrees_with_the_header_is_not_believed(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: np.zeros((30, 20), np.uint8))
    fails(encode(STORED.convert("P"), kind), "corrupt")


def test_pages_do_not_print(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(encode(STORED, "TIFF", compression="tiff_lzw"))
    data[8:40] = os.urandom(32)
    for content in (bytes(data), encode(STORED, "PNG"), huge("PNG", 100_000)):
        with contextlib.suppress(SourceError):
            read_one(content, max_megapixels=1e6)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "OpenCV" not in captured.err and "[ERROR" not in captured.err


def test_opencv_keeps_its_own_log_level() -> None:
    before = raster._LOGGING.getLogLevel()
    assert before != 0
    read_one(encode(STORED, "PNG"))
    assert raster._LOGGING.getLogLevel() == before


def test_metadata_of_a_png_is_passed_over() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 1000, zip=True)
    data = bytearray(encode(STORED, "PNG", pnginfo=info))
    data[data.index(b"zTXt") + 20] ^= 0xFF  # its checksum is wrong now, the picture is not
    assert np.array_equal(read_one(bytes(data)), pattern())


def test_stdin_bytes_and_files_read_the_same(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    STORED.save(buffer, "PNG")
    (page,) = open_pages(write(tmp_path / "a", buffer.getvalue()))
    assert np.array_equal(page.image, read_one(buffer.getvalue()))


WHITE, BLACK, BLUE, RED = (240, 242, 244), (30, 30, 35), (150, 60, 25), (45, 35, 190)
"""Blue, green, red of paper and pens."""
PRINTS = {"red": (110, 110, 245), "green": (125, 210, 115), "blue": (240, 190, 120), "orange": (90, 165, 250)}


def colour_form(print_colour: tuple[int, ...], pen: tuple[int, ...], text: str = "0472") -> NDArray[np.uint8]:
    """A box with a label, filled in: blue, green, red."""
    form = np.full((120, 320, 3), WHITE, np.uint8)
    cv2.rectangle(form, (10, 30), (309, 109), print_colour, 2)
    cv2.putText(form, "Amount", (12, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.4, print_colour, 1, cv2.LINE_AA)
    for place, digit in enumerate(text):
        at = (40 + 65 * place, 92)
        cv2.putText(form, digit, at, cv2.FONT_HERSHEY_SIMPLEX, 1.6, pen, 4, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(form, (3, 3), 0), np.uint8)


def as_stored(colours: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    return encode(Image.fromarray(np.ascontiguousarray(colours[..., ::-1])), kind, **options)


def luminance(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.asarray(np.round(colours @ [0.114, 0.587, 0.299]), np.int64)


@pytest.mark.parametrize("pen", [BLUE, BLACK])
@pytest.mark.parametrize("print_colour", PRINTS)
def test_drop_out_colours_vanish_and_the_pen_stays(print_colour: str, pen: tuple[int, int, int]) -> None:
    form = colour_form(PRINTS[print_colour], pen)
    grey = read_one(as_stored(form, "PNG")).astype(int)
    usual = luminance(form)
    printed, written = np.all(form == PRINTS[print_colour], axis=2), np.all(form == pen, axis=2)
    assert printed.any() and written.any()
    paper = grey[0, 0]
    assert (paper - grey[printed]).max() < 0.75 * (usual[0, 0] - usual[printed]).min()
    assert (paper - grey[written]).min() > 2.5 * (paper - grey[printed]).max()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *((kind, options) for kind, options in LOSSLESS.items()),
        ("JPEG", {"quality": 80}),
        ("PDF", {"resolution": 200, "quality": 90}),
    ],
)
def test_drop_out_colours_vanish_in_every_format(kind: str, options: dict[str, Any]) -> None:
    form = colour_form(PRINTS["red"], BLUE)
    grey = read_one(as_stored(form, kind, **options)).astype(int)
    assert np.abs(grey - form[..., 2].astype(int))[30:110].mean() < 5
    assert grey[31, 60:300].min() > 210
    assert grey[40:100, 30:290].min() < 60


def test_drop_out_colours_vanish_in_sixteen_bits() -> None:
    form = colour_form(PRINTS["red"], BLUE)
    grey = read_one(cv2.imencode(".png", form.astype(np.uint16) * 257)[1].tobytes())
    assert np.array_equal(grey, form[..., 2])


def with_lines(form: NDArray[np.uint8], colour: tuple[int, ...]) -> NDArray[np.uint8]:
    form = form.copy()
    cv2.rectangle(form, (4, 4), (315, 115), colour, 2)
    return form


KEPT = {
    "red ink on plain paper": colour_form(WHITE, RED),
    "a form filled in with its own colour": colour_form(RED, RED),
    "a drop-out form filled in with its own colour": colour_form(PRINTS["red"], (80, 80, 235)),
    "a blue pen on a black form": colour_form(BLACK, BLUE),
    "lines of two colours": with_lines(colour_form(PRINTS["red"], BLUE), BLACK),
    "a form that is not filled in": colour_form(PRINTS["red"], BLUE, ""),
    "a form on dark paper": 255 - colour_form(PRINTS["red"], BLUE),
}


@pytest.mark.parametrize("what", KEPT)
def test_nothing_is_dropped_from(what: str) -> None:
    grey = read_one(as_stored(KEPT[what], "PNG"))
    assert np.abs(grey - luminance(KEPT[what])).max() <= 1


def test_writing_in_the_colour_of_the_form_is_kept_beside_other_print() -> None:
    form = colour_form(PRINTS["red"], (80, 80, 235))
    cv2.putText(form, "in block letters", (120, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.4, BLACK, 1, cv2.LINE_AA)
    assert np.abs(read_one(as_stored(form, "PNG")) - luminance(form)).max() <= 1


def test_transparent_picture_keeps_all_its_colours() -> None:
    form = colour_form(PRINTS["red"], BLUE)
    opaque = np.full(form.shape[:2], 255, np.uint8)
    layered = np.dstack([form[..., ::-1], opaque])
    assert np.array_equal(read_one(encode(Image.fromarray(layered), "PNG")), form[..., 2])
    layered[:5, :5, 3] = 0
    grey = read_one(encode(Image.fromarray(layered), "PNG"))
    assert np.abs(grey - luminance(form))[5:].max() <= 1
