"""Ink: what is written on a page, told from paper, light and texture.

The light on the paper is estimated by a grey closing and divided out; a threshold between ink and paper is
then found where the two meet, by the method of Otsu (1979), "A threshold selection method from gray-level
histograms", applied to the pixels around edges only: on a page the paper outnumbers the ink a hundred to
one, beside an edge they are even.

That serves one kind of ink. A pencil's grain breaks at the middle between ink and paper, so there the
threshold is lowered where the paper is clean. What is fainter than the threshold and away from the ink, such
as pencil on a form in black print, is looked at by itself in the same way, and is ink too unless it is
texture, printed lines or writing that shows through from the back: that is blurred by the paper (Sharma 2001,
"Show-through cancellation in scans of duplex printed documents"). Texture that no threshold parts from what
is written over it is found last (``texture.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.bands import inked_bands
from digitscan.bilevel import is_bilevel, is_binary
from digitscan.light import flatten_light, square
from digitscan.sampling import SampledRows, count_levels, row_step, some_rows
from digitscan.straightening import Straightening
from digitscan.strokes import straight_lines, stroke_width
from digitscan.texture import Strokes, find_written

FAINTEST_INK = 24
"""Darkness below the paper, of 255, under which nothing counts as ink."""

LEAST_EDGE = 100
"""Pixels of clear edge from which on a page has ink; a small image needs a hundredth of its pixels."""

HALO = 0.4
"""Darkness, as a share of the threshold, below which the grey around a stroke is paper."""

USUAL_INK = 0.75
"""Share of the ink that is no darker than full ink."""

_CROWDED = 0.25
"""Ink that covers more of the page than this share is mostly texture where its darkest half covers less than
half of that."""

_SHOWS_TEXTURE = 40
"""Pictures with a shorter side of less than this many pixels are too small to tell texture from strokes."""

_GRAINY = 0.03
"""Ink is grainy when gaps of a pixel or two within it make up this share of it."""

_LOWERED = 0.65
"""The threshold of grainy ink, as a share of the usual one."""

_CLEAN = 0.5
"""Paper is clean when nearly all of it is less dark than this share of the threshold."""

_NEARLY_ALL = 0.98

_WEAKEST_EDGE = FAINTEST_INK // 2
"""Edges along which darkness rises by less than this are not looked at."""

_SPARSE = 0.15
"""Texture covers more of the paper than this share; faint writing covers less."""

_FAINTER = 0.25
"""Faint ink is at least this share as dark as the usual one."""

_SHARP = 0.75
"""Share of its darkness by which the edge of a sharp stroke rises within three pixels."""

_RULED = 0.35
"""Faint ink with more than this share of it in straight lines is the printing of a form."""

_RESAMPLED = (16, 100, 240)
"""What is left of no ink, of as much as counts as ink, and of full ink, where a page was turned or scaled:
thin strokes lose some of their darkness to the pixels beside them."""


@dataclass(frozen=True)
class Ink:
    """What is written on a page.

    Attributes:
        levels: ``(H, W)`` ``uint8``, its density, or 255 less that.
        stroke: The usual width of the strokes in pixels; 0 on a blank page.
        is_binary: Whether the levels are known to be all 0 and 255, as those of a page of one bit are.
        is_negative: Whether they are 255 less the density, as those of a page of black on white are: that is
            its own ink, and is not copied before it is straightened.
    """

    levels: NDArray[np.uint8]
    stroke: float
    is_binary: bool = False
    is_negative: bool = False

    @cached_property
    def density(self) -> NDArray[np.uint8]:
        """``(H, W)`` ``uint8``, 0 for paper to 255 for full ink, with the grey edges of strokes."""
        return np.asarray(cv2.bitwise_not(self.levels), np.uint8) if self.is_negative else self.levels

    @property
    def mask(self) -> NDArray[np.uint8]:
        """``(H, W)`` ``uint8``, 255 where the density is 128 or more, which is ink, and 0 elsewhere.

        Made anew each time, as most of what looks for ink looks at the rows with ink alone; a binary page is
        its own mask.
        """
        return self.density if self.is_binary else _at_least(self.density, 128)


class _Strokes(NamedTuple):
    """One kind of ink on a flattened page: pen, pencil or print.

    Attributes:
        threshold: Darkness between it and paper.
        full: Darkness of full ink.
        sharpness: Share of its usual darkness by which its clearest edges rise within three pixels.
        share: Of the looked-at pixels that are ink.
    """

    threshold: int
    full: int
    sharpness: float
    share: float


def find_ink(grey: NDArray[np.uint8]) -> Ink:
    """Tell ink from paper.

    Args:
        grey: ``(H, W)`` page or field, ink darker than paper or, on an inverted page, lighter.

    Returns:
        The ink. Nothing fainter than ``FAINTEST_INK`` counts, so that a blank page has none.

    >>> page = np.full((40, 60), 230, np.uint8)
    >>> page[10:30, 20:24] = 30
    >>> ink = find_ink(page)
    >>> int((ink.mask > 0).sum()), ink.stroke
    (80, 4.0)
    """
    dark = _as_dark_ink(grey)
    if is_bilevel(dark):
        return Ink(dark, stroke_width(dark, is_negative=True), is_binary(dark), is_negative=True)
    # Of a small picture all paper counts.
    return _ink(_as_density(flatten_light(dark, FAINTEST_INK if row_step(dark) > 1 else 0)))


def straightened(ink: Ink, straightening: Straightening) -> Ink:
    """Straighten the ink of a page, which is less work than to find that of the straightened page."""
    density = straightening.apply(ink.levels, beyond=0, negate=ink.is_negative)
    if not straightening.resamples:
        return Ink(density, ink.stroke, ink.is_binary)
    levels = np.interp(np.arange(256), _RESAMPLED, (0, 128, 255)).round().astype(np.uint8)
    return _ink(cv2.LUT(density, levels))


def _ink(density: NDArray[np.uint8]) -> Ink:
    return Ink(density, stroke_width(density))


def _as_dark_ink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn a page of light ink on dark paper into one of dark ink on light paper.

    Paper is what there is most of, so the median is paper. Where it is dark, ink is what strays from its
    surroundings: lighter than them on an inverted page, which the sign of the third moment tells.
    """
    sample = np.ascontiguousarray(grey[:: max(1, grey.shape[0] // 500), :: max(1, grey.shape[1] // 500)])
    if np.count_nonzero(sample < 128) <= sample.size / 2:
        return grey
    window = min(31, min(sample.shape) // 2 * 2 + 1)
    strays = sample.astype(np.float64) - cv2.medianBlur(sample, window)
    return cv2.bitwise_not(grey) if np.sum(strays**3) > 0 else grey


def _as_density(flattened: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn a flattened page, in its place, into the density of its ink, of one kind or of two."""
    rows = SampledRows(flattened, row_step(flattened))
    edges = rows.look(_edges, 2, _WEAKEST_EDGE)
    usual = _find_strokes(rows, edges, None)
    if usual is None:
        return np.zeros_like(flattened)
    reach = 2 + round(_mean_width(rows, usual.threshold) / 4)
    away = cv2.bitwise_not(_near(rows, usual.threshold, reach))
    faint = _find_strokes(rows, cv2.bitwise_and(edges, away), away)
    fainter = None
    if faint is not None and _may_be_written(faint, usual):
        fainter = _fainter_density(flattened, rows, usual, faint, reach)
    stretch = _stretch(usual, _lowered(usual, rows, rows.levels))
    written = None
    if min(flattened.shape) >= _SHOWS_TEXTURE:
        middle = (usual.threshold + usual.full) // 2
        pen = Strokes(middle, _mean_width(rows, middle) + 1)
        written = find_written(flattened, rows, pen)
    for band in inked_bands(rows.darkest):
        cv2.LUT(flattened[band], stretch, dst=flattened[band])
    if fainter is not None:
        cv2.max(flattened, fainter, dst=flattened)
    return flattened if written is None else cv2.bitwise_and(flattened, written, dst=flattened)


def _fainter_density(
    flattened: NDArray[np.uint8], rows: SampledRows, usual: _Strokes, faint: _Strokes, reach: int
) -> NDArray[np.uint8] | None:
    """Density of the ink that is fainter than the usual one and out of its reach; None for a form's lines."""
    away = _away(flattened, usual.threshold, reach)
    own = cv2.bitwise_and(flattened, away)
    if _is_form(_at_least(own, faint.threshold)):
        return None
    own_rows, within = SampledRows(own, rows.step), some_rows(away, rows.step)
    stretch = _stretch(faint, _lowered(faint, own_rows, rows.levels, within))
    # Grains of the faint ink may be as dark as the usual one; only what is clearly darker has a halo.
    beside = _away(flattened, (usual.full + faint.full) // 2, reach)
    return cv2.bitwise_and(cv2.LUT(flattened, stretch), beside)


def _away(flattened: NDArray[np.uint8], threshold: int, reach: int) -> NDArray[np.uint8]:
    """Where there is no ink, from a threshold on, within reach."""
    return np.asarray(cv2.bitwise_not(cv2.dilate(_at_least(flattened, threshold), square(reach))), np.uint8)


def _near(rows: SampledRows, threshold: int, reach: int) -> NDArray[np.uint8]:
    """Where in some rows there is ink within reach."""
    return _at_least(rows.look(lambda page: cv2.dilate(page, square(reach)), reach, threshold), threshold)


def _edges(flattened: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How far darkness rises within three pixels."""
    # The mean of nine pixels takes the edges out of noise and leaves those of strokes.
    return cv2.morphologyEx(cv2.blur(flattened, (3, 3)), cv2.MORPH_GRADIENT, square(1))


def _mean_width(rows: SampledRows, threshold: int) -> float:
    """``mean_width`` of the strokes from a threshold on, by some rows."""
    area = cv2.countNonZero(_at_least(rows.levels, threshold))
    inner = rows.look(lambda page: cv2.erode(page, square(1)), 1, threshold)
    return 2 * area / max(1, area - cv2.countNonZero(_at_least(inner, threshold)))


def _find_strokes(
    rows: SampledRows, edges: NDArray[np.uint8], within: NDArray[np.uint8] | None
) -> _Strokes | None:
    """The darkest ink in some rows of a page, or within a part of them; None where there is none.

    ``edges`` is how far darkness rises within three pixels, 0 outside of the part.
    """
    levels, step = rows.levels, rows.step
    histogram = count_levels(edges, least=FAINTEST_INK)
    least = min(LEAST_EDGE, max(4.0, 0.01 * step * edges.size)) / step
    strongest = 255 - int(np.searchsorted(np.cumsum(histogram[::-1]), least))
    if strongest < FAINTEST_INK:
        return None
    near = _at_least(edges, max(_WEAKEST_EDGE, strongest // 3))
    threshold = max(_otsu(count_levels(levels, near)), FAINTEST_INK // 2)
    histogram = count_levels(levels, within, threshold)
    if within is None and min(step * len(levels), levels.shape[1]) >= _SHOWS_TEXTURE:
        threshold = _without_texture(histogram, threshold)
    inked = np.cumsum(histogram[threshold:])
    if not inked[-1]:
        return None
    usual, full = (threshold + int(np.searchsorted(inked, inked[-1] * share)) for share in (0.5, USUAL_INK))
    return _Strokes(threshold, full, strongest / usual, float(inked[-1] / histogram.sum()))


def _without_texture(histogram: NDArray[np.float64], threshold: int) -> int:
    """The threshold of the ink alone, where the one given may be that of ink and texture together.

    A second threshold is found among the pixels above the first, as in Nina, Morse, Barrett (2011), "A
    recursive Otsu thresholding method for scanned document binarization". It would part the thick strokes
    of a small picture into their edges and the rest, but there the rest is most of them.
    """
    covered = histogram[threshold:].sum()
    if covered <= _CROWDED * histogram.sum():
        return threshold
    higher = _otsu(np.where(np.arange(256) >= threshold, histogram, 0))
    return higher if 2 * histogram[higher:].sum() <= covered else threshold


def _may_be_written(faint: _Strokes, usual: _Strokes) -> bool:
    """Whether ink fainter than the usual one is neither texture nor show-through."""
    if faint.share > _SPARSE or faint.full < _FAINTER * usual.full:
        return False
    return faint.sharpness >= min(_SHARP, usual.sharpness)


def _is_form(mask: NDArray[np.uint8]) -> bool:
    """Whether ink is the printed lines of a form."""
    return cv2.countNonZero(straight_lines(mask)) > _RULED * cv2.countNonZero(mask)


def _stretch(strokes: _Strokes, threshold: int) -> NDArray[np.uint8]:
    """Density by darkness, ``(256,)``: paper and its texture become 0, the threshold 128, full ink 255."""
    full = max(strokes.full, threshold + 1)
    levels = np.interp(np.arange(256), (HALO * threshold, threshold, full), (0, 128, 255))
    return np.round(levels).astype(np.uint8)


def _lowered(
    strokes: _Strokes, own: SampledRows, levels: NDArray[np.uint8], within: NDArray[np.uint8] | None = None
) -> int:
    """The threshold of ink, lowered where it is grainy and the paper clean, so that its gaps close.

    Args:
        strokes: The ink.
        own: Rows of the page where the ink is, and of paper elsewhere.
        levels: The same rows of the whole page.
        within: 255 for the pixels of them where the ink is; None for all.
    """
    lowered = max(round(_LOWERED * strokes.threshold), FAINTEST_INK // 2)
    inked = _at_least(own.levels, strokes.threshold)
    closed = _at_least(own.look(_closed, 2, strokes.threshold), strokes.threshold)
    grey = cv2.countNonZero(cv2.bitwise_and(cv2.bitwise_xor(closed, inked), _at_least(levels, lowered)))
    if grey < _GRAINY * cv2.countNonZero(inked):
        return strokes.threshold
    paper = cv2.bitwise_not(_near(own, strokes.threshold, 3))
    if within is not None:
        paper = cv2.bitwise_and(paper, within)
    stained = cv2.bitwise_and(paper, _at_least(levels, int(_CLEAN * strokes.threshold) + 1))
    is_clean = cv2.countNonZero(stained) <= (1 - _NEARLY_ALL) * cv2.countNonZero(paper)
    return lowered if is_clean else strokes.threshold


def _closed(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make gaps of a pixel or two as dark as what is beside them."""
    return np.asarray(cv2.morphologyEx(page, cv2.MORPH_CLOSE, square(1)), np.uint8)


def _otsu(histogram: NDArray[np.float64]) -> int:
    """The last level of the lower of the two classes that differ most."""
    below = np.cumsum(histogram, dtype=np.float64)
    sums = np.cumsum(histogram * np.arange(256), dtype=np.float64)
    both = below * (below[-1] - below)
    apart = np.square(sums[-1] * below - sums * below[-1]) / np.maximum(both, 1e-9)
    return int(np.argmax(np.where(both > 0, apart, 0)))


def _at_least(values: NDArray[np.uint8], least: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.threshold(values, least - 1, 255, cv2.THRESH_BINARY)[1], np.uint8)
