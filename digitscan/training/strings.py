"""Synthetic strings: digits written side by side, put through the reader's own ink and segmentation.

What the classifier meets in a field is not digits alone: it is every candidate of the segmentation, pieces
and merges of digits, separators and dirt among them. Here strings are drawn from single digits whose ink is
known pixel by pixel, so that each candidate can be labelled by whose ink it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.crops import make_crops
from digitscan.ink import find_ink
from digitscan.rules import find_rules, remove_rules
from digitscan.segmentation import Candidate, segment
from digitscan.training.distort import distort

NOISE = 10
"""Class of separators, dirt and letters: whole things that are no digits."""

PART = 11
"""Class of pieces and merges of digits."""

_WHOLE = 0.85
"""A candidate with this share of a digit's ink holds that digit."""

_FOREIGN = 0.12
"""With more ink of other digits than this share of its own, a candidate is a merge."""

_DIRT = 0.25
"""With more dirt or separator than this share of its own ink too; a digit on a rest of a rule is still that
digit."""

_LETTERS = "ACDEFGHJKLMNPQRTUVWXYabcdefhkmnprtuvwxyz"
"""Letters that do not look like a digit."""

_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


_PRINTED = 0.1
"""Share of strings that are printed rather than written."""


@dataclass(frozen=True)
class DrawnString:
    """A drawn string.

    Attributes:
        page: ``(H, W)`` ``uint8``, grey as a scanner gives it.
        owners: ``(H, W)`` ``uint8``, whose ink: 0 nobody's, 1 .. n the digit's place, 255 no digit's.
        text: The n digits.
    """

    page: NDArray[np.uint8]
    owners: NDArray[np.uint8]
    text: str


def draw_string(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], rng: np.random.Generator
) -> DrawnString:
    """Draw a string of 1 to 8 digits as a scanned field.

    Args:
        images: ``(N, 28, 28)`` digits, ink light on dark as in MNIST.
        labels: ``(N,)`` their classes, 0 to 9.
        rng: Source of randomness: which digits, how written, on what paper.

    Returns:
        The field and whose ink is where.
    """
    height = int(rng.integers(24, 72))
    picked = rng.integers(0, len(images), int(rng.integers(1, 9)))
    ink = np.zeros((3 * height, (len(picked) + 3) * int(1.6 * height)), np.uint8)
    owners = np.zeros_like(ink)
    hand = _Hand.draw(height, rng)
    x = rng.uniform(0.1, 1.0) * height
    base = 2.0 * height
    text = ""
    for place, index in enumerate(picked, 1):
        if rng.random() < hand.separators and text:
            x = _stamp(
                ink,
                owners,
                _separator(height, rng),
                x + 0.06 * height,
                base,
                255,
                rng.uniform(-0.05, 0.2) * height,
            )
            x += rng.uniform(-0.02, 0.15) * height
        digit = _print(str(labels[index]), hand) if hand.printed else _write(images[index], hand, rng)
        x = _stamp(ink, owners, digit, x, base, place, rng.normal(0, 0.05) * height) + hand.gap(rng)
        text += str(labels[index])
    if rng.random() < 0.25:
        x = _stamp(
            ink, owners, _separator(height, rng), x + 0.1 * height, base, 255, rng.uniform(-0.3, 0.2) * height
        )
    if rng.random() < 0.12:
        x = _stamp(ink, owners, _letters(height, rng), x + rng.uniform(0.05, 0.5) * height, base, 255, 0.0)
    width = min(ink.shape[1], int(x + rng.uniform(0.1, 1.0) * height))
    top = int(base - rng.uniform(1.15, 1.8) * height)
    bottom = int(base + rng.uniform(0.1, 0.6) * height)
    ink, owners = _dirt(ink, owners, base, height, rng)
    part = np.s_[top:bottom, :width]
    return DrawnString(_scan(ink[part], rng), owners[part], text)


