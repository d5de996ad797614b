"""PDF: pages one at a time, scans at their own resolution."""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from digitscan.errors import SourceError
from digitscan.sources.header import check_size
from digitscan.sources.raster import to_grey

_TAIL = 1024
"""The end mark of a PDF is looked for in this many last bytes, as other readers do."""
_LINEARIZED = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d+)")
_COVERED = 0.95
"""The part of a page that a picture must cover to be taken for the scan of it."""
_SQUARE = 0.02
"""How far the resolutions across and down may differ; beyond, pixels are made square."""
_SKEWED = 1e-3
"""Shear, as a part of the size, above which a picture does not lie straight on its page."""
_INSET = 0.02
"""PDFium rounds a picture's edges outward: one that lies this much inside whole pixels keeps its size."""
_INVISIBLE_TEXT = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)


@dataclass(frozen=True)
class _View:
    """How a page is rendered: ``width`` x ``height`` pixels.

    ``x = scale_x * points + shift_x``, likewise ``y``. Points are counted on the page as displayed, from its
    top left. ``coloured`` tells whether the page is a scan in colours.
    """

    width: int
    height: int
    scale_x: float
    scale_y: float
    shift_x: float = 0.0
    shift_y: float = 0.0
    coloured: bool = False


class PdfDocument:
    """The pages of a PDF, each rendered when it is asked for.

    A page that is one scan, and has nothing drawn over it that the scan's resolution would be too coarse for,
    comes pixel for pixel as it was scanned. A scan with different resolutions across and down (a fax) comes
    with square pixels at the higher of the two.

    Args:
        content: ``uint8`` (N,), the file.
        dpi: Resolution of the other pages, in dots per inch.
        max_megapixels: The most pixels of a page, or of a picture on it, in millions.

    Raises:
        SourceError: ``encrypted``, ``truncated`` or ``corrupt``; from ``read`` also ``too_large``.
    """

    def __init__(self, content: NDArray[np.uint8], dpi: int, max_megapixels: float) -> None:
        self._document = _open(content)
        self._dpi = dpi
        self._max_megapixels = max_megapixels
        self.count = _count_pages(self._document)
        if not self.count:
            self.close()
            raise SourceError("corrupt", "the PDF file has no pages")
        self.problem: SourceError | None = None
        if self.count < len(self._document):
            message = f"the PDF data is damaged: there is no page {self.count + 1}, but there should be"
            self.problem = SourceError("corrupt", message)

    def read(self, number: int) -> NDArray[np.uint8]:
        """Renders a page, ``uint8`` (H, W), grey, upright."""
        try:
            return _read_page(self._document, number - 1, self._dpi, self._max_megapixels)
        except pypdfium2.PdfiumError as error:
            raise SourceError("corrupt", "the PDF data of the page is damaged") from error

    def close(self) -> None:
        """Closes the file."""
        self._document.close()


def _open(content: NDArray[np.uint8]) -> Any:
    # PDFium reads the buffer in place; a mapped file is not copied.
    buffer = (ctypes.c_ubyte * len(content)).from_buffer(content.data)
    try:
        document = pypdfium2.PdfDocument(buffer)
    except pypdfium2.PdfiumError as error:
        message = str(error).lower()
        if "password" in message or "security" in message:
            raise SourceError(
                "encrypted", "the PDF is protected by a password; save it without one"
            ) from error
        _check_whole(content.data)
        raise SourceError("corrupt", "the PDF data is damaged: it cannot be opened") from error
    try:
        _check_whole(content.data)
    except SourceError:
        document.close()
        raise
    return document


def _count_pages(document: Any) -> int:
    """Counts the pages to the last one that there is: PDFium believes the number in a damaged file."""
    claimed = len(document)
    if not claimed or not _is_missing(document, claimed - 1):
        return claimed
    return bisect_left(range(claimed), True, key=lambda index: _is_missing(document, index))


def _is_missing(document: Any, index: int) -> bool:
    return not pdfium.FPDF_GetPageSizeByIndexF(document.raw, index, pdfium.FS_SIZEF())


def _check_whole(content: memoryview) -> None:
    """Refuses a PDF that was cut: PDFium repairs it as far as it goes, and gives pages that lack parts."""
    linearized = _LINEARIZED.search(content[:_TAIL])
    expected = int(linearized[1]) if linearized else 0
    end = len(content)
    # Some transfers pad the file with zeros.
    while end and content[end - 1] == 0:
        end -= 1
    if end < expected or b"%%EOF" not in bytes(content[max(end - _TAIL, 0) : end]):
        raise SourceError("truncated", "the PDF file ends before its end mark; it was not copied whole")


def _read_page(document: Any, index: int, dpi: int, max_megapixels: float) -> NDArray[np.uint8]:
    page = document[index]
    try:
        for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
            check_size(*_pixel_size(picture.raw), max_megapixels)
        width, height = page.get_size()
        view = _scan_view(page, dpi) or _plain_view(width, height, dpi / 72)
        check_size(view.width, view.height, max_megapixels)
        return _render(page, view)
    finally:
        page.close()


def _plain_view(width: float, height: float, scale: float, *, coloured: bool = False) -> _View:
    across, down = max(round(width * scale), 1), max(round(height * scale), 1)
    return _View(across, down, across / width, down / height, coloured=coloured)


