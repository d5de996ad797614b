"""Strips: a field's writing as one picture of a fixed height, upright, level and of a usual size.

What a network that reads whole strings sees. Size and place are measured by moments of the ink, which one
tall stroke or a dash behind the digits moves little; the slant and the slope of the line are taken out.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.components import Components
from digitscan.strokes import thicken
from digitscan.writing_line import Line, measure_lines

HEIGHT = 32
"""Height of a strip in pixels."""

MARGIN = 8
"""Paper at both ends of a strip, in pixels."""

_DIGIT = 22.0
"""Height of an evenly inked digit in a strip."""

_SPREAD = 3.3
"""Height of a digit by the standard deviation of the rows of its ink; the root of 12 for a bar."""


class Strip(NamedTuple):
    """A field's writing.

    Attributes:
        picture: ``(HEIGHT, W)`` ``uint8`` ink density.
        to_page: ``(2, 3)`` affine map from x and y in the picture to the page.
    """

    picture: NDArray[np.uint8]
    to_page: NDArray[np.float64]


def make_strip(
    density: NDArray[np.uint8],
    components: Components,
    line: Line | None = None,
    origin: tuple[float, float] = (0.0, 0.0),
) -> Strip:
    """Make a strip of a field's ink.

    Args:
        density: ``(H, W)`` ink density of the field, 0 for paper to 255; 128 and more counts as ink.
        components: Those of the ink, as ``find_components`` finds them.
        line: The line that they stand on, where it is known.
        origin: Where the field's top left is on the page, x and y in pixels.

    Returns:
        The strip; blank where there is no ink.

    >>> from digitscan.components import find_components
    >>> field = np.zeros((80, 120), np.uint8)
    >>> field[10:70, 20:26] = field[10:70, 80:86] = 255
    >>> strip = make_strip(field, find_components(field))
    >>> strip.picture.shape, [int(row) for row in np.flatnonzero(strip.picture.max(axis=1) > 127)[[0, -1]]]
    ((32, 41), [5, 27])
    """
    if not components.count:
        return Strip(
            np.zeros((HEIGHT, 2 * MARGIN), np.uint8), np.array([[1.0, 0, origin[0]], [0, 1.0, origin[1]]])
        )
    if line is None:
        (line,) = measure_lines([components.ink], [components.stroke])
    left, right = int(components.boxes[:, 0].min()), int(components.boxes[:, [0, 2]].sum(axis=1).max())
    scale = _DIGIT / (_SPREAD * line.spread)
    own = thicken(density[:, left:right], components.thinness)
    # Affine maps pick pixels; what is reduced has to be averaged before.
    reduced = min(1.0, scale)
    if reduced < 1:
        size = max(1, round(own.shape[1] * reduced)), max(1, round(own.shape[0] * reduced))
        own = cv2.resize(own, size, interpolation=cv2.INTER_AREA)
    across, down = own.shape[1] / (right - left), own.shape[0] / density.shape[0]
    lean = abs(components.slant) * HEIGHT / 2
    centre = line.column - left
    straighten = np.array([[1.0, components.slant], [-line.slope, 1.0]]) * scale
    at = np.array([centre, line.middle])
    to_strip = np.zeros((2, 3))
    to_strip[:, :2] = straighten
    to_strip[:, 2] = (MARGIN + lean + centre * scale, HEIGHT / 2) - straighten @ at
    width = int((right - left) * scale + 2 * MARGIN + 2 * lean)
    from_reduced = to_strip / (across, down, 1.0)
    picture = cv2.warpAffine(
        own, from_reduced, (width, HEIGHT), flags=cv2.INTER_LINEAR if scale <= 1 else cv2.INTER_CUBIC
    )
    to_page = cv2.invertAffineTransform(to_strip)
    to_page[:, 2] += (origin[0] + left, origin[1])
    return Strip(np.asarray(picture, np.uint8), to_page)
