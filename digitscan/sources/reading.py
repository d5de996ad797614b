"""From a source to its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from digitscan.errors import SourceError
from digitscan.sources.bmp import read_bmp_header
from digitscan.sources.content import Format, identify, open_content
from digitscan.sources.header import Header, check_size
from digitscan.sources.jpeg import read_jpeg_header
from digitscan.sources.png import read_png_header
from digitscan.sources.records import Page, Source
from digitscan.sources.webp import read_webp_header

_HEADER_READERS: dict[Format, Callable[[memoryview], Header]] = {
    Format.PNG: read_png_header,
    Format.JPEG: read_jpeg_header,
    Format.BMP: read_bmp_header,
    Format.WEBP: read_webp_header,
}


def open_pages(source: Source, *, dpi: int = 300, max_megapixels: float = 200.0) -> Iterator[Page]:
    """Reads the pages of a source, each when it is asked for; none is kept.

    The content decides the format, not the name. Pictures are turned upright as their file says, laid on
    white where they are transparent, and made grey: by luminance, or in the light in which the printing of a
    form in a drop-out colour vanishes. A PDF page that is one scan comes at the scan's own
    resolution.

    Args:
        source: What to read.
        dpi: Resolution at which other pages of a PDF are rendered, in dots per inch.
        max_megapixels: The most pixels of a page, in millions; larger ones are refused before they are
            decoded.

    Yields:
        The pages in order, from number 1.

    Raises:
        SourceError: The source's ``problem``, or ``not_found``, ``permission_denied``, ``not_a_file``,
            ``unreadable``, ``empty_file``, ``unsupported_format``, ``too_large``, ``truncated``, ``corrupt``
            or ``encrypted``; also in the middle of a document, after the pages that were fine.
    """
    if source.problem is not None:
        raise source.problem
    for number, image in enumerate(_read_images(source, dpi, max_megapixels), start=1):
        yield Page(number, image)


def _read_images(source: Source, dpi: int, max_megapixels: float) -> Iterator[NDArray[np.uint8]]:
    content = open_content(source)
    kind = identify(content.data)
    # PDFium and OpenCV are loaded by the first document that needs them.
    if kind is Format.PDF:
        from digitscan.sources.pdf import read_pdf_pages

        return read_pdf_pages(content, dpi, max_megapixels)
    if kind is Format.TIFF:
        from digitscan.sources.tiff import read_tiff_pages

        return read_tiff_pages(content, max_megapixels)
    return iter([_read_picture(kind, content, max_megapixels)])


def _read_picture(kind: Format, content: NDArray[np.uint8], max_megapixels: float) -> NDArray[np.uint8]:
    from digitscan.sources.raster import decode, to_grey, upright

    header = _HEADER_READERS[kind](content.data)
    check_size(header.width, header.height, max_megapixels)
    if not header.has_all_data:
        raise _damaged(kind)
    # A JPEG's CMYK is taken as inverted, as Adobe and all after it write it.
    samples = decode(content, grey=header.components == 4)
    if samples.shape[:2] != (header.height, header.width):
        raise _damaged(kind)
    grey = to_grey(samples, has_alpha=header.has_alpha)
    if header.transparent is not None and samples.ndim == 2:
        grey[samples == header.transparent] = 255
    return upright(grey, header.orientation)


def _damaged(kind: Format) -> SourceError:
    return SourceError(
        "corrupt", f"the {kind.value} data is damaged: the picture is not of the size that it says"
    )
