"""From sources to the digits that they show, some hundred pictures at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.classify.finding import find_digit
from digitscan.classify.records import DigitResult
from digitscan.crops import make_crop
from digitscan.errors import SourceError
from digitscan.results import ErrorRecord
from digitscan.sources import Source, open_pages

_TOGETHER = 256
"""Pictures whose crops go through the network together."""


class _Seen(NamedTuple):
    """A picture before it is classified: the crops of all ways to see its digit, and their weights."""

    source: str
    page: int
    crops: tuple[NDArray[np.float32], ...]
    priors: tuple[float, ...]


def classify_sources(
    sources: Iterable[Source], classifier: Classifier, *, dpi: int = 300, max_megapixels: float = 200.0
) -> Iterator[DigitResult]:
    """Tell what digit each page of each source shows.

    Args:
        sources: Pictures of one digit a page.
        classifier: Names the crops.
        dpi: Resolution at which pages of a PDF are drawn.
        max_megapixels: Larger pages are refused.

    Yields:
        One result a page, in order. What cannot be read is a result with its ``error``, after the pages
        that were fine; so is a page without ink, with the code ``no_ink``.
    """
    waiting: list[_Seen | DigitResult] = []
    for source in sources:
        for seen in _look_at(source, dpi, max_megapixels):
            waiting.append(seen)
            if len(waiting) == _TOGETHER:
                yield from _classified(waiting, classifier)
                waiting.clear()
    yield from _classified(waiting, classifier)


def _look_at(source: Source, dpi: int, max_megapixels: float) -> Iterator[_Seen | DigitResult]:
    """Find the digit on each page of a source."""
    try:
        for page in open_pages(source, dpi=dpi, max_megapixels=max_megapixels):
            found = find_digit(page.image)
            crops = [(make_crop(way.density), way.prior) for way in found]
            crops = [(crop, prior) for crop, prior in crops if crop.any()]
            if crops:
                yield _Seen(source.name, page.number, *zip(*crops, strict=True))
            else:
                cause = ErrorRecord(code="no_ink", message="no digit found: there is no ink on the picture")
                yield DigitResult(source=source.name, page=page.number, error=cause)
    except SourceError as error:
        yield DigitResult(source=source.name, error=ErrorRecord(code=error.code, message=error.message))


def _classified(waiting: Sequence[_Seen | DigitResult], classifier: Classifier) -> Iterator[DigitResult]:
    """Classify all crops in one batch."""
    crops = [crop for seen in waiting if isinstance(seen, _Seen) for crop in seen.crops]
    given = classifier.classify(np.array(crops, np.float32).reshape(-1, 28, 28))
    start = 0
    for seen in waiting:
        if isinstance(seen, DigitResult):
            yield seen
            continue
        rows = given[start : start + len(seen.crops), :10].astype(np.float64)
        start += len(seen.crops)
        # A network that knows what is no digit tells so in the classes after the ten.
        digits = rows[int((rows.max(axis=1) * seen.priors).argmax())]
        probabilities = tuple(float(share) for share in digits / max(digits.sum(), 1e-12))
        yield DigitResult(
            source=seen.source,
            page=seen.page,
            digit=int(digits.argmax()),
            confidence=max(probabilities),
            probabilities=probabilities,
        )
