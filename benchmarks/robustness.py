"""Spoil pictures of MNIST's test digits in twelve ways and classify them as ``digitscan classify`` does.

Usage: python benchmarks/robustness.py [--data mnist.npz] [--count N] [--model DIR] [--montage FILE.png]

Each digit is drawn as dark ink on light paper, three times as large as in MNIST: the digit is up to 60 pixels
high, the picture 84. Each corruption is as strong as it can be while a person still reads the digits at a
glance; ``--montage`` draws the first twenty digits under each of them to show that. The way goes from the
pixels of a picture file over finding the digit and its crop to the network.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, pairwise
from pathlib import Path

import cv2
import numpy as np
from measuring import (
    INK,
    PAPER,
    add_data,
    add_model,
    classify_pictures,
    load_classifier,
    make_parser,
    positive,
    run,
    write_montage,
)
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from digitscan.data import load_test

SEED = 20240611
TIMES = 3
SIZE = 28 * TIMES
"""Width and height of a picture in pixels."""

BLUR = 4.5
"""Standard deviation of the blur in pixels: over half of a usual stroke, which is eight pixels wide."""

FINE = 3
"""Width of a fine pen in pixels."""

THICK = 3
"""Pixels by which thick strokes are wider, on each side."""

LOW = 16
"""Width and height of a picture of low resolution: its digit is up to 11 pixels high."""

QUALITY = 8
"""Of JPEG, of 100."""

NOISE = 50
"""Standard deviation of the noise, of 255."""

DEGREES = 10
SHEAR = 0.3
"""Pixels to the side for each pixel down."""

RULE = 2.5
"""Thickness of a rule in pixels, a third of a usual stroke's."""

FADED = 0.25
"""Contrast of faded ink."""

TEXTURE = 60
"""Grey levels by which the darkest lines of a texture lie below the paper."""

Ink = NDArray[np.float32]
"""``(84, 84)`` ink of a digit, 0 for none to 1 for full ink."""

Picture = NDArray[np.uint8]
"""``(84, 84)`` grey picture, or ``(16, 16)`` of low resolution."""

Rng = np.random.Generator

_AROUND = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
"""How to roll a picture so that the neighbours of its pixels come to lie on them, from the top clockwise."""


def enlarge(digit: NDArray[np.uint8]) -> Ink:
    """Enlarge a digit ``(28, 28)`` of MNIST."""
    large = cv2.resize(digit, None, fx=TIMES, fy=TIMES, interpolation=cv2.INTER_CUBIC)
    return large.astype(np.float32) / 255


def print_dark(ink: Ink) -> Picture:
    """Print ink, dark on light paper."""
    return to_grey(PAPER - ink * (PAPER - INK))


def to_grey(values: NDArray[np.floating]) -> Picture:
    """Round to grey levels, as a scanner does."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def clean(ink: Ink, rng: Rng) -> Picture:
    """As it is."""
    return print_dark(ink)


def blur(ink: Ink, rng: Rng) -> Picture:
    """Out of focus."""
    return np.asarray(cv2.GaussianBlur(print_dark(ink), (0, 0), BLUR), np.uint8)


def thin(ink: Ink, rng: Rng) -> Picture:
    """Written with a fine pen, along the middle of the strokes; what fills a loop still does."""
    way = find_middle(ink > 0.5).astype(np.float32)
    fine = cv2.dilate(way, cv2.getStructuringElement(cv2.MORPH_CROSS, (FINE, FINE)))
    blots = cv2.erode(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * FINE + 1, 2 * FINE + 1)))
    return print_dark(np.asarray(cv2.GaussianBlur(cv2.max(fine, blots), (0, 0), 0.5), np.float32))


def find_middle(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin strokes to lines of one pixel that hang together as they did.

    Zhang, Suen (1984), "A fast parallel algorithm for thinning digital patterns": pixels on the edges are
    taken away in turns, from the lower right and from the upper left, while their neighbours hang together.
    """
    lines, idle = np.pad(inked, 1), 0
    for lower_right in cycle((True, False)):
        around = [np.roll(lines, way, axis=(0, 1)) for way in _AROUND]
        top, right, bottom, left = around[::2]
        count = np.sum(around, axis=0)
        parts = np.sum([~one & other for one, other in pairwise((*around, top))], axis=0)
        spared = right & bottom & (top | left) if lower_right else left & top & (bottom | right)
        taken = lines & (count >= 2) & (count <= 6) & (parts == 1) & ~spared
        lines &= ~taken
        idle = 0 if taken.any() else idle + 1
        if idle == 2:
            break
    return lines[1:-1, 1:-1]


def thick(ink: Ink, rng: Rng) -> Picture:
    """Written with a felt pen."""
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * THICK + 1, 2 * THICK + 1))
    return print_dark(np.asarray(cv2.dilate(ink, pen), np.float32))


