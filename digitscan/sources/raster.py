"""Decoded pictures: from a file's samples to an upright grey page."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import cv2
import numpy as np
from kornia_rs.io import decode_image_png_u8
from numpy.typing import NDArray

from digitscan.errors import SourceError
from digitscan.sources.dropout import find_lamp
from digitscan.sources.header import Header

Samples = NDArray[np.integer[Any] | np.floating[Any]]
"""(H, W) or (H, W, C) of the type and the channels (blue, green, red, alpha) of the file."""

_LOGGING: Any = cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging
"""Where OpenCV keeps its log level: OpenCV 5 moved it."""
_SILENT = 0

_MODES = {1: ("mono", None), 3: ("rgb", cv2.COLOR_RGB2BGR), 4: ("rgba", cv2.COLOR_RGBA2BGRA)}
"""For so many channels, kornia's name of them and how they come into OpenCV's order."""

_PIXELS = np.where(np.unpackbits(np.arange(256, dtype=np.uint8)), 255, 0).astype(np.uint8).view(np.float64)
"""The eight pixels, a byte each, for the bits of a byte."""

_MOST_PIXELS = 2**30
"""OpenCV takes no more, and says so; kornia would ask for the memory."""


def decode(content: NDArray[np.uint8], *, grey: bool = False) -> Samples:
    """Decodes the first picture of a file.

    Args:
        content: ``uint8`` (N,), the file.
        grey: Whether to decode straight to grey ``uint8``, without alpha.

    Returns:
        The samples as stored, without any orientation of EXIF applied.

    Raises:
        SourceError: ``corrupt``.
    """
    # OpenCV turns pictures by their EXIF orientation, except under either of these two flags.
    flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION if grey else cv2.IMREAD_UNCHANGED
    level = _LOGGING.getLogLevel()
    _LOGGING.setLogLevel(_SILENT)
    try:
        samples: Samples | None = cv2.imdecode(content, flags)
    except cv2.error:
        samples = None
    finally:
        _LOGGING.setLogLevel(level)
    if samples is None:
        raise SourceError(
            "corrupt", "the picture cannot be decoded: it is damaged or of a kind that is not supported"
        )
    return samples


def decode_png(content: NDArray[np.uint8], header: Header) -> Samples | None:
    """Decodes a PNG of plain bits or bytes, in a fifth to a half of the time that ``decode`` takes.

    Args:
        content: ``uint8`` (N,), the file.
        header: Its header, which has ``channels``.

    Returns:
        What ``decode`` returns; None where something is wrong with the file, which that tells.
    """
    if header.width * header.height > _MOST_PIXELS:
        return None
    mode, order = _MODES[header.channels]
    data, across = content.tobytes(), header.width
    if header.bits == 1:
        # What stands in a file of bits stands in one of bytes too, an eighth as wide: filters work on bytes.
        across = -(-across // 8)
        name_and_body = data[12:16] + struct.pack(">IIB", across, header.height, 8) + data[25:29]
        data = data[:12] + name_and_body + struct.pack(">I", zlib.crc32(name_and_body)) + data[33:]
    try:
        samples = decode_image_png_u8(data, (header.height, across), mode)
    except Exception:  # it has no other class
        return None
    if header.bits == 1:
        return cv2.LUT(samples[..., 0], _PIXELS).view(np.uint8)[:, : header.width]
    return samples[..., 0] if order is None else cv2.cvtColor(samples, order)


def to_grey(samples: Samples, *, has_alpha: bool = True, premultiplied: bool = False) -> NDArray[np.uint8]:
    """Turns samples to grey, laid on white paper: luminance, or the light that drops a form's printing out.

    Args:
        samples: ``uint8`` or ``uint16``, scaled by the range of the type, or floats from 0 to 1; (H, W) grey,
            (H, W, 2) grey and alpha, (H, W, 3) blue, green, red, or (H, W, 4) those and alpha.
        has_alpha: Whether the last of 2 or 4 channels is opacity; else it is ignored.
        premultiplied: Whether the colours are already multiplied by the opacity.

    Returns:
        ``uint8`` (H, W).

    Raises:
        SourceError: ``unsupported_format`` for other types, numbers of channels or values.

    Examples:
        >>> to_grey(np.array([[0, 65535]], np.uint16)).tolist()
        [[0, 255]]
    """
    if samples.dtype == np.float64:
        samples = samples.astype(np.float32)
    if samples.ndim == 2:
        return _to_8_bit(samples)
    channels = samples.shape[2]
    alpha = _to_8_bit(samples[..., -1]) if has_alpha and channels in (2, 4) else None
    if alpha is not None and alpha.min() == 255:
        alpha = None
    if channels == 2:
        grey = _to_8_bit(samples[..., 0])
    elif channels in (3, 4) and samples.dtype in (np.uint8, np.uint16, np.float32):
        grey = _colours_to_grey(samples, see_through=alpha is not None)
    else:
        raise _unsupported(f"has {channels} channels of {samples.dtype} samples")
    if alpha is None:
        return grey
    inked = grey if premultiplied else cv2.multiply(grey, alpha, scale=1 / 255)
    return np.asarray(cv2.add(inked, cv2.bitwise_not(alpha)), np.uint8)


def _colours_to_grey(samples: Samples, *, see_through: bool) -> NDArray[np.uint8]:
    """Grey of 3 or 4 channels; what is transparent is no scan of a form."""
    lamp = None if see_through else find_lamp(_to_8_bit(samples[..., :3]))
    if lamp is not None:
        return _to_8_bit(samples[..., lamp])
    conversion = cv2.COLOR_BGR2GRAY if samples.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
    return _to_8_bit(cv2.cvtColor(samples, conversion))


def upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turns a stored picture the way its file says.

    Args:
        image: ``uint8`` (H, W).
        orientation: The EXIF/TIFF value, 1 (as stored) to 8.

    Returns:
        ``uint8``, (H, W) for 1 to 4, (W, H) for 5 to 8.

    Examples:
        >>> upright(np.array([[1, 2], [3, 4]], np.uint8), 6).tolist()
        [[3, 1], [4, 2]]
    """
    if orientation >= 5:
        # 5 is the transpose; 6, 7 and 8 are that, mirrored.
        image, orientation = image.T, {5: 1, 6: 2, 7: 3, 8: 4}[orientation]
    if orientation in (2, 3):
        image = image[:, ::-1]
    if orientation in (3, 4):
        image = image[::-1]
    return np.ascontiguousarray(image)


def _to_8_bit(samples: Samples) -> NDArray[np.uint8]:
    if samples.dtype == np.uint8:
        return np.ascontiguousarray(samples, np.uint8)
    if samples.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(np.ascontiguousarray(samples), alpha=255 / 65535), np.uint8)
    if samples.dtype == np.float32:
        low, high = float(samples.min()), float(samples.max())
        if not (low >= 0 and high <= 1):
            raise _unsupported("has float samples outside 0 to 1")
        return np.asarray(cv2.convertScaleAbs(np.ascontiguousarray(samples), alpha=255), np.uint8)
    raise _unsupported(f"has {samples.dtype} samples")


def _unsupported(what: str) -> SourceError:
    return SourceError("unsupported_format", f"the picture {what}; convert it to 8-bit grey")
