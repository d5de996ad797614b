"""Pictures as PNG files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.errors import OutputError


def write_png(path: Path, picture: NDArray[np.uint8], *, compression: int = 3) -> None:
    """Write a picture ``(H, W)`` or ``(H, W, 3)`` as PNG; an older file is replaced.

    Args:
        path: The file.
        picture: Grey, or blue, green, red.
        compression: 1, which is fast, to 9, which is small.

    Raises:
        OutputError: The file cannot be written.
    """
    data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, compression])[1]
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error
