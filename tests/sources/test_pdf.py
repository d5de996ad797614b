from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image

from digitscan.errors import SourceError
from digitscan.sources import Source, open_pages, pdf

from .files import (
    encode,
    encrypted_pdf,
    pattern,
    pdf_file,
    pdf_stream,
    read_all,
    read_one,
    scan_pdf,
    source_of,
    write,
)
from .test_formats import fails

NOISE = np.random.default_rng(0).integers(0, 256, (331, 257), dtype=np.uint8)
BINARY_NOISE = (NOISE > 127).astype(np.uint8) * 255
INVISIBLE_TEXT = b" BT 3 Tr /F 12 Tf 20 20 Td (0403) Tj ET"
TEXT = b" BT /F 12 Tf 20 20 Td (0403) Tj ET"
LETTER = (0.0, 0.0, 612.0, 792.0)


def filling(box: tuple[float, float, float, float]) -> tuple[float, ...]:
    """The matrix that makes a picture fill a box."""
    return (box[2] - box[0], 0.0, 0.0, box[3] - box[1], box[0], box[1])


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("shape", [(331, 257), (777, 1234), (3508, 2480)])
def test_scan_comes_pixel_for_pixel(shape: tuple[int, int], rotate: int) -> None:
    scan = (np.random.default_rng(1).random(shape) > 0.5).astype(np.uint8) * 255
    scan[: shape[0] // 2, : shape[1] // 2] = 0
    document = pypdfium2.PdfDocument(encode(Image.fromarray(scan).convert("1"), "PDF", resolution=300))
    document[0].set_rotation(rotate)
    buffer = io.BytesIO()
    document.save(buffer)
    assert np.array_equal(read_one(buffer.getvalue()), np.rot90(scan, -rotate // 90))


@pytest.mark.parametrize("dpi", [72, 97, 150, 200.4, 600])
def test_resolution_of_the_scan_goes_before_dpi(dpi: float) -> None:
    height, width = NOISE.shape
    box = (0.0, 0.0, width * 72 / dpi, height * 72 / dpi)
    assert np.array_equal(read_one(scan_pdf(NOISE, box=box, matrix=filling(box)), dpi=123), NOISE)


def test_scan_of_several_megapixels_in_jpeg() -> None:
    scan = np.kron(pattern(), np.ones((80, 60), np.uint8))
    image = read_one(encode(Image.fromarray(scan).convert("RGB"), "PDF", resolution=200, quality=95))
    assert image.shape == scan.shape
    assert np.abs(image.astype(int) - scan).max() <= 12


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        ((257, 0, 0, 331, 0, 0), lambda a: a),
        ((-257, 0, 0, 331, 257, 0), np.fliplr),
        ((257, 0, 0, -331, 0, 331), np.flipud),
        ((-257, 0, 0, -331, 257, 331), lambda a: np.rot90(a, 2)),
        ((0, 331, -257, 0, 257, 0), lambda a: np.rot90(a, 1)),
        ((0, -331, 257, 0, 0, 331), lambda a: np.rot90(a, -1)),
    ],
)
def test_turned_and_mirrored_pictures_and_an_offset_page(
    matrix: tuple[float, ...], turn: Any, rotate: int
) -> None:
    scan = NOISE
    if matrix[0] == 0:
        scan = np.ascontiguousarray(NOISE.T)  # lying on its side, it fills the same page
    left, bottom = 100.5, -40.25
    box = (left, bottom, left + 257, bottom + 331)
    placed = (*matrix[:4], matrix[4] + left, matrix[5] + bottom)
    image = read_one(scan_pdf(scan, box=box, matrix=placed, rotate=rotate))
    assert np.array_equal(image, np.rot90(turn(scan), -rotate // 90))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_scan_smaller_than_its_page_keeps_its_pixels(rotate: int) -> None:
    # 2 points of margin left, 5 right, 3 below, 4 above; at 2 pixels a point.
    scan = np.random.default_rng(2).integers(0, 256, (662, 514), dtype=np.uint8)
    image = read_one(
        scan_pdf(scan, box=(0, 0, 257 + 7, 331 + 7), matrix=(257, 0, 0, 331, 2, 3), rotate=rotate)
    )
    upright = np.rot90(image, rotate // 90)
    assert upright.shape == (662 + 14, 514 + 14)
    assert np.array_equal(upright[8 : 8 + 662, 4 : 4 + 514], scan)
    assert (upright[:8] == 255).all() and (upright[:, :4] == 255).all()


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_scan_off_the_grid_of_its_page_keeps_its_pixels(rotate: int) -> None:
    scan = np.random.default_rng(2).integers(0, 256, (662, 514), dtype=np.uint8)
    matrix = (257, 0, 0, 331, 2.15, 3.2)
    image = read_one(scan_pdf(scan, box=(0, 0, 257 + 7.25, 331 + 7.3), matrix=matrix, rotate=rotate))
    upright = np.rot90(image, rotate // 90)
    # Margins of 8.2 pixels above and 4.3 on the left, if the grid is laid from there.
    places = [(y, x) for y in (8, 9) for x in (4, 5)]
    assert any(np.array_equal(upright[y : y + 662, x : x + 514], scan) for y, x in places)


@pytest.mark.parametrize("rotate", [0, 90])
def test_slightly_different_resolutions_keep_their_pixels(rotate: int) -> None:
    image = read_one(
        scan_pdf(NOISE, box=(0, 0, 129.5, 165.5), matrix=(129.5, 0, 0, 165.5, 0, 0), rotate=rotate)
    )
    assert np.array_equal(image, np.rot90(NOISE, -rotate // 90))


def test_scan_larger_than_its_page_is_cropped() -> None:
    box = (0.0, 0.0, 250.0, 320.0)
    image = read_one(scan_pdf(NOISE, box=box, matrix=(257, 0, 0, 331, -3, -5)))
    # 331 - 320 - 5 rows are cut off at the top.
    assert np.array_equal(image, NOISE[6 : 6 + 320, 3 : 3 + 250])


@pytest.mark.parametrize("over", [INVISIBLE_TEXT, b" 0 0 m 10 10 l n"])
def test_what_cannot_be_seen_does_not_matter(over: bytes) -> None:
    box = (0.0, 0.0, 257.0, 331.0)
    assert np.array_equal(read_one(scan_pdf(NOISE, box=box, matrix=filling(box), over=over)), NOISE)
    under = b" 1 1 0 rg 0 0 999 999 re f"
    assert np.array_equal(read_one(scan_pdf(NOISE, box=box, matrix=filling(box), under=under)), NOISE)


def test_drawing_over_a_coarse_picture_is_rendered_at_dpi() -> None:
    box = (0.0, 0.0, 257.0, 331.0)
    data = scan_pdf(NOISE, box=box, matrix=filling(box), over=TEXT)
    assert read_one(data, dpi=144).shape == (662, 514)
    # Over a finer one it comes along at the resolution of the scan.
    image = read_one(data, dpi=36)
    assert image.shape == NOISE.shape
    assert np.array_equal(image[:250], NOISE[:250]) and (image != NOISE).sum() > 50


def test_small_picture_on_a_page_is_no_scan() -> None:
    data = scan_pdf(NOISE, box=LETTER, matrix=(257, 0, 0, 331, 100, 100))
    assert read_one(data, dpi=72).shape == (792, 612)


def test_skewed_picture_is_rendered_at_dpi() -> None:
    data = scan_pdf(NOISE, box=(0, 0, 257, 331), matrix=(257, 12, -12, 331, 6, -6))
    assert read_one(data, dpi=144).shape == (662, 514)


def test_fax_comes_with_square_pixels() -> None:
    fax = np.repeat(pattern(40, 60), 4, axis=1)  # twice as fine across as down
    image = read_one(scan_pdf(fax, box=(0, 0, 120, 40 * 2), matrix=(120, 0, 0, 80, 0, 0)))
    assert image.shape == (160, 240)


def test_drawn_page_is_rendered_at_dpi() -> None:
    page = pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 72] /Contents 4 0 R >>",
            pdf_stream(b"0 36 72 36 re f"),
        ]
    )
    for dpi in (72, 150, 300):
        image = read_one(page, dpi=dpi)
        assert image.shape == (dpi, 2 * dpi)
        assert (image[: dpi // 2, :dpi] == 0).all()
        assert (image[dpi // 2 :] == 255).all() and (image[:, dpi:] == 255).all()
    assert read_one(page).shape == (300, 600)


def test_annotations_are_seen() -> None:
    page = pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] /Annots [4 0 R] >>",
            b"<< /Type /Annot /Subtype /Stamp /Rect [0 0 36 36] /F 4 /AP << /N 5 0 R >> >>",
            pdf_stream(b"0 0 36 36 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 36 36]"),
        ]
    )
    image = read_one(page, dpi=72)
    assert (image[40:, :32] == 0).all() and (image[:32] == 255).all()


def several(count: int) -> bytes:
    frames = [Image.fromarray(np.full((8, 8), number * 4, np.uint8)) for number in range(1, count + 1)]
    return encode(frames[0], "PDF", save_all=True, append_images=frames[1:], quality=100)


def test_pages_come_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []
    render = pdf._render

    def spy(*arguments: Any) -> NDArray[np.uint8]:
        rendered.append(1)
        return render(*arguments)

    monkeypatch.setattr(pdf, "_render", spy)
    pages = open_pages(write(tmp_path / "a.pdf", several(30)))
    for number in range(1, 31):
        page = next(pages)
        assert page.number == number and len(rendered) == number
        assert abs(int(page.image[4, 4]) - number * 4) <= 1
    assert next(pages, None) is None


def test_reading_may_stop_early(tmp_path: Path) -> None:
    pages = open_pages(write(tmp_path / "a.pdf", several(3)))
    next(pages)
    del pages
    assert len(read_all(several(3))) == 3


def test_image_survives_the_document() -> None:
    images = [page.image for page in read_all(several(3))]
    assert [abs(int(image[0, 0]) - 4 * n) <= 1 for n, image in enumerate(images, start=1)] == [True] * 3


@pytest.mark.parametrize("rotate", [0, 90])
def test_large_picture_is_refused_wherever_it_lies(rotate: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_render", None)
    for matrix in (filling(LETTER), (10, 0, 0, 10, 0, 0)):
        data = scan_pdf(NOISE, box=LETTER, matrix=matrix, rotate=rotate)
        data = data.replace(b"/Width 257 /Height 331", b"/Width 25700 /Height 33100")
        error = fails(data, "too_large", dpi=72)
        assert "25700 x 33100" in error.message


def test_large_picture_within_a_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_render", None)
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Im 6 0 R >> >>"
    picture = b"/Type /XObject /Subtype /Image /Width 90000 /Height 9000 /ColorSpace /DeviceGray"
    picture += b" /BitsPerComponent 8"
    data = pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] /Contents 4 0 R /Resources << /XObject "
            b"<< /Fm 5 0 R >> >> >>",
            pdf_stream(b"/Fm Do"),
            pdf_stream(b"9 0 0 9 0 0 cm /Im Do", form),
            pdf_stream(b"0", picture),
        ]
    )
    assert "90000 x 9000" in fails(data, "too_large").message


def test_large_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_render", None)
    data = scan_pdf(NOISE, box=LETTER, matrix=(10, 0, 0, 10, 0, 0))
    assert "2550 x 3300" in fails(data, "too_large", max_megapixels=8).message


def test_password() -> None:
    assert "password" in fails(encrypted_pdf(b"secret"), "encrypted").message
    # With an empty user password anyone may read.
    assert read_one(encrypted_pdf(b""), dpi=72).shape == (72, 72)


def test_cut_pdf_is_truncated() -> None:
    data = several(3)
    for cut in np.linspace(1100, len(data) - 8, 12).astype(int):
        fails(data[:cut], "truncated")
    assert len(read_all(data + bytes(5000))) == 3


def test_cut_within_an_update_is_truncated() -> None:
    data = several(2)
    updated = data + b"9 0 obj\n(" + b"x" * 5000
    fails(updated, "truncated")


def test_cut_linearized_pdf_is_truncated() -> None:
    whole = scan_pdf(NOISE, box=LETTER, matrix=filling(LETTER))
    marked = whole.replace(b"%PDF-1.7\n", b"%PDF-1.7\n%<< /Linearized 1 /L 999999 >>\n")
    fails(marked, "truncated")


def test_damaged_pdf() -> None:
    fails(b"%PDF-1.7\nnonsense\n%%EOF\n", "corrupt")
    empty = pdf_file([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])
    fails(empty, "corrupt")


def test_pages_before_a_damaged_one_are_given() -> None:
    data = pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 9 0 R] /Count 2 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>",
        ]
    )
    pages = open_pages(source_of(data))
    assert next(pages).number == 1
    with pytest.raises(SourceError, match="page 2") as caught:
        next(pages)
    assert caught.value.code == "corrupt"


def test_junk_before_the_header() -> None:
    assert len(read_all(b"\n\nmail header\n" + several(2))) == 2


def test_missing_file_is_no_pdf_error(tmp_path: Path) -> None:
    fails(Source("gone.pdf", tmp_path / "gone.pdf"), "not_found")
