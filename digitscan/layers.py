"""Layers: a page parted into its paper, its printed rules and what is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitscan.fields import Region, drop_strokes, find_boxes
from digitscan.ink import Ink, find_ink, straightened
from digitscan.rules import Rule, find_rules, remove_rules
from digitscan.skew import measure_skew
from digitscan.straightening import Straightening
from digitscan.written import Written, written_on


@dataclass(frozen=True)
class Layers:
    """A page and what is on it.

    Attributes:
        page: ``(H, W)`` as given.
        straightening: How it was straightened; what follows is in pixels of the straightened page.
        stroke: The usual width of the strokes of its ink; 0 on a blank page.
        rules: Its rules.
        written: Its ink without them.
    """

    page: NDArray[np.uint8]
    straightening: Straightening
    stroke: float
    rules: tuple[Rule, ...]
    written: Written

    @property
    def grey(self) -> NDArray[np.uint8]:
        """``(H, W)`` the page, straightened; made anew each time, as it is only to be looked at."""
        return self.straightening.apply(self.page)

    @property
    def ink(self) -> Ink:
        """Its ink with the rules; found anew each time, as few look at it."""
        return _lying(find_ink(self.page), self.straightening)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the straightened page."""
        height, width = self.written.density.shape
        return height, width

    def boxes(self) -> list[Region]:
        """Find the boxes and combs that the rules enclose or part, in reading order, without names."""
        return find_boxes(self.rules, self.shape, self.stroke, self.written.boxes)


def find_layers(
    page: NDArray[np.uint8], straightening: Straightening, fields: Sequence[Region] = ()
) -> Layers:
    """Part a page into its layers.

    Args:
        page: ``(H, W)`` ``uint8``, the page as given.
        straightening: How it is straightened.
        fields: The fields of its template, if there is one, on the straightened page: they tell printed lines
            from strokes.

    Returns:
        Its layers.
    """
    return _part(page, straightening, _lying(find_ink(page), straightening), fields)


def find_level_layers(page: NDArray[np.uint8]) -> Layers:
    """Part a page ``(H, W)`` into its layers, turned level where it is askew."""
    ink = find_ink(page)
    straightening = Straightening.turn(measure_skew(ink), (page.shape[1], page.shape[0]))
    ink = _lying(ink, straightening)  # lets go of the other, which takes as much memory as the page
    return _part(page, straightening, ink)


def _lying(ink: Ink, straightening: Straightening) -> Ink:
    """Straighten a page's ink, which is less work than to find that of the straightened page."""
    return straightened(ink, straightening) if straightening.changes else ink


def _part(
    page: NDArray[np.uint8], straightening: Straightening, ink: Ink, fields: Sequence[Region] = ()
) -> Layers:
    """Part a page whose ink is straightened; the rules are taken out of that ink itself."""
    rules = drop_strokes(find_rules(ink), fields)
    without = remove_rules(ink.density, rules, in_place=True)
    written = written_on(without, is_binary=ink.is_binary)
    return Layers(page, straightening, ink.stroke, tuple(rules), written)
