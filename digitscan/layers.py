"""Layers: a page parted into its paper, its printed rules and what is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitscan.fields import Region, drop_strokes, find_boxes
from digitscan.ink import Ink, find_ink
from digitscan.rules import Rule, find_rules, remove_rules
from digitscan.skew import measure_skew
from digitscan.straightening import Straightening
from digitscan.written import Written, written_on


@dataclass(frozen=True)
class Layers:
    """A page and what is on it.

    Attributes:
        grey: ``(H, W)`` the page, straightened; what follows is in its pixels.
        straightening: How the page as given was straightened.
        ink: Its ink with the rules.
        rules: Those.
        written: Its ink without them.
    """

    grey: NDArray[np.uint8]
    straightening: Straightening
    ink: Ink
    rules: tuple[Rule, ...]
    written: Written

    def boxes(self) -> list[Region]:
        """Find the boxes and combs that the rules enclose or part, in reading order, without names."""
        return find_boxes(self.rules, self.grey.shape, self.ink.stroke, self.written.boxes)


def find_layers(
    page: NDArray[np.uint8], straightening: Straightening, fields: Sequence[Region] = ()
) -> Layers:
    """Part a page into its layers.

    Args:
        page: ``(H, W)`` ``uint8``, the page as given.
        straightening: How it is straightened first.
        fields: The fields of its template, if there is one, on the straightened page: they tell printed lines
            from strokes.

    Returns:
        Its layers.
    """
    grey = straightening.apply(page)
    return _part(grey, straightening, find_ink(grey), fields)


def find_level_layers(page: NDArray[np.uint8]) -> Layers:
    """Part a page ``(H, W)`` into its layers, turned level first where it is askew."""
    size = page.shape[1], page.shape[0]
    ink = find_ink(page)
    straightening = Straightening.turn(measure_skew(ink.mask), size)
    return find_layers(page, straightening) if straightening.changes else _part(page, straightening, ink)


def _part(
    grey: NDArray[np.uint8], straightening: Straightening, ink: Ink, fields: Sequence[Region] = ()
) -> Layers:
    rules = drop_strokes(find_rules(ink.density, ink.stroke), fields)
    return Layers(grey, straightening, ink, tuple(rules), written_on(remove_rules(ink.density, rules)))
