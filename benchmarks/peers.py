"""Readers of one line: ours, and the engines beside it where they are installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from measuring import load_classifier
from numpy.typing import NDArray

from digitscan.options import Layout
from digitscan.reader import Reader


class Answer(NamedTuple):
    """What a reader read: digits, and its confidence in them from 0 to 1, if it tells."""

    text: str
    confidence: float | None


Read = Callable[[NDArray[np.uint8]], Answer]
"""Reads a grey picture ``(H, W)`` of one line."""


def open_digitscan(model: Path | None) -> Read:
    """Open the reader that is measured, as ``digitscan read --layout field`` does."""
    reader = Reader(load_classifier(model), layout=Layout.FIELD)

    def read(picture: NDArray[np.uint8]) -> Answer:
        field = reader.read_page(picture).fields[0]
        return Answer(field.text, field.confidence)

    return read


def open_rapidocr() -> Read:
    """Open RapidOCR, for recognition alone.

    Raises:
        ImportError: It is not installed.
    """
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})

    def read(picture: NDArray[np.uint8]) -> Answer:
        found = engine(picture, use_det=False, use_cls=False, use_rec=True)
        return Answer(keep_digits(found.txts[0]), float(found.scores[0])) if found.txts else Answer("", 0.0)

    return read


def open_tesseract() -> Read:
    """Open Tesseract, for one line of digits; each picture starts a process.

    Raises:
        ImportError: The package is not installed.
        OSError: The program is not.
    """
    import pytesseract

    pytesseract.get_tesseract_version()

    def read(picture: NDArray[np.uint8]) -> Answer:
        whitelist = "--psm 7 -c tessedit_char_whitelist=0123456789"
        return Answer(keep_digits(pytesseract.image_to_string(picture, config=whitelist)), None)

    return read


def keep_digits(text: str) -> str:
    """Keep the digits of a text."""
    return "".join(filter("0123456789".__contains__, text))


def open_readers(model: Path | None) -> dict[str, Read]:
    """Open the reader that is measured and those that are installed beside it; say which are not."""
    readers = {"digitscan": open_digitscan(model)}
    peers = {"RapidOCR": open_rapidocr, "Tesseract": open_tesseract}
    for name, open_peer in peers.items():
        try:
            readers[name] = open_peer()
        except (ImportError, OSError):
            print(f"{name} is not installed: left out", file=sys.stderr)
    return readers