def _scan_view(page: Any, dpi: int) -> _View | None:
    """Finds the view that renders a page's scan pixel for pixel; ``None`` for a page that is no scan."""
    scan: tuple[float, float, float, float] | None = None
    pixels = (0, 0)
    coloured = drawn_over = False
    left, bottom, right, top = _page_box(page)
    for item in page.get_objects(max_depth=1):
        if item.type != pdfium.FPDF_PAGEOBJ_IMAGE:
            drawn_over = drawn_over or _is_visible(item.raw)
            continue
        size = _pixel_size(item.raw)
        a, b, c, d, e, f = item.get_matrix().get()
        if abs(a * d) < abs(b * c):
            # The picture lies on its side: its rows run along the page's height.
            a, b, c, d, size = c, d, a, b, (size[1], size[0])
        straight = abs(b) <= _SKEWED * abs(d) and abs(c) <= _SKEWED * abs(a)
        box = (e + min(a, 0) + min(c, 0), f + min(b, 0) + min(d, 0), abs(a), abs(d))
        seen_across = min(box[0] + box[2], right) - max(box[0], left)
        seen_down = min(box[1] + box[3], top) - max(box[1], bottom)
        covering = min(seen_across, seen_down) > 0
        covering = covering and seen_across * seen_down >= _COVERED * (right - left) * (top - bottom)
        if straight and covering:
            # What lies under a scan does not matter.
            scan, pixels, drawn_over = box, size, False
            coloured = _is_coloured(item.raw, page.raw)
        else:
            drawn_over = True
    if scan is None:
        return None
    x, y, across, down = scan
    turn = page.get_rotation() // 90 % 4
    # The scan's left and top edges on the page as displayed.
    x_shown, y_shown = [
        (x - left, top - y - down),
        (y - bottom, x - left),
        (right - x - across, y - bottom),
        (top - y - down, right - x - across),
    ][turn]
    if turn % 2:
        across, down, pixels = down, across, (pixels[1], pixels[0])
    width, height = page.get_size()
    scale_x, scale_y = pixels[0] / across, pixels[1] / down
    scale = max(scale_x, scale_y)
    if drawn_over and scale * 72 < dpi:
        return None
    if abs(scale_x - scale_y) > _SQUARE * scale:
        return _plain_view(width, height, scale, coloured=coloured)
    shift_x, inner_x = _fit(x_shown, across, pixels[0])
    shift_y, inner_y = _fit(y_shown, down, pixels[1])
    across, down = max(round(width * scale_x), 1), max(round(height * scale_y), 1)
    return _View(across, down, inner_x, inner_y, shift_x, shift_y, coloured)


def _fit(start: float, length: float, pixels: int) -> tuple[float, float]:
    """Finds shift and scale that put an edge of ``length`` points just inside ``pixels`` whole pixels."""
    inner = (pixels - 2 * _INSET) / length
    return round(start * pixels / length) + _INSET - start * inner, inner


def _page_box(page: Any) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of what is displayed of a page, in points, before it is turned."""
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page.raw, box)
    return box.left, box.bottom, box.right, box.top


def _pixel_size(item: Any) -> tuple[int, int]:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(item, width, height)
    return width.value, height.value


def _is_coloured(item: Any, page: Any) -> bool:
    """Tells whether a picture is stored in more than shades of grey, or of a palette."""
    metadata = pdfium.FPDF_IMAGEOBJ_METADATA()
    pdfium.FPDFImageObj_GetImageMetadata(item, page, metadata)
    return bool(metadata.bits_per_pixel > 8)


def _is_visible(item: Any) -> bool:
    """Tells whether an object other than a picture leaves anything on the page."""
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_TEXT:
        # Text recognition lays the text it found, invisibly, over the scan.
        return pdfium.FPDFTextObj_GetTextRenderMode(item) not in _INVISIBLE_TEXT
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
        return bool(fill.value or stroke.value)
    if kind == pdfium.FPDF_PAGEOBJ_FORM:
        inner = range(pdfium.FPDFFormObj_CountObjects(item))
        return any(_is_visible(pdfium.FPDFFormObj_GetObject(item, index)) for index in inner)
    return True


def _render(page: Any, view: _View) -> NDArray[np.uint8]:
    kind = pdfium.FPDFBitmap_BGR if view.coloured else pdfium.FPDFBitmap_Gray
    bitmap = pypdfium2.PdfBitmap.new_native(view.width, view.height, kind)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap.raw, 0, 0, view.width, view.height, 0xFFFFFFFF)
        matrix = pdfium.FS_MATRIX(view.scale_x, 0, 0, view.scale_y, view.shift_x, view.shift_y)
        clip = pdfium.FS_RECTF(0, 0, view.width, view.height)
        # Annotations are part of what one sees: ink from a tablet, filled form fields.
        flags = pdfium.FPDF_ANNOT | (0 if view.coloured else pdfium.FPDF_GRAYSCALE)
        pdfium.FPDF_RenderPageBitmapWithMatrix(bitmap.raw, page.raw, matrix, clip, flags)
        samples = np.array(bitmap.to_numpy(), np.uint8).reshape(view.height, view.width, -1)
    finally:
        bitmap.close()
    return to_grey(samples) if view.coloured else samples[..., 0]
