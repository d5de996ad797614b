"""What bad paper, pens and scanners leave of a digit, a whole batch of crops at a time.

The reader's ink and crops even out most of what happens to a page, but not all: fine strokes break, loops
fill, edges turn ragged, rests of ruled lines stay. A classifier that has met such crops reads them better
and, as it knows which are hard, with truer probabilities (Hendrycks, Dietterich 2019, "Benchmarking neural
network robustness to common corruptions and perturbations"). All digits of a kind lie below each other in
one image, so that one call of OpenCV treats them all.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.crops import CROP_SIZE

_BLUR = 1.6
"""Standard deviation of the strongest blur in pixels."""

_LOW = (7, 14)
"""Pixels along a side, least and most, of a digit's whole crop at low resolution."""

_NOISE = 0.35
"""Standard deviation of the strongest noise along the edges of strokes, as a share of full ink."""

_FAINTEST = 0.35
"""Ink of the faintest stroke, as a share of full ink."""

_RULE = 2.0
"""Thickness of the thickest rest of a ruled line in pixels."""

Crops = NDArray[np.floating]
"""``(N, 28, 28)``, 0 for paper to 1 for ink."""


def degrade(crops: NDArray[np.uint8], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Spoil some crops of a batch, each in one way out of several.

    Args:
        crops: ``(N, 28, 28)``, 255 for ink.
        share: Of the crops that are spoilt, 0 to 1; the others stay as they are.
        rng: Source of randomness.

    Returns:
        ``(N, 28, 28)``, a new array.

    >>> digits = np.zeros((100, 28, 28), np.uint8)
    >>> digits[:, 6:22, 12:16] = 255
    >>> spoilt = degrade(digits, 0.5, np.random.default_rng(0))
    >>> int((spoilt != digits).any(axis=(1, 2)).sum()) in range(40, 51)  # some kinds spare a plain bar
    True
    """
    chosen = rng.permutation(len(crops))[: round(share * len(crops))]
    spoilt = crops.copy()
    for kind, which in zip(_KINDS, np.array_split(chosen, len(_KINDS)), strict=True):
        if len(which):
            ink = kind(crops[which].astype(np.float32) / 255, rng)
            spoilt[which] = np.round(np.clip(ink, 0, 1) * 255).astype(np.uint8)
    return spoilt


def _blurred(crops: Crops, rng: np.random.Generator) -> Crops:
    """Out of focus, then with more or less contrast, as a threshold that follows the page leaves it."""
    half, full = (_per_crop(cv2.GaussianBlur, crops, (0, 0), sigma) for sigma in (_BLUR / 2, _BLUR))
    amount = _draw(rng, len(crops), 0.3, 2.0)
    soft = np.where(
        amount < 1,
        crops + amount * (half - crops),
        half + (amount - 1) * (full - half),
    )
    return _threshold(soft, rng)


def _thicker(crops: Crops, rng: np.random.Generator) -> Crops:
    """Written with a felt pen."""
    one = _per_crop(cv2.dilate, crops, _disc(3))
    two = _per_crop(cv2.dilate, crops, _disc(5))
    amount = _draw(rng, len(crops), 0.5, 1.6)
    return np.where(amount < 1, crops + amount * (one - crops), one + (amount - 1) * (two - one))


def _thinner(crops: Crops, rng: np.random.Generator) -> Crops:
    """Written with a hard pencil: as thin as it can be without being lost."""
    thin = _per_crop(cv2.erode, crops, _disc(3))
    amount = _draw(rng, len(crops), 0.5, 1.0)
    thinned = crops + amount * (thin - crops)
    # Strokes of a pixel or two would vanish; what is left of the middle of a stroke is kept.
    ridge = np.where(crops >= _per_crop(cv2.dilate, crops, np.ones((1, 3), np.uint8)), crops, 0)
    return np.maximum(thinned, np.minimum(ridge, 0.8))


def _coarse(crops: Crops, rng: np.random.Generator) -> Crops:
    """Scanned at a resolution that hardly suffices."""
    count = len(crops)
    size = int(rng.integers(_LOW[0], _LOW[1] + 1))
    tall = crops.reshape(count * CROP_SIZE, CROP_SIZE)
    low = cv2.resize(tall, (size, count * size), interpolation=cv2.INTER_AREA)
    back = cv2.resize(low, (CROP_SIZE, count * CROP_SIZE), interpolation=cv2.INTER_CUBIC)
    high = np.asarray(back, np.float32).reshape(crops.shape)
    return _threshold(high, rng)


def _ragged(crops: Crops, rng: np.random.Generator) -> Crops:
    """Noise that the threshold turns into ragged edges, holes and specks."""
    noise = rng.standard_normal(crops.shape, np.float32) * _draw(rng, len(crops), 0.1, _NOISE)
    rough = _per_crop(cv2.GaussianBlur, crops + noise, (0, 0), 0.6)
    return (rough - 0.5) * _draw(rng, len(crops), 1.5, 4.0) + 0.5


def _faded(crops: Crops, rng: np.random.Generator) -> Crops:
    """Ink that fades along its strokes, down to breaking."""
    knots = rng.uniform(0, 1, (len(crops), 5, 5)).astype(np.float32)
    cover = np.stack([cv2.resize(k, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_CUBIC) for k in knots])
    faintest = _draw(rng, len(crops), _FAINTEST, 1.0)
    return crops * np.clip(faintest + (1 - faintest) * 1.6 * cover, 0, 1)


def _one_bit(crops: Crops, rng: np.random.Generator) -> Crops:
    """Scanned to black and white alone."""
    return (crops >= _draw(rng, len(crops), 0.25, 0.55)).astype(np.float32)


def _ruled(crops: Crops, rng: np.random.Generator) -> Crops:
    """With a rest of a ruled line, level or upright, under, beside or across the digit."""
    count = len(crops)
    place = _draw(rng, count, 1, CROP_SIZE - 2)
    tilt = _draw(rng, count, -0.05, 0.05)
    line = np.arange(CROP_SIZE, dtype=np.float32)
    distance = np.abs(line[None, :, None] - place - tilt * (line[None, None, :] - CROP_SIZE / 2))
    rule = np.clip(_draw(rng, count, 0.8, _RULE) / 2 + 0.5 - distance, 0, 1)
    start = _draw(rng, count, -10, CROP_SIZE - 6)
    rule *= (line[None, None, :] >= start) & (line[None, None, :] < start + _draw(rng, count, 6, 28))
    rule *= _draw(rng, count, 0.5, 1.0)
    upright = rng.random(count) < 0.4
    rule[upright] = rule[upright].transpose(0, 2, 1)
    return np.maximum(crops, rule)


_KINDS: tuple[Callable[[Crops, np.random.Generator], Crops], ...] = (
    _blurred,
    _thicker,
    _thinner,
    _coarse,
    _ragged,
    _faded,
    _one_bit,
    _ruled,
)


def _threshold(crops: Crops, rng: np.random.Generator) -> Crops:
    """Raise the contrast about a level, as a threshold that leaves edges grey does; paper stays paper."""
    level = _draw(rng, len(crops), 0.15, 0.5)
    return (crops - level) * _draw(rng, len(crops), 1.0, 3.0) + level


def _draw(rng: np.random.Generator, count: int, low: float, high: float) -> Crops:
    """One number for each crop, shaped to multiply it."""
    return rng.uniform(low, high, count).astype(np.float32)[:, None, None]


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _per_crop(filter: Callable[..., object], crops: Crops, *arguments: object) -> Crops:
    """Apply one of OpenCV's filters to all crops, which lie below each other with paper at their edges."""
    tall = crops.reshape(len(crops) * CROP_SIZE, CROP_SIZE)
    return np.asarray(filter(tall, *arguments), np.float32).reshape(crops.shape)
