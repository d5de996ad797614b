"""An opened source: how many pages it has, and each of them when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from digitscan.errors import SourceError
from digitscan.options import MAX_MEGAPIXELS
from digitscan.sources.bmp import read_bmp_header
from digitscan.sources.content import Format, identify, open_content
from digitscan.sources.header import Header, check_size
from digitscan.sources.jpeg import read_jpeg_header
from digitscan.sources.png import read_png_header
from digitscan.sources.records import Source
from digitscan.sources.webp import read_webp_header

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HEADER_READERS: dict[Format, Callable[[memoryview], Header]] = {
    Format.PNG: read_png_header,
    Format.JPEG: read_jpeg_header,
    Format.BMP: read_bmp_header,
    Format.WEBP: read_webp_header,
}


class Document(Protocol):
    """The pages of a source; none is kept."""

    @property
    def count(self) -> int:
        """Pages that there are, at least 1."""

    @property
    def problem(self) -> SourceError | None:
        """What is wrong behind the last of these pages; None for a whole document."""

    def read(self, number: int) -> NDArray[np.uint8]:
        """Decode a page.

        Args:
            number: Which, from 1 to ``count``, in any order.

        Returns:
            ``(H, W)`` grey and upright; 0 is black.

        Raises:
            SourceError: The page cannot be read; others may.
        """

    def close(self) -> None:
        """Let go of the file; nothing can be read after that."""


def open_document(source: Source, *, dpi: int = 300, max_megapixels: float = MAX_MEGAPIXELS) -> Document:
    """Opens a source, whose content decides the format, not the name.

    Args:
        source: What to read.
        dpi: Resolution at which pages of a PDF that are no scans are rendered, in dots per inch.
        max_megapixels: The most pixels of a page, in millions; larger ones are refused before they are
            decoded.

    Raises:
        SourceError: The source's ``problem``, or ``not_found``, ``permission_denied``, ``not_a_file``,
            ``unreadable``, ``empty_file``, ``unsupported_format``, ``truncated``, ``corrupt`` or
            ``encrypted``.
    """
    if source.problem is not None:
        raise source.problem
    content = open_content(source)
    kind = identify(content.data)
    # PDFium and OpenCV are loaded by the first document that needs them.
    if kind is Format.PDF:
        from digitscan.sources.pdf import PdfDocument

        return PdfDocument(content, dpi, max_megapixels)
    if kind is Format.TIFF:
        from digitscan.sources.tiff import TiffDocument

        return TiffDocument(content, max_megapixels)
    return _Picture(kind, content, max_megapixels)


class _Picture:
    """A file of one picture."""

    count = 1
    problem = None

    def __init__(self, kind: Format, content: NDArray[np.uint8], max_megapixels: float) -> None:
        self._kind = kind
        self._content = content
        self._max_megapixels = max_megapixels

    def read(self, number: int) -> NDArray[np.uint8]:
        from digitscan.sources.raster import decode, decode_png, to_grey, upright

        header = _HEADER_READERS[self._kind](self._content.data)
        check_size(header.width, header.height, self._max_megapixels)
        if not header.has_all_data:
            raise self._damaged()
        samples = decode_png(self._content, header) if header.channels else None
        if samples is None:
            # A JPEG's CMYK is taken as inverted, as Adobe and all after it write it.
            samples = decode(self._content, grey=header.components == 4)
        if samples.shape[:2] != (header.height, header.width):
            raise self._damaged()
        grey = to_grey(samples, has_alpha=header.has_alpha)
        if header.transparent is not None and samples.ndim == 2:
            grey[samples == header.transparent] = 255
        return upright(grey, header.orientation)

    def close(self) -> None:
        """The file is let go with the object."""

    def _damaged(self) -> SourceError:
        message = f"the {self._kind.value} data is damaged: the picture is not of the size that it says"
        return SourceError("corrupt", message)
