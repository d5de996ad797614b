"""From pictures of digits to what they are, some hundred pictures at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.classify.records import DigitResult
from digitscan.classify.seeing import Way, see_digit
from digitscan.errors import SourceError
from digitscan.options import MAX_MEGAPIXELS
from digitscan.results import ErrorRecord
from digitscan.sources import Source, open_pages

if TYPE_CHECKING:
    from digitscan.data import Digits

_TOGETHER = 256
"""Pictures whose crops go through the network together."""

_THUMBNAIL = 256
"""Longest side in pixels of what is kept of a picture for people to look at."""


class Sight(NamedTuple):
    """A picture before it is classified.

    Attributes:
        source: What results call it.
        page: The page within the source, from 1.
        label: What digit it is, where that is known.
        picture: ``(H, W)`` ``uint8``, at most 256 pixels wide and high.
        ways: The ways to see its digit, at least one.
    """

    source: str
    page: int
    label: int | None
    picture: NDArray[np.uint8]
    ways: list[Way]


class Classified(NamedTuple):
    """What became of a picture.

    Attributes:
        result: The digit, or why there is none.
        picture: The picture of the sight; None without a digit.
        crop: ``(28, 28)`` ``float32``, the crop that the digit was told from; None without a digit.
    """

    result: DigitResult
    picture: NDArray[np.uint8] | None = None
    crop: NDArray[np.float32] | None = None


def see_sources(
    sources: Iterable[Source], *, dpi: int = 300, max_megapixels: float = MAX_MEGAPIXELS
) -> Iterator[Sight | DigitResult]:
    """Find the digit on each page of each source.

    Args:
        sources: Pictures of one digit a page.
        dpi: Resolution at which pages of a PDF are drawn.
        max_megapixels: Larger pages are refused.

    Yields:
        One a page, in order. What cannot be read is a result with its ``error``, after the pages that were
        fine; so is a page without ink, with the code ``no_ink``.
    """
    for source in sources:
        try:
            for page in open_pages(source, dpi=dpi, max_megapixels=max_megapixels):
                ways = see_digit(page.image)
                if ways:
                    yield Sight(source.name, page.number, None, _thumbnail(page.image), ways)
                else:
                    cause = ErrorRecord(
                        code="no_ink", message="no digit found: there is no ink on the picture"
                    )
                    yield DigitResult(source=source.name, page=page.number, error=cause)
        except SourceError as error:
            yield DigitResult(source=source.name, error=ErrorRecord(code=error.code, message=error.message))


def see_items(name: str, digits: Digits, indices: Iterable[int]) -> Iterator[Sight]:
    """Look at some items of labelled digits, which are crops already.

    Args:
        name: What results call the digits; an item has its number behind a ``#``.
        digits: The digits.
        indices: Which ones, from 0.
    """
    for index in indices:
        image = digits.images[index]
        way = Way((image / 255).astype(np.float32), 1.0)
        yield Sight(f"{name}#{index}", 1, int(digits.labels[index]), image, [way])


def classify(sights: Iterable[Sight | DigitResult], classifier: Classifier) -> Iterator[Classified]:
    """Tell what digits were seen.

    Args:
        sights: What ``see_sources`` or ``see_items`` gives.
        classifier: Names the crops.

    Yields:
        One for each sight, in order; results among them are passed on.
    """
    waiting = iter(sights)
    while some := list(islice(waiting, _TOGETHER)):
        yield from _classified(some, classifier)


def classify_sources(sources: Iterable[Source], classifier: Classifier) -> Iterator[DigitResult]:
    """Tell what digit each page of each source shows: ``see_sources``, then ``classify``."""
    return (classified.result for classified in classify(see_sources(sources), classifier))


def _classified(sights: Sequence[Sight | DigitResult], classifier: Classifier) -> Iterator[Classified]:
    """Classify all crops in one batch."""
    crops = [way.crop for sight in sights if isinstance(sight, Sight) for way in sight.ways]
    given = classifier.classify(np.array(crops, np.float32).reshape(-1, 28, 28))
    start = 0
    for sight in sights:
        if isinstance(sight, DigitResult):
            yield Classified(sight)
            continue
        rows = given[start : start + len(sight.ways), :10].astype(np.float64)
        start += len(sight.ways)
        # A network that knows what is no digit tells so in the classes after the ten.
        best = int((rows.max(axis=1) * [way.prior for way in sight.ways]).argmax())
        digits = rows[best]
        probabilities = tuple(float(share) for share in digits / max(digits.sum(), 1e-12))
        result = DigitResult(
            source=sight.source,
            page=sight.page,
            label=sight.label,
            digit=int(digits.argmax()),
            confidence=max(probabilities),
            probabilities=probabilities,
        )
        yield Classified(result, sight.picture, sight.ways[best].crop)


def _thumbnail(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = _THUMBNAIL / max(grey.shape)
    if scale >= 1:
        return grey
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
