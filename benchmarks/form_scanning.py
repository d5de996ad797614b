"""What a bad scan makes of the pages of ``scanned_forms.py``, and where it moves them."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from form_texts import Rng
from numpy.typing import NDArray

ANGLE, SHIFT, SCALE, PERSPECTIVE = 5.0, 0.03, (0.9, 1.1), 0.02
"""Degrees to either side; shares of the page to either side; scale; by how much of the page corners move."""

KEPT = 0.04
"""The scan shows all of the page but this share at each of its edges, or more."""

BLUR, NOISE, QUALITY = 1.0, (2.0, 8.0), 40
"""Most blur in pixels and the noise in grey levels, as standard deviations; quality of the JPEG."""

PAPER, PRINT, DARKER = (225, 250), (20, 60), 0.3
"""Grey of paper and of print: from, to; by how much of it light falls off across the scan at the most."""

BEHIND = (110, 200)
"""Grey of a scanner's lid that is not white."""


class Scan(NamedTuple):
    """A scan.

    Attributes:
        data: It as a JPEG file.
        matrix: ``(3, 3)`` from the pixels of the page to those of the scan, of homogeneous x and y; a pixel's
            middle is at whole numbers.
    """

    data: bytes
    matrix: NDArray[np.float64]

    def decode(self) -> NDArray[np.uint8]:
        """Decode the file, in grey."""
        picture = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        return np.asarray(picture, np.uint8)


def scan(page: NDArray[np.uint8], quarters: int, rng: Rng) -> Scan:
    """Scan a page badly.

    Args:
        page: ``(H, W)`` grey, on white.
        quarters: Quarter turns, clockwise as seen, by which it was laid wrong.
        rng: Of all that is random.
    """
    height, width = page.shape
    matrix, size = place((width, height), quarters, rng)
    paper, ink = rng.uniform(*PAPER), rng.uniform(*PRINT)
    behind = paper + 4 if rng.random() < 0.5 else rng.uniform(*BEHIND)
    sheet = ink + page.astype(np.float32) * ((paper - ink) / 255)
    if rng.random() < 0.5:  # the edge of the sheet throws a shadow
        cv2.rectangle(sheet, (0, 0), (width - 1, height - 1), rng.uniform(0.6, 0.9) * behind, 2)
    seen = cv2.warpPerspective(sheet, matrix, size, flags=cv2.INTER_LINEAR, borderValue=behind)
    seen = cv2.GaussianBlur(seen, (0, 0), max(0.1, rng.uniform(0, BLUR))) * light(size, rng)
    seen += np.float32(rng.uniform(*NOISE)) * rng.standard_normal(seen.shape, np.float32)
    picture = np.clip(np.round(seen), 0, 255).astype(np.uint8)
    return Scan(cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes(), matrix)


def place(size: tuple[int, int], quarters: int, rng: Rng) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Lay a page on a scanner.

    Args:
        size: Width and height of the page, and of the scanner where that is enough.
        quarters: Quarter turns, clockwise as seen.
        rng: Of the place.

    Returns:
        The map from the page to the scan, and the width and height of the scan.
    """
    page = np.array(size, np.float64)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * page
    moved = corners + rng.uniform(-PERSPECTIVE, PERSPECTIVE, (4, 2)) * page
    bent = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    bed = page[::-1] if quarters % 2 else page
    angle, scale = rng.uniform(-ANGLE, ANGLE) - 90 * quarters, rng.uniform(*SCALE)
    turned = np.vstack([cv2.getRotationMatrix2D((page / 2).tolist(), angle, scale), (0, 0, 1)])
    matrix = shift((bed - page) / 2 + rng.uniform(-SHIFT, SHIFT, 2) * bed) @ turned @ bent
    inner = corners + (page / 2 - corners) * 2 * KEPT
    shown = cv2.perspectiveTransform(inner.reshape(-1, 1, 2), matrix).reshape(-1, 2)
    low = np.minimum(0, np.floor(shown.min(axis=0)))
    high = np.maximum(bed, np.ceil(shown.max(axis=0)))
    width, height = (high - low).astype(int).tolist()
    return shift(-low) @ matrix, (width, height)


def shift(by: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the matrix of a shift."""
    return np.array([(1, 0, by[0]), (0, 1, by[1]), (0, 0, 1)], np.float64)


def light(size: tuple[int, int], rng: Rng) -> NDArray[np.float32]:
    """Make light that falls off to one side, and has soft clouds."""
    width, height = size
    direction = rng.uniform(0, 2 * np.pi)
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    along = (np.float32(np.cos(direction)) * x + np.float32(np.sin(direction)) * y) / np.float32(np.sqrt(2))
    clouds = cv2.resize(rng.normal(0, 0.01, (8, 6)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(1 - np.float32(rng.uniform(0, DARKER)) * (along + 1) / 2 + clouds, np.float32)
