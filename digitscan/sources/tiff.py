"""TIFF: pages one at a time, whatever their number.

OpenCV reaches the n-th page of a TIFF through all before it. Here the chain of pages is followed in Python,
and for each page the file's pointer to its first page is bent to it (in a private copy), so that every page
costs the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitscan.errors import SourceError
from digitscan.sources.header import check_size
from digitscan.sources.ifd import ORIENTATION, Directory, DirectoryFile, valid_orientation
from digitscan.sources.raster import Samples, decode, to_grey, upright

_SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIPS, _CHANNELS, _ROWS_PER_STRIP, _STRIP_SIZES, _PLANAR, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES, _EXTRA_SAMPLES, _SAMPLE_FORMAT = 322, 323, 324, 325, 338, 339
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _YCBCR = 0, 1, 6
_UNCOMPRESSED = 1
_LOSSLESS_BYTES = frozenset({_UNCOMPRESSED, 5, 8, 32946, 32773})
"""Compressions that see bytes, not pixels: none, LZW, deflate (two numbers), PackBits."""
_COMPRESSIONS = _LOSSLESS_BYTES | {2, 3, 4, 7}
"""All that are read: also the three of fax, and JPEG."""
_REDUCED_OR_MASK = 1 | 4
_SEPARATE_PLANES = 2
_UNSIGNED, _SIGNED = 1, 2
_PREMULTIPLIED, _STRAIGHT = 1, 2


class TiffDocument:
    """The pages of a TIFF, each decoded when it is asked for.

    Thumbnails and masks in the chain of pages are passed over. Pixels stay as they are, also where a fax has
    different resolutions across and down.

    Args:
        content: ``uint8`` (N,), the file; it is written to.
        max_megapixels: The most pixels of a page, in millions.

    Raises:
        SourceError: ``truncated`` or ``corrupt``; from ``read`` also ``too_large`` or
            ``unsupported_format``.
    """

    def __init__(self, content: NDArray[np.uint8], max_megapixels: float) -> None:
        self._content = content
        self._max_megapixels = max_megapixels
        self._file = DirectoryFile(content.data)
        self._places, self.problem = _find_pages(self._file)
        if not self._places:
            raise self.problem or SourceError("corrupt", "the TIFF file has no pages")
        self.count = len(self._places)

    def read(self, number: int) -> NDArray[np.uint8]:
        """Decodes a page, ``uint8`` (H, W), grey and upright."""
        place = self._places[number - 1]
        with self._file.patched():
            self._file.patch_first(place)
            return _read_page(self._file, self._file.read(place), self._content, self._max_megapixels)

    def close(self) -> None:
        """The file is let go with the object."""


def _find_pages(file: DirectoryFile) -> tuple[list[int], SourceError | None]:
    """Follows the chain of pages; gives where their directories are, and what broke the chain."""
    places: list[int] = []
    met: set[int] = set()
    at = file.first
    while at and at not in met:
        try:
            directory = file.read(at)
            if not met or not file.value(directory, _SUBFILE_TYPE, 0) & _REDUCED_OR_MASK:
                places.append(at)
        except SourceError as error:
            return places, error
        met.add(at)
        at = directory.following
    if at:
        return places, SourceError("corrupt", "the TIFF data is damaged: its pages are chained in a circle")
    return places, None


def _read_page(
    file: DirectoryFile, directory: Directory, content: NDArray[np.uint8], max_megapixels: float
) -> NDArray[np.uint8]:
    width, height = file.value(directory, _WIDTH, 0), file.value(directory, _HEIGHT, 0)
    check_size(width, height, max_megapixels)
    bits, channels = file.value(directory, _BITS, 1), file.value(directory, _CHANNELS, 1)
    _check_data(file, directory, width, height, bits * channels, len(content), max_megapixels)
    _check_kind(file, directory, bits, channels)
    orientation = valid_orientation(file.value(directory, ORIENTATION, 1))
    extra = file.value(directory, _EXTRA_SAMPLES, 0)
    white_is_zero = file.value(directory, _PHOTOMETRIC, _BLACK_IS_ZERO) == _WHITE_IS_ZERO
    if (channels, bits) in {(1, 2), (1, 4), (2, 8), (2, 16)} and _is_grey(file, directory):
        samples = _decode_as_bytes(file, directory, content, width, bits, channels)
        premultiplied = extra == _PREMULTIPLIED
    else:
        # OpenCV would turn the page itself; it is done in one place for all formats.
        file.patch(directory, ORIENTATION, 1)
        samples = decode(content)
        # The 8-bit path of libtiff sees to these two, the others leave the samples as they are.
        premultiplied = extra == _PREMULTIPLIED or (extra == _STRAIGHT and samples.dtype == np.uint8)
        white_is_zero = white_is_zero and samples.dtype != np.uint8
    if samples.shape[:2] != (height, width):
        raise SourceError(
            "corrupt", "the TIFF data is damaged: the picture is not of the size that the file says"
        )
    if white_is_zero:
        samples = _inverted(samples)
    return upright(to_grey(samples, premultiplied=premultiplied), orientation)


def _check_data(
    file: DirectoryFile,
    directory: Directory,
    width: int,
    height: int,
    pixel_bits: int,
    size: int,
    limit: float,
) -> None:
    """Checks that a page's strips or tiles are in the file: what is missing decodes to grey."""
    tiled = _TILES in directory.entries
    offsets = np.array(file.values(directory, _TILES if tiled else _STRIPS), np.uint64)
    sizes = np.array(file.values(directory, _TILE_SIZES if tiled else _STRIP_SIZES), np.uint64)
    if tiled:
        across, down = file.value(directory, _TILE_WIDTH, 0), file.value(directory, _TILE_HEIGHT, 0)
        check_size(across, down, limit)
        pieces = -(-width // across) * -(-height // down)
    else:
        pieces = -(-height // (file.value(directory, _ROWS_PER_STRIP, height) or height))
    if len(offsets) < pieces or len(offsets) != len(sizes):
        raise SourceError("corrupt", "the TIFF data is damaged: parts of a page are missing from its list")
    if (offsets >= size).any() or (sizes > size - offsets).any():
        raise SourceError(
            "truncated", "the TIFF file ends before the data of a page; it was not copied whole"
        )
    # The rows of subsampled colour are shorter than its pixels would make them.
    exact = file.value(directory, _COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED
    exact = exact and file.value(directory, _PHOTOMETRIC, _BLACK_IS_ZERO) != _YCBCR
    if exact and int(sizes.sum()) < width * pixel_bits // 8 * height:
        raise SourceError("truncated", "the TIFF file has fewer pixels of a page than it says")


def _check_kind(file: DirectoryFile, directory: Directory, bits: int, channels: int) -> None:
    """Refuses the kinds of pages that OpenCV gets wrong without an error."""
    compression = file.value(directory, _COMPRESSION, _UNCOMPRESSED)
    if compression not in _COMPRESSIONS:
        raise SourceError(
            "unsupported_format", f"the page has the unsupported TIFF compression {compression}"
        )
    sample_format = file.value(directory, _SAMPLE_FORMAT, _UNSIGNED)
    if sample_format == _SIGNED or (sample_format == _UNSIGNED and bits > 16):
        kind = f"{bits}-bit {'signed' if sample_format == _SIGNED else 'unsigned'}"
        raise SourceError("unsupported_format", f"the page has {kind} samples; convert it to 8-bit grey")
    if file.value(directory, _PLANAR, 1) == _SEPARATE_PLANES and channels > 1 and bits != 8:
        raise SourceError(
            "unsupported_format", f"the page has {bits}-bit colour planes; convert it to 8-bit grey"
        )


def _is_grey(file: DirectoryFile, directory: Directory) -> bool:
    return file.value(directory, _PHOTOMETRIC, _BLACK_IS_ZERO) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO)


def _decode_as_bytes(
    file: DirectoryFile,
    directory: Directory,
    content: NDArray[np.uint8],
    width: int,
    bits: int,
    channels: int,
) -> Samples:
    """Decodes a kind of grey that OpenCV has no way for: 2 or 4 bits, or with alpha.

    The page is relabelled as 8-bit grey, as wide as its rows have bytes, and these are taken apart here.

    Returns:
        ``uint8`` or ``uint16``, (H, W) or (H, W, 2).
    """
    predictor = file.value(directory, _PREDICTOR, 1)
    kind = file.value(directory, _COMPRESSION, _UNCOMPRESSED), predictor, file.value(directory, _PLANAR, 1)
    row_bytes = -(-width * bits * channels // 8)
    if kind[0] not in _LOSSLESS_BYTES or predictor > (2 if bits >= 8 else 1) or kind[2] == _SEPARATE_PLANES:
        raise SourceError(
            "unsupported_format", "the page has an unusual kind of grey; convert it to 8-bit grey"
        )
    tile_bytes = file.value(directory, _TILE_WIDTH, 0) * bits * channels // 8
    relabelled = {_WIDTH: row_bytes, _TILE_WIDTH: tile_bytes, _BITS: 8, _CHANNELS: 1, _PREDICTOR: 1}
    for tag, value in {**relabelled, _PHOTOMETRIC: _BLACK_IS_ZERO, ORIENTATION: 1}.items():
        file.patch(directory, tag, value)
    rows = np.ascontiguousarray(decode(content), np.uint8)
    if rows.ndim != 2 or rows.shape[1] != row_bytes:
        raise SourceError(
            "corrupt", "the TIFF data is damaged: the picture is not of the size that the file says"
        )
    if channels == 1:
        shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
        levels = rows[..., np.newaxis] >> shifts & (2**bits - 1)
        return np.asarray(levels.reshape(len(rows), -1)[:, :width] * np.uint8(255 // (2**bits - 1)))
    pairs = rows.view(f"{file.order}u{bits // 8}").reshape(len(rows), width, 2).astype(f"u{bits // 8}")
    return np.cumsum(pairs, axis=1, dtype=pairs.dtype) if predictor == 2 else pairs


def _inverted(samples: Samples) -> Samples:
    """Swaps black and white, but not the transparent and the opaque."""
    if samples.dtype.kind not in "uf":
        return samples
    white = 1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max  # type: ignore[type-var]
    inverted = np.asarray(white - samples, samples.dtype)
    if samples.ndim == 3:
        inverted[..., -1] = samples[..., -1]
    return inverted
