"""Digits written with a pen on a tablet, in the UNIPEN text format that UCI keeps Pen-Based Digits in.

Guyon, Schomaker, Plamondon, Liberman, Janet (1994), "UNIPEN project of on-line data exchange and recognizer
benchmarks". A digit begins with ``.SEGMENT DIGIT <components> ? "<label>"``; its strokes are the pairs from
``.PEN_DOWN`` to ``.PEN_UP``, y upwards.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.crops import make_crop
from digitscan.data.digits import Digits, Part
from digitscan.errors import SourceError

PENS = (0.05, 0.09, 0.14)
"""Widths of the pens that each digit is drawn with, as shares of its longer side."""

_CANVAS = 96
"""Longer side of a drawn digit in pixels before it is normalised."""

_SEGMENT = re.compile(r'\.SEGMENT\s+DIGIT\s+\S+\s+\S+\s+"(\d)"')

Strokes = list[NDArray[np.float64]]
"""Polylines, ``(points, 2)`` each, x to the right and y upwards."""

PenDigit = tuple[Strokes, int]
"""A digit as it was written, and which it is."""


def is_unipen(path: Path) -> bool:
    """Whether a file, packed with gzip or not, begins as UNIPEN text does: with a keyword after a dot."""
    with _open(path) as file:
        return file.read(64).lstrip().startswith(b".")


def load_strokes(path: Path) -> list[PenDigit]:
    """Read pen-written digits as they are.

    Args:
        path: A UNIPEN file, packed with gzip or not.

    Returns:
        Strokes and label of each, in the order of the file, which is writer by writer.

    Raises:
        SourceError: The file cannot be read, holds no digits, or something else than numbers between its
            keywords.
    """
    try:
        with _open(path) as file:
            text = file.read().decode("latin-1")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError("corrupt", f"{path}: the gzip data is damaged or cut off") from error
    return parse_unipen(text, str(path))


def parse_unipen(text: str, name: str) -> list[PenDigit]:
    r"""Find the strokes and the label of each digit.

    Args:
        text: UNIPEN text.
        name: What messages call it.

    Raises:
        SourceError: There are no digits, or something else than numbers between the keywords.

    >>> text = '.SEGMENT DIGIT 0 ? "7"\n.PEN_DOWN\n 0 9\n 5 9\n 1 0\n.PEN_UP'
    >>> strokes, label = parse_unipen(text, "seven")[0]
    >>> label, strokes[0].shape
    (7, (3, 2))
    """
    digits: list[PenDigit] = []
    points: list[list[float]] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        segment = _SEGMENT.match(line)
        if segment:
            digits.append(([], int(segment[1])))
        elif line.startswith(".PEN_DOWN"):
            points = []
        elif line.startswith("."):
            if points and digits:
                digits[-1][0].append(np.array(points))
            points = None
        elif points is not None and line.strip():
            try:
                x, y = map(float, line.split())
            except ValueError as error:
                raise SourceError(
                    "unsupported_format", f"{name}: line {number}: not a pair of coordinates"
                ) from error
            points.append([x, y])
    digits = [digit for digit in digits if digit[0]]
    if not digits:
        raise SourceError("unsupported_format", f"{name}: holds no digits in UNIPEN format")
    return digits


def draw_digits(digits: Sequence[PenDigit], part: Part, *, pens: Sequence[float] = PENS) -> Digits | None:
    """Draw pen-written digits, each with one or several pens.

    Args:
        digits: What ``load_strokes`` gives; at least one.
        part: ``train`` or ``test``; a file of strokes is not split, all its digits are for training.
        pens: Widths of the pens, as shares of a digit's longer side.

    Returns:
        ``(N, 28, 28)`` ``uint8`` images like MNIST's, ``len(pens)`` of each digit in turn, and their
        ``(N,)`` labels; None for the test part.
    """
    if part == "test":
        return None
    images = [draw_strokes(strokes, pen) for strokes, _ in digits for pen in pens]
    labels = [label for _, label in digits for _ in pens]
    return Digits(np.stack(images), np.array(labels, np.uint8))


def draw_strokes(strokes: Strokes, pen: float) -> NDArray[np.uint8]:
    """Draw a digit with a round pen.

    Args:
        strokes: Polylines, ``(points, 2)``, x to the right and y upwards.
        pen: Width of the pen as a share of the digit's longer side.

    Returns:
        ``(28, 28)`` ``uint8`` image normalised as MNIST's are, ink light on dark.
    """
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    scale = _CANVAS / max(float((high - low).max()), 1.0)
    width = max(1, round(pen * _CANVAS))
    margin = width + 2
    size = np.ceil((high - low) * scale).astype(int) + 2 * margin
    canvas = np.zeros((size[1], size[0]), np.uint8)
    for stroke in strokes:
        across = (stroke[:, 0] - low[0]) * scale + margin
        down = (high[1] - stroke[:, 1]) * scale + margin
        points = np.round(np.stack([across, down], axis=1) * 16).astype(np.int32)  # sixteenths of a pixel
        cv2.polylines(canvas, [points], False, 255, width, cv2.LINE_AA, shift=4)
    return np.round(make_crop(canvas) * 255).astype(np.uint8)


def _open(path: Path) -> gzip.GzipFile:
    """Open a file for reading, unpacked when it is packed with gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]
