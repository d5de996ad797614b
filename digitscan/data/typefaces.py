"""Typefaces: fonts in files, and those that OpenCV draws."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.errors import SourceError, UsageError
from digitscan.sources.problems import explain_os_error

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SUFFIXES = frozenset({".ttf", ".otf", ".woff", ".woff2"})
"""Files that are fonts."""

_DIGITS = "0123456789"

_PLAIN = ("DejaVu", "STIXGeneral", "cmb10", "cmr10", "cmss10", "cmtt10", "cmti10")
"""How the names of those of matplotlib's fonts begin that have digits where digits belong."""

_UNUSED = "\uffff"
"""A character that no font has: it is drawn as all are that a font lacks."""

_MEASURED = 200
"""Size in pixels at which a font's digits are measured."""


class OpenCvFont(NamedTuple):
    """A font that OpenCV draws.

    Attributes:
        number: OpenCV's number of the font.
        pen: Width of its strokes as a share of its size.
    """

    number: int
    pen: float


Typeface = Path | OpenCvFont
"""A font's file, or a font of OpenCV."""

OPENCV_FONTS = tuple(
    OpenCvFont(number, pen)
    for number, pen in product(
        (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX), (0.06, 0.12)
    )
)
"""Sans, serif and script, thin and thick; OpenCV 5 draws one family in place of them, upright and italic."""


class Glyph(NamedTuple):
    """A character as it is printed; lengths are pixels.

    Attributes:
        ink: ``(height, width)`` ``uint8`` ink density, cut to its ink; empty for a space and for a character
            that the typeface lacks.
        left: From the place on the base line where the character begins to the left side of its ink.
        drop: How far its ink reaches below the base line; less than 0 where it ends above.
        advance: From where the character begins to where the next one does.
    """

    ink: NDArray[np.uint8]
    left: float
    drop: float
    advance: float


def draw_glyph(typeface: Typeface, character: str, height: float) -> Glyph:
    """Draw a character.

    Args:
        typeface: Its typeface.
        character: One character.
        height: Usual height of the typeface's digits in pixels; fractions count, except for OpenCV's fonts.

    Raises:
        SourceError: The file is not a font.
        UsageError: Pillow, which draws fonts, is missing.

    Examples:
        >>> glyph = draw_glyph(OPENCV_FONTS[0], "1", 40)
        >>> 38 <= glyph.ink.shape[0] <= 42, int(glyph.ink.max())
        (True, 255)
    """
    size = height / digit_height(typeface)
    if isinstance(typeface, OpenCvFont):
        return _draw_with_opencv(typeface, character, round(size))
    return _draw_with_pillow(_open(typeface, size), character)


def find_typefaces(source: str) -> tuple[Typeface, ...]:
    """Find the typefaces that the user names.

    Args:
        source: ``fonts`` for those of installed packages: the fonts of matplotlib whose digits are plain,
            those of packages that register the entry point group ``fonts_ttf`` (a mapping of names to
            files), and OpenCV's. Else a font's file, or a folder whose fonts, and those of the folders in
            it, are taken.

    Returns:
        Those that have digits, in the order of their paths; none when the source is something else.

    Raises:
        SourceError: A file that should be a font is not or, named itself, has no digits.
        UsageError: Pillow is missing, or an installed package cannot give its fonts.
    """
    if source == "fonts":
        return (*(path for path in _installed() if digit_height(path)), *OPENCV_FONTS)
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
        return tuple(file for file in files if digit_height(file))
    if path.suffix.lower() not in SUFFIXES:
        return ()
    if not digit_height(path):
        raise SourceError("unsupported_format", f"{path}: this font has no digits")
    return (path,)


def _installed() -> list[Path]:
    files: list[Path] = []
    matplotlib = find_spec("matplotlib")
    for folder in (matplotlib.submodule_search_locations or ()) if matplotlib else ():
        fonts = Path(folder) / "mpl-data" / "fonts" / "ttf"
        files += sorted(path for path in fonts.glob("*.ttf") if path.name.startswith(_PLAIN))
    for entry in entry_points(group="fonts_ttf"):
        try:
            files += sorted(map(Path, entry.load().values()))
        except Exception as error:  # whatever the package does when it is imported
            raise UsageError(f"the fonts of the package {entry.module} cannot be loaded: {error}") from error
    return files


@lru_cache(maxsize=4096)
def digit_height(typeface: Typeface) -> float:
    """Measure the median height of a typeface's digits, as a share of the size that it is asked for.

    Returns:
        Height; 0 when it lacks a digit, or draws two of them alike.

    Raises:
        SourceError: The file is not a font.
        UsageError: Pillow is missing.
    """
    if isinstance(typeface, OpenCvFont):
        inks = [_draw_with_opencv(typeface, digit, _MEASURED).ink for digit in _DIGITS]
    else:
        font = _open(typeface, _MEASURED)
        inks = [_draw_with_pillow(font, digit).ink for digit in _DIGITS]
    if not all(ink.size for ink in inks) or len({(ink.shape, ink.tobytes()) for ink in inks}) < len(inks):
        return 0.0
    return float(np.median([len(ink) for ink in inks])) / _MEASURED


@lru_cache(maxsize=256)
def _open(path: Path, size: float) -> FreeTypeFont:
    try:
        from PIL import ImageFont
    except ImportError as error:
        raise UsageError(
            "drawing fonts needs Pillow; install it with: pip install 'digitscan[train]'"
        ) from error
    try:
        with path.open("rb"):  # tells a file that cannot be read from one that is no font
            return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        if error.errno is not None:
            problem = explain_os_error(error)
            raise SourceError(problem.code, f"{path}: {problem.message}") from error
        raise SourceError("unsupported_format", f"{path}: not a font") from error


def _draw_with_pillow(font: FreeTypeFont, character: str, shift: tuple[float, float] = (0.0, 0.0)) -> Glyph:
    from PIL import Image, ImageDraw

    try:
        advance = font.getlength(character)
        left, top, right, bottom = font.getbbox(character, anchor="ls")
        if right <= left or bottom <= top or bytes(font.getmask(character)) == bytes(font.getmask(_UNUSED)):
            return Glyph(np.zeros((0, 0), np.uint8), 0.0, 0.0, advance)
        across, above = 2 - int(left), 2 - int(top)
        canvas = Image.new("L", (int(right) + across + 2, int(bottom) + above + 2))
        ImageDraw.Draw(canvas).text((across, above), character, 255, font, anchor="ls")
    except OSError as error:
        raise SourceError("corrupt", f"{font.path!s}: this font is damaged: {error}") from error
    return _cut(np.asarray(canvas), across, above, advance)


def _draw_with_opencv(font: OpenCvFont, character: str, height: int) -> Glyph:
    pen = max(1, round(height * font.pen))
    scale = cv2.getFontScaleFromHeight(font.number, height, pen)
    (width, rise), drop = cv2.getTextSize(character, font.number, scale, pen)
    canvas = np.zeros((rise + drop + 4 * pen, width + 4 * pen), np.uint8)
    cv2.putText(canvas, character, (2 * pen, rise + 2 * pen), font.number, scale, 255, pen, cv2.LINE_AA)
    return _cut(canvas, 2 * pen, rise + 2 * pen, width)


def _cut(canvas: NDArray[np.uint8], across: int, above: int, advance: float) -> Glyph:
    """Cut what was drawn at ``across``, ``above`` to its ink."""
    x, y, width, height = cv2.boundingRect(canvas)
    return Glyph(canvas[y : y + height, x : x + width], x - across, y + height - above, advance)
