"""Readers of whole pages beside ours: where each finds digits on a page, and which of them are in a field."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from peers import keep_digits

Page = NDArray[np.uint8]


class Digit(NamedTuple):
    """A digit that was read, and the middle of where it is on the page."""

    text: str
    x: float
    y: float


ReadPages = Callable[[Sequence[Page]], list[list[Digit]]]
"""Reads grey pages ``(H, W)`` with all cores."""


def open_rapidocr() -> ReadPages:
    """Open RapidOCR: detection, direction and recognition, page after page, each with all cores.

    Raises:
        ImportError: It is not installed.
    """
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})

    def read(page: Page) -> list[Digit]:
        found = engine(page, return_word_box=True, return_single_char_box=True)
        digits = []
        for line in found.word_results or ():
            for text, _, corners in line:
                x, y = np.mean(corners, axis=0)
                digits += [Digit(text, float(x), float(y))] if keep_digits(text) else []
        return digits

    return lambda pages: [read(page) for page in pages]


def open_tesseract() -> ReadPages:
    """Open Tesseract for sparse text of digits alone: a process for each page, as many as cores at a time.

    Raises:
        ImportError: The package is not installed.
        OSError: The program is not.
    """
    import pytesseract

    pytesseract.get_tesseract_version()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    options = "--psm 11 -c tessedit_char_whitelist=0123456789"

    def read(page: Page) -> list[Digit]:
        digits = []
        for line in pytesseract.image_to_boxes(page, config=options).splitlines():
            text, left, bottom, right, top, _ = line.split(" ")
            x, y = (int(left) + int(right)) / 2, len(page) - (int(bottom) + int(top)) / 2
            digits += [Digit(text, x, y)] if keep_digits(text) else []
        return digits

    def read_all(pages: Sequence[Page]) -> list[list[Digit]]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(read, pages))

    return read_all


def open_peers() -> dict[str, ReadPages]:
    """Open the readers that are installed; say which are not."""
    readers: dict[str, ReadPages] = {}
    for name, open_peer in {"RapidOCR": open_rapidocr, "Tesseract": open_tesseract}.items():
        try:
            readers[name] = open_peer()
        except (ImportError, OSError):
            print(f"{name} is not installed: left out", file=sys.stderr)
    return readers


def find_text(digits: Sequence[Digit], corners: NDArray[np.float64]) -> str:
    """Give the digits within a field, along it.

    Args:
        digits: Of the page.
        corners: ``(4, 2)`` of the field on the page, clockwise from its top left.

    >>> box = np.array([(0, 0), (10, 0), (10, 4), (0, 4)], np.float64)
    >>> find_text([Digit("3", 8, 2), Digit("7", 2, 3), Digit("9", 2, 5)], box)
    '73'
    """
    outline = corners.astype(np.float32)
    within = [digit for digit in digits if cv2.pointPolygonTest(outline, (digit.x, digit.y), False) >= 0]
    along = corners[1] - corners[0]
    return "".join(each.text for each in sorted(within, key=lambda digit: along @ (digit.x, digit.y)))
