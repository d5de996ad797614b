"""Light: how bright the paper of a page is from place to place, divided out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_COARSE = 150
"""The light is estimated on a page reduced to between this many and twice as many pixels across."""


def flatten_light(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Measure the darkness below the local paper, whatever the light.

    The paper is a grey closing with a window wider than any stroke, taken on a reduced page: light changes
    slowly. Beyond the edges of the page it goes on as it changed before them.

    Args:
        dark: ``(H, W)`` ``uint8`` page or field, ink darker than paper.

    Returns:
        ``(H, W)`` ``uint8``, 0 for paper to 255 for black.

    >>> shaded = np.tile(np.linspace(120, 240, 60).round().astype(np.uint8), (40, 1))
    >>> shaded[10:30, 20:24] = 30
    >>> darkness = flatten_light(shaded)
    >>> bool(darkness[:10].max() < 10), bool(darkness[10:30, 20:24].min() > 180)
    (True, True)
    """
    height, width = dark.shape
    factor = max(1, min(height, width) // _COARSE)
    size = width // factor, height // factor
    # Whole factors are quick; what that leaves out at two edges is less than a pixel of the reduced page.
    whole = dark[: size[1] * factor, : size[0] * factor]
    small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    reach = max(6, min(small.shape) // 10)
    # Ink on the page's edge must not go on beyond it.
    small = cv2.morphologyEx(small, cv2.MORPH_CLOSE, square(reach // 3))
    # Twice the edge less the mirror image; at least half of that, for margins that are black.
    beyond = 2 * reach
    mirrored = cv2.copyMakeBorder(small, beyond, beyond, beyond, beyond, cv2.BORDER_REFLECT_101)
    edge = cv2.copyMakeBorder(small, beyond, beyond, beyond, beyond, cv2.BORDER_REPLICATE)
    wider = cv2.max(cv2.addWeighted(edge, 2, mirrored, -1, 0), cv2.convertScaleAbs(mirrored, alpha=0.5))
    paper = cv2.morphologyEx(wider, cv2.MORPH_CLOSE, square(reach))
    for _ in range(2):
        paper = cv2.blur(paper, (reach | 1, reach | 1))
    paper = np.maximum(paper[beyond:-beyond, beyond:-beyond], 1)
    light = np.empty_like(dark, order="C")
    high, wide = whole.shape
    cv2.resize(paper, (wide, high), dst=light[:high, :wide], interpolation=cv2.INTER_LINEAR)
    light[:high, wide:] = light[:high, wide - 1 : wide]
    light[high:] = light[high - 1]
    cv2.divide(dark, light, dst=light, scale=255)
    return np.asarray(cv2.bitwise_not(light, dst=light), np.uint8)


def square(reach: int) -> NDArray[np.uint8]:
    """A square as a structuring element, with so many pixels to either side of its middle."""
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
