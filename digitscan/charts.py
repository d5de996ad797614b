"""What the pictures for people have in common; needs matplotlib."""

from __future__ import annotations

import io
import logging
from pathlib import Path

from matplotlib.figure import Figure

from digitscan.errors import OutputError

# It tells on stderr of a font cache that it builds once.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

BLUE, ORANGE, GREY = "#2f6db0", "#d9651d", "#808080"

_DPI = 150


def write_png(path: Path, figure: Figure) -> None:
    """Write a figure as PNG, whatever the name ends with.

    Args:
        path: The file; an older one is replaced.
        figure: What to draw, 150 pixels an inch.

    Raises:
        OutputError: The file cannot be written.
    """
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI)
    try:
        path.write_bytes(picture.getvalue())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
