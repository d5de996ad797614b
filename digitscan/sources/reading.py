"""From a source to its pages, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from digitscan.errors import SourceError
from digitscan.options import MAX_MEGAPIXELS
from digitscan.sources.document import Document, open_document
from digitscan.sources.records import Page, Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def open_pages(source: Source, *, dpi: int = 300, max_megapixels: float = MAX_MEGAPIXELS) -> Iterator[Page]:
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
        SourceError: What ``open_document`` raises, or ``too_large``; also in the middle of a document, after
            the pages that were fine.
    """
    with closing(open_document(source, dpi=dpi, max_megapixels=max_megapixels)) as document:
        for number in range(1, document.count + 1):
            yield Page(number, _read(document, number))
        if document.problem is not None:
            raise document.problem


def _read(document: Document, number: int) -> NDArray[np.uint8]:
    """Decode a page; where there are several, an error tells which it is of."""
    try:
        return document.read(number)
    except SourceError as error:
        if document.count == 1:
            raise
        raise SourceError(error.code, f"page {number}: {error.message}") from error