def draw_prose(rng: np.random.Generator) -> DrawnString:
    """Draw a word of letters, which holds no digit."""
    height = int(rng.integers(24, 72))
    word = np.pad(_letters(height, rng), height // 3)
    return DrawnString(_scan(word, rng), np.where(word > 0, 255, 0).astype(np.uint8), "")


def label_candidates(drawn: DrawnString) -> tuple[list[Candidate], list[int]]:
    """Segment a drawn string as the reader does, and label each candidate by whose ink it holds.

    Returns:
        Candidates and their classes: 0 to 9 for a whole digit and nothing else, ``NOISE``, ``PART``.
        Candidates in between are left out.
    """
    ink = find_ink(drawn.page)
    density = remove_rules(ink.density, find_rules(ink.mask, ink.stroke))
    totals = np.bincount(drawn.owners[density >= 128], minlength=256)
    kept, classes = [], []
    for candidate in segment(density).candidates:
        label = _label(candidate, drawn, totals)
        if label is not None:
            kept.append(candidate)
            classes.append(label)
    return kept, classes


def string_examples(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, seed: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Draw ``count`` strings and give the crops and classes of the candidates of each.

    Args:
        images: ``(N, 28, 28)`` ``uint8`` digits.
        labels: ``(N,)`` their classes.
        count: Strings to draw; one in eight is a word of letters.
        seed: The same seed draws the same strings.

    Yields:
        ``(M, 28, 28)`` crops and ``(M,)`` classes of one string.
    """
    rng = np.random.default_rng(seed)
    for _ in range(count):
        drawn = draw_prose(rng) if rng.random() < 0.125 else draw_string(images, labels, rng)
        candidates, classes = label_candidates(drawn)
        yield make_crops([candidate.density for candidate in candidates]), np.array(classes, np.int64)


def _label(candidate: Candidate, drawn: DrawnString, totals: NDArray[np.int64]) -> int | None:
    x, y, width, _ = candidate.box
    scale = candidate.density.shape[1] / width
    rows = np.minimum(
        (y + (np.arange(candidate.density.shape[0]) + 0.5) / scale).astype(int), drawn.owners.shape[0] - 1
    )
    columns = np.minimum(
        (x + (np.arange(candidate.density.shape[1]) + 0.5) / scale).astype(int), drawn.owners.shape[1] - 1
    )
    inked = candidate.density >= 128
    if not inked.any():
        return None
    shares = np.bincount(drawn.owners[np.ix_(rows, columns)][inked], minlength=256) / scale**2
    digits, others = shares[1:255], shares[255] + shares[0]
    best = int(digits.argmax())
    if digits.sum() < 0.1 * others:
        return NOISE
    if digits.sum() < 0.5 * others:
        return None
    whole = digits[best] / max(totals[best + 1], 1)
    foreign = (digits.sum() - digits[best]) / digits[best] / _FOREIGN + shares[255] / digits[best] / _DIRT
    if whole >= _WHOLE and foreign <= 0.7:
        return int(drawn.text[best])
    if whole >= _WHOLE - 0.1 and foreign <= 1.0:
        return None  # nearly a digit: neither a good example of one nor of a part
    return PART


@dataclass(frozen=True)
class _Hand:
    """How one writer writes one string."""

    height: int
    slant: float
    pen: float
    tight: float
    separators: float
    font: int
    printed: bool

    @classmethod
    def draw(cls, height: int, rng: np.random.Generator) -> _Hand:
        return cls(
            height,
            rng.normal(0.05, 0.2),
            rng.uniform(-0.05, 0.06),
            rng.choice([-0.12, -0.04, 0.03, 0.12, 0.3]),
            rng.choice([0.0, 0.12]),
            int(rng.choice(_FONTS)),
            bool(rng.random() < _PRINTED),
        )

    def gap(self, rng: np.random.Generator) -> float:
        """Paper between this digit and the next, in pixels; overlaps are negative."""
        return float(rng.normal(self.tight, 0.08)) * self.height


def _write(digit: NDArray[np.uint8], hand: _Hand, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One digit in the string's hand, cut to its ink."""
    x, y, width, height = cv2.boundingRect(digit)
    scale = hand.height * float(np.exp(rng.normal(0, 0.1))) / max(height, 0.6 * width)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    large = cv2.resize(digit[y : y + height, x : x + width], size, interpolation=cv2.INTER_CUBIC)
    margin = hand.height // 2
    large = np.pad(large, margin)
    large = distort(large, rng)
    shear = np.array([[1, -hand.slant, hand.slant * large.shape[0] / 2], [0, 1, 0]], np.float32)
    large = cv2.warpAffine(large, shear, (large.shape[1], large.shape[0]), flags=cv2.INTER_LINEAR)
    return _cut(large)


def _print(digit: str, hand: _Hand) -> NDArray[np.uint8]:
    """One digit in the string's font, cut to its ink."""
    pen = max(1, round(hand.height * (0.09 + hand.pen)))
    scale = cv2.getFontScaleFromHeight(hand.font, hand.height, pen)
    (width, rise), drop = cv2.getTextSize(digit, hand.font, scale, pen)
    mark = np.zeros((rise + drop + 2 * pen, width + 2 * pen), np.uint8)
    cv2.putText(mark, digit, (pen, rise + pen), hand.font, scale, 255, pen, cv2.LINE_AA)
    return _cut(mark)


def _cut(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    x, y, width, height = cv2.boundingRect(np.where(image >= 64, image, 0))
    return image[y : y + max(1, height), x : x + max(1, width)]


def _stamp(
    ink: NDArray[np.uint8],
    owners: NDArray[np.uint8],
    mark: NDArray[np.uint8],
    x: float,
    base: float,
    owner: int,
    drop: float,
) -> float:
    """Put a mark on the field, its foot at ``base + drop``; return where its right side is."""
    height, width = mark.shape
    left = max(0, round(x))
    top = max(0, round(base + drop - height))
    part = np.s_[top : top + height, left : left + width]
    mark = mark[: ink[part].shape[0], : ink[part].shape[1]]
    owners[part] = np.where((mark > 64) & (mark > ink[part]), owner, owners[part])
    ink[part] = np.maximum(ink[part], mark)
    return float(left + width)


def _separator(height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A dot, comma, dash or pair of dashes, as high as it is above the base line."""
    pen = max(2, round(height * rng.uniform(0.06, 0.16)))
    kind = rng.choice(["dot", "comma", "dash", "equals"], p=[0.5, 0.2, 0.2, 0.1])
    if kind == "dot":
        mark = np.zeros((pen + 2, pen + 2), np.uint8)
        cv2.ellipse(
            mark,
            (pen // 2 + 1, pen // 2 + 1),
            (pen // 2, max(1, int(pen * 0.4))),
            0,
            0,
            360,
            255,
            -1,
            cv2.LINE_AA,
        )
    elif kind == "comma":
        length = max(4, round(height * rng.uniform(0.15, 0.35)))
        mark = np.zeros((length + pen, length + pen), np.uint8)
        cv2.line(
            mark, (int(length * rng.uniform(0.4, 1.0)), pen // 2), (pen // 2, length), 255, pen, cv2.LINE_AA
        )
    else:
        length = max(4, round(height * rng.uniform(0.3, 0.9)))
        rise = max(pen, round(height * rng.uniform(0.35, 0.55)))
        mark = np.zeros((rise + pen, length + pen), np.uint8)
        tilt = round(height * rng.uniform(-0.06, 0.06))
        rows = (
            (pen // 2 + abs(tilt),)
            if kind == "dash"
            else (pen // 2 + abs(tilt), pen // 2 + abs(tilt) + round(0.2 * height))
        )
        for row in rows:
            cv2.line(mark, (pen // 2, row), (length, row + tilt), 255, pen, cv2.LINE_AA)
    return mark


def _letters(height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A few letters, in one of OpenCV's stroke fonts."""
    word = "".join(rng.choice(list(_LETTERS), int(rng.integers(1, 8))))
    font = int(rng.choice(_FONTS))
    pen = max(1, round(height * rng.uniform(0.05, 0.14)))
    scale = cv2.getFontScaleFromHeight(font, height, pen)
    (width, rise), drop = cv2.getTextSize(word, font, scale, pen)
    mark = np.zeros((rise + drop + 2 * pen, width + 2 * pen), np.uint8)
    cv2.putText(mark, word, (pen, rise + pen), font, scale, 255, pen, cv2.LINE_AA)
    margin = height // 2
    return _cut(distort(np.pad(mark, margin), rng)) if rng.random() < 0.7 else mark


def _dirt(
    ink: NDArray[np.uint8], owners: NDArray[np.uint8], base: float, height: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Specks, and what is left of a printed rule, on the field."""
    dirt = np.zeros_like(ink)
    for _ in range(rng.poisson(1.5)):
        centre = (
            int(rng.integers(0, ink.shape[1])),
            int(rng.integers(int(base - 1.5 * height), int(base + 0.4 * height))),
        )
        cv2.circle(
            dirt,
            centre,
            int(rng.integers(0, max(2, height // 16))),
            int(rng.integers(90, 256)),
            -1,
            cv2.LINE_AA,
        )
    if rng.random() < 0.15:
        y = (
            int(base + rng.uniform(-0.1, 0.35) * height)
            if rng.random() < 0.7
            else int(base - rng.uniform(1.05, 1.4) * height)
        )
        thick = int(rng.integers(1, max(2, height // 14) + 1))
        x = 0
        while x < ink.shape[1]:
            run = int(rng.exponential(2.0) * height) + 2
            cv2.line(
                dirt,
                (x, y),
                (x + run, y + round(run * rng.normal(0, 0.01))),
                int(rng.integers(120, 256)),
                thick,
            )
            x += run + int(rng.exponential(0.7) * height)
    owners = np.where((dirt > 64) & (dirt > ink), 255, owners).astype(np.uint8)
    return np.maximum(ink, dirt), owners


def _scan(ink: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Scan ink from paper: tone, light, texture, blur and noise, or one bit."""
    shape = ink.shape
    if rng.random() < 0.25:
        return np.where(ink >= 128, 0, 255).astype(np.uint8)
    paper = rng.uniform(150, 250)
    dark = rng.uniform(0.45, 0.95) * paper
    light = 1 + rng.uniform(-0.12, 0.12) * np.linspace(-1, 1, shape[1])[None, :]
    grey = paper * light - ink.astype(np.float32) / 255 * dark
    if rng.random() < 0.5:
        ys, xs = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        wave = xs * rng.normal(0, 0.6) + ys * rng.uniform(0.3, 1.3) + 2 * np.sin(xs * rng.uniform(0.02, 0.15))
        grey -= np.clip(np.sin(wave), 0.2, 1) * rng.uniform(0.02, 0.25) * dark
    if rng.random() < 0.7:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 1.4))
    grey += rng.normal(0, rng.uniform(0.5, 7), shape)
    return np.clip(grey, 0, 255).astype(np.uint8)
