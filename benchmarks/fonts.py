"""Print digits in many fonts and sizes, and read them one at a time and as strings.

Usage: python benchmarks/fonts.py --fonts FOLDER [--model DIR]

FOLDER holds .ttf, .otf, .woff or .woff2 files, also in folders within it. In each font and at each height,
the ten digits are printed twice, a picture each, and classified as ``digitscan classify`` does; and ten
strings of six digits are printed and read as ``digitscan read --layout field`` does. All are dark on light,
placed to fractions of a pixel, with the blur and the noise of a good scan. Beside the strings that are exact,
their digits are counted: those printed, less the edits (Levenshtein 1966) that make one string of the other.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from measuring import (
    INK,
    PAPER,
    add_model,
    classify_pictures,
    count_edits,
    load_classifier,
    make_parser,
    run,
)
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.progress import track
from rich.table import Table

from digitscan.classifier import Classifier
from digitscan.errors import SourceError, UsageError
from digitscan.options import Layout
from digitscan.reader import Reader

SEED = 20240611
SUFFIXES = {".ttf", ".otf", ".woff", ".woff2"}
HEIGHTS = range(8, 41, 2)
"""Heights of the digits in pixels; at 100 dpi, type of 10 points is about 10 pixels high."""

FINE = 8
"""Type is drawn this many times as large, and reduced as a scanner does: by the mean over each pixel."""

BLUR, NOISE = 0.5, 5.0
"""Standard deviations of a scan's blur, in pixels, and of its noise, in grey levels."""

COPIES, STRINGS, LENGTH = 2, 10, 6
"""Pictures of each digit, strings, and digits of a string, in each font at each height."""


class Score(NamedTuple):
    """What was read right, in shares."""

    digits: float
    strings: float
    digits_of_strings: float


def find_fonts(folder: Path) -> list[Path]:
    """Find the fonts in a folder.

    Raises:
        UsageError: There are none.
    """
    fonts = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not fonts:
        raise UsageError(f"{folder}: no fonts ({', '.join(sorted(SUFFIXES))}) there")
    return fonts


@lru_cache(maxsize=1)
def open_font(path: Path, height: int) -> ImageFont.FreeTypeFont:
    """Open a font at the size at which its digits are usually ``height`` times ``FINE`` pixels high.

    Raises:
        SourceError: The file is not a font.
    """
    try:
        measured = [ImageFont.truetype(path, 1000).getbbox(digit) for digit in "0123456789"]
        usual = float(np.median([bottom - top for _, top, _, bottom in measured]))
        return ImageFont.truetype(path, 1000 * height * FINE / usual)
    except (OSError, ZeroDivisionError) as error:
        raise SourceError("unsupported_format", f"{path}: not a font with digits") from error


def print_text(text: str, path: Path, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Print and scan a text.

    Args:
        text: Digits.
        path: Their font.
        height: Of the digits, in pixels.
        rng: Of their place to a fraction of a pixel, and of the noise.

    Returns:
        ``(H, W)`` grey, with a margin of about half the height.
    """
    font = open_font(path, height)
    left, top, right, bottom = font.getbbox(text)
    margin = height * FINE // 2
    size = [-(-(length + 2 * margin) // FINE + 1) * FINE for length in (right - left, bottom - top)]
    across, down = rng.integers(0, FINE, 2)
    fine = Image.new("L", (int(size[0]), int(size[1])), PAPER)
    ImageDraw.Draw(fine).text((margin - left + across, margin - top + down), text, fill=INK, font=font)
    sheet = np.asarray(fine, np.float32)
    scan = cv2.resize(sheet, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)
    scan = cv2.GaussianBlur(scan, (0, 0), BLUR) + NOISE * rng.standard_normal(scan.shape)
    return np.clip(np.round(scan), 0, 255).astype(np.uint8)


def score(font: Path, height: int, classifier: Classifier, reader: Reader, rng: np.random.Generator) -> Score:
    """Print one font at one height, and read it."""
    digits = np.tile(np.arange(10), COPIES)
    found = classify_pictures([print_text(str(digit), font, height, rng) for digit in digits], classifier)
    exact, edits = 0, 0
    for _ in range(STRINGS):
        text = "".join(map(str, rng.integers(0, 10, LENGTH)))
        read = reader.read_page(print_text(text, font, height, rng)).fields[0].text
        exact += read == text
        edits += min(LENGTH, count_edits(read, text))
    return Score(float(np.mean(found == digits)), exact / STRINGS, 1 - edits / (STRINGS * LENGTH))


def draw_table(first: str, scores: dict[str, list[Score]]) -> Table:
    """Draw a table of the mean scores, a row for each name."""
    table = Table(first, "single digits", "exact strings", "digits right in strings")
    for name, given in scores.items():
        table.add_row(name, *(f"{share:.2%}" for share in np.mean(given, axis=0)))
    return table


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = make_parser(__doc__)
    parser.add_argument("--fonts", type=Path, required=True, help="folder of fonts")
    add_model(parser)
    arguments = parser.parse_args()
    classifier = load_classifier(arguments.model)
    reader = Reader(classifier, layout=Layout.FIELD)
    by_font: dict[str, list[Score]] = defaultdict(list)
    by_height: dict[str, list[Score]] = defaultdict(list)
    fonts = find_fonts(arguments.fonts)
    for number, font in enumerate(track(fonts, console=Console(stderr=True), transient=True)):
        name = " ".join(filter(None, open_font(font, HEIGHTS[0]).getname()))
        for height in HEIGHTS:
            rng = np.random.default_rng([SEED, number, height])
            scored = score(font, height, classifier, reader, rng)
            by_font[name].append(scored)
            by_height[f"{height} pixels"].append(scored)
    console = Console()
    console.print(draw_table("font", by_font))
    console.print(draw_table("height", by_height))
    every = [scored for scores in by_font.values() for scored in scores]
    console.print(draw_table("", {f"all {len(fonts)} fonts": every}))


if __name__ == "__main__":
    run(main)
