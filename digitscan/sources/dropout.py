"""Drop-out colours: forms printed so that their lines and labels vanish in light of their own colour.

Scanners with a coloured lamp read such forms: in red light red print is as bright as the paper, and pens of
other colours are dark. A colour scan holds the page in red, green and blue light at once, so the lamp is
chosen here, by what is on the page.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.light import flatten_light
from digitscan.strokes import straight_lines

_LONGEST = 1200
"""Pages with a longer side than this many pixels are reduced."""

_COLOURFUL = 40
"""Ink has a colour when its darkness, of 255, differs by this much between two lights."""

_COLOURED = 0.002
"""Share of coloured pixels from which on a page has a colour."""

_DARK = 96
"""Paper is lighter than this."""

_VANISHING = 0.4
"""Ink vanishes in a light in which it is at most this share as dark as where it is darkest."""

_SEEN = 64
"""Darkness, of 255, from which on ink is seen in a light."""

_DARKER = 2.0
"""What stays is this many times as dark as what vanishes, at least."""

_FEWEST = 100
"""Pixels of writing from which on a form is filled in."""

_PRINTED = 0.35
"""A colour is that of a form when at least this share of it lies in straight lines."""

_RULED = 0.15
"""When more of what stays lies in straight lines, the form has more than one colour."""

_LARGE = 0.75
"""Ink this share as large as the writing that stays is no label but may be writing too."""

_WRITTEN = 0.3
"""There is at most this much of that, as a share of the writing that stays."""


def find_lamp(colours: NDArray[np.uint8]) -> int | None:
    """Find the light in which the printing of a form vanishes and its writing stays.

    Printing is ink of one colour, for a good part in straight lines, with labels smaller than the writing. No
    light is better than any other where that ink may hold writing too, where nothing is written in another
    colour, and where there are lines of another colour: a page must not lose what is not its printing.

    Args:
        colours: ``(H, W, 3)`` blue, green, red of the page.

    Returns:
        The channel, 0 to 2; None where luminance serves.

    >>> form = np.full((60, 120, 3), 240, np.uint8)
    >>> form[50:52, 5:115] = (100, 100, 240)
    >>> find_lamp(form) is None
    True
    >>> form[10:40, 20:24] = form[10:40, 60:64] = (120, 40, 20)
    >>> find_lamp(form)
    2
    """
    if not _has_colours(colours):
        return None
    height, width = colours.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
    lights = [_darkness(channel) for channel in cv2.split(small)]
    darkest = cv2.max(cv2.max(lights[0], lights[1]), lights[2])
    lightest = cv2.min(cv2.min(lights[0], lights[1]), lights[2])
    vanishing = (darkest - lightest >= _COLOURFUL) & (lightest <= _VANISHING * darkest)
    found: list[tuple[int, int]] = []
    for lamp, light in enumerate(lights):
        gone = vanishing & (light == lightest)
        area = int(np.count_nonzero(gone))
        if area < _COLOURED * gone.size:
            continue
        seen = ~gone & (light >= max(_SEEN, _DARKER * float(np.median(light[gone]))))
        if _is_printing(_mask(gone), _mask(seen)):
            found.append((area, lamp))
    return max(found)[1] if found else None


def _has_colours(colours: NDArray[np.uint8]) -> bool:
    """Whether there is ink of any colour on light paper of whatever tint; a glance at some of the pixels."""
    height, width = colours.shape[:2]
    glance = colours[:: max(1, height // 200), :: max(1, width // 200)].reshape(-1, 3).astype(np.int16)
    paper = np.median(glance, axis=0)
    strays = np.ptp(glance - paper, axis=1)
    return bool(paper.min() > _DARK and np.count_nonzero(strays >= _COLOURFUL) >= _COLOURED * len(glance))


def _darkness(channel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Darkness below the paper in one light; that of the paper, which has texture and noise, is 0."""
    flattened = flatten_light(channel)
    usual = int(np.median(flattened[::4, ::4]))
    return np.asarray(cv2.subtract(flattened, np.full_like(flattened, usual)), np.uint8)


def _is_printing(gone: NDArray[np.uint8], seen: NDArray[np.uint8]) -> bool:
    """Whether the ink that is gone is printing alone, and what is still seen is writing."""
    lines, other_lines = straight_lines(gone), straight_lines(seen)
    if cv2.countNonZero(lines) < _PRINTED * cv2.countNonZero(gone):
        return False
    if cv2.countNonZero(other_lines) > _RULED * cv2.countNonZero(seen):
        return False
    sizes, areas = _components(cv2.subtract(seen, other_lines))
    written = int(areas.sum())
    if written < _FEWEST:
        return False
    order = np.argsort(sizes)
    usual = sizes[order][np.searchsorted(np.cumsum(areas[order]), written / 2)]
    labels, label_areas = _components(cv2.subtract(gone, lines))
    return bool(label_areas[labels >= _LARGE * usual].sum() <= _WRITTEN * written)


def _components(mask: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Shorter sides and areas of the components of a mask: what is left of a line is next to nothing."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    sides = stats[1:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1]
    return sides.min(axis=1, initial=2**31 - 1), stats[1:, cv2.CC_STAT_AREA]


def _mask(chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(chosen, 255, 0).astype(np.uint8)