def low_resolution(ink: Ink, rng: Rng) -> Picture:
    """Scanned with few pixels."""
    return np.asarray(cv2.resize(print_dark(ink), (LOW, LOW), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(ink: Ink, rng: Rng) -> Picture:
    """Kept as a small JPEG file."""
    _, data = cv2.imencode(".jpg", print_dark(ink), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def noise(ink: Ink, rng: Rng) -> Picture:
    """Photographed in the dark."""
    return to_grey(print_dark(ink) + NOISE * rng.standard_normal(ink.shape))


def rotation(ink: Ink, rng: Rng) -> Picture:
    """Turned to one side or the other about its middle."""
    middle = (SIZE - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), float(DEGREES * rng.choice((-1, 1))), 1)
    return print_dark(np.asarray(cv2.warpAffine(ink, turn, (SIZE, SIZE)), np.float32))


def shear(ink: Ink, rng: Rng) -> Picture:
    """Slanted to one side or the other."""
    slant = SHEAR * rng.choice((-1, 1))
    across = np.array([[1, slant, -slant * (SIZE - 1) / 2], [0, 1, 0]])
    return print_dark(np.asarray(cv2.warpAffine(ink, across, (SIZE, SIZE)), np.float32))


def rule_line(ink: Ink, rng: Rng) -> Picture:
    """With a printed rule that comes in from one side, under the digit or through it, and ends within it."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.5), np.flatnonzero(ink.max(axis=0) > 0.5)
    share = 1.0 if rng.random() < 0.5 else rng.uniform(0.3, 0.8)
    level = rows[0] + share * (rows[-1] - rows[0])
    end = columns[0] + rng.uniform(0.3, 0.7) * (columns[-1] - columns[0])
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    rule = np.clip(RULE / 2 + 0.5 - np.abs(y - level), 0, 1) * np.clip(end - x + 0.5, 0, 1)
    if rng.random() < 0.5:
        rule = np.clip(RULE / 2 + 0.5 - np.abs(y - level), 0, 1) - rule
    return print_dark(np.maximum(ink, rule).astype(np.float32))


def faded(ink: Ink, rng: Rng) -> Picture:
    """Hardly any ink left, under a light from one side."""
    return to_grey(PAPER * shade(rng) * (1 - FADED * ink))


def shade(rng: Rng) -> NDArray[np.float32]:
    """Light that falls from full to six tenths across the picture, in any direction."""
    direction = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) / (SIZE - 1) - 0.5
    along = (x * np.cos(direction) + y * np.sin(direction)) / np.sqrt(2) + 0.5
    return np.asarray(0.6 + 0.4 * along, np.float32)


def inverted(ink: Ink, rng: Rng) -> Picture:
    """Light ink on dark paper."""
    return np.asarray(cv2.bitwise_not(print_dark(ink)), np.uint8)


def texture(ink: Ink, rng: Rng) -> Picture:
    """On paper with stains and fine wavy lines, as cheques and certificates have."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    direction, start = rng.uniform(0, 2 * np.pi, 2)
    along, across = (
        x * np.cos(direction) + y * np.sin(direction),
        y * np.cos(direction) - x * np.sin(direction),
    )
    waves = 0.5 + 0.5 * np.sin(2 * np.pi * (across + 2.5 * np.sin(along / 7 + start)) / 7)
    stains = cv2.resize(rng.random((6, 6)), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    paper = PAPER - TEXTURE * (0.6 * waves**3 + 0.4 * stains)
    return to_grey(paper - ink * (paper - INK))


CORRUPTIONS: dict[str, Callable[[Ink, Rng], Picture]] = {
    "blur": blur,
    "thin": thin,
    "thick": thick,
    "low resolution": low_resolution,
    "JPEG": jpeg,
    "noise": noise,
    "rotation": rotation,
    "shear": shear,
    "partial rule": rule_line,
    "faded": faded,
    "inverted": inverted,
    "texture behind": texture,
}


def draw_all(
    digits: NDArray[np.uint8], corruption: Callable[[Ink, Rng], Picture], number: int
) -> list[Picture]:
    """Draw digits under one corruption, the same ones each time.

    Args:
        digits: ``(N, 28, 28)``.
        corruption: What befalls them.
        number: Its number, which the random stream begins with.

    Returns:
        N pictures; the first of them do not depend on N.
    """
    rng = np.random.default_rng([SEED, number])
    return [corruption(enlarge(digit), rng) for digit in digits]


def draw_montage(digits: NDArray[np.uint8], path: Path) -> None:
    """Draw the first twenty digits, a row for each corruption, into a PNG file.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = []
    for number, corruption in enumerate((clean, *CORRUPTIONS.values())):
        pictures = draw_all(digits[:20], corruption, number)
        rows.append(
            np.hstack([cv2.resize(each, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST) for each in pictures])
        )
    write_montage(rows, path)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = make_parser(__doc__)
    add_data(parser)
    add_model(parser)
    parser.add_argument("--count", type=positive, default=10_000, help="how many of the test digits")
    parser.add_argument("--montage", type=Path, help="PNG file to draw the first digits into")
    arguments = parser.parse_args()
    classifier = load_classifier(arguments.model)
    test = load_test([arguments.data])
    images, labels = test.images[: arguments.count], test.labels[: arguments.count]
    if arguments.montage:
        draw_montage(images, arguments.montage)
    table = Table("corruption", "accuracy", "points lost", title=f"{len(labels):,} digits")
    right: list[float] = []
    every = {"clean": clean, **CORRUPTIONS}
    for number, name in enumerate(track(every, console=Console(stderr=True), transient=True)):
        found = classify_pictures(draw_all(images, every[name], number), classifier)
        right.append(float(np.mean(found == labels)))
        table.add_row(name, f"{right[-1]:.2%}", f"{(right[0] - right[-1]) * 100:.2f}")
    mean = float(np.mean(right[1:]))
    table.add_section()
    table.add_row("mean of the twelve", f"{mean:.2%}", f"{(right[0] - mean) * 100:.2f}")
    Console().print(table)


if __name__ == "__main__":
    run(main)
