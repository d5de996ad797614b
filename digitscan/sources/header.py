"""What is known of a picture before it is decoded, and the limit on its size."""

from __future__ import annotations

from dataclasses import dataclass

from digitscan.errors import SourceError


@dataclass(frozen=True)
class Header:
    """What a file says of its picture.

    Attributes:
        width: Pixels of a row, as stored (before ``orientation`` is applied).
        height: Rows, as stored.
        orientation: How to turn the stored picture upright: the EXIF/TIFF value, 1 to 8.
        transparent: The grey value (in the decoded samples) that stands for "no ink"; ``None`` for none.
        has_alpha: Whether a fourth channel, where there is one, is opacity rather than padding.
        components: What a JPEG stores of each pixel: 1 grey, 3 colours, 4 CMYK; 0 for other formats.
        has_all_data: Whether the file is long enough to hold a picture of this size.
        channels: Samples of a pixel in a PNG of plain bits or bytes: 1 grey, 3 colours, 4 those and opacity;
            0 for PNGs of other kinds and other formats.
        bits: Of each of these samples, 8 or 1.
    """

    width: int
    height: int
    orientation: int = 1
    transparent: int | None = None
    has_alpha: bool = True
    components: int = 0
    has_all_data: bool = True
    channels: int = 0
    bits: int = 8


def check_size(width: int, height: int, max_megapixels: float) -> None:
    """Refuses a page that has no pixels or too many.

    Args:
        width: Pixels of a row.
        height: Rows.
        max_megapixels: The most pixels allowed, in millions.

    Raises:
        SourceError: ``corrupt`` for an empty page, ``too_large`` for one over the limit.

    Examples:
        >>> check_size(2480, 3508, max_megapixels=200)
        >>> check_size(100_000, 100_000, max_megapixels=200)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        digitscan.errors.SourceError: the page has 100000 x 100000 pixels (10000.0 megapixels), ...
    """
    if width < 1 or height < 1:
        raise SourceError("corrupt", f"the page claims to have {width} x {height} pixels")
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        raise SourceError(
            "too_large",
            f"the page has {width} x {height} pixels ({megapixels:.1f} megapixels), over the limit of "
            f"{max_megapixels:g}; raise it with --max-megapixels",
        )
