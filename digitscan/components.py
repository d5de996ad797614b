"""Components: the connected ink of a field without its dust, and the measures of the writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.groups import Runs
from digitscan.heights import digit_heights
from digitscan.labelling import Labelled, label, paint_runs
from digitscan.parts import Part
from digitscan.strokes import mean_width

_SPECK = 0.35
"""Components with less area than this share of a squared stroke are dust."""

_SMALL = 0.15
"""Components that neither way reach this share of a digit's height are dust too: no digit is the worse
without them."""

_THINNEST = 0.085
"""Thin pens have strokes of less than this share of a digit's height."""


@dataclass(frozen=True)
class Components:
    """The components of a field's ink.

    Attributes:
        labelled: Those that are no dust.
        dust: ``(D, 4)`` x, y, width, height of the others.
        shape: Height and width of the field in pixels.
        digit_height: Usual height of a digit in pixels, 0 without ink.
        stroke: Mean width of the strokes in pixels, 1 at the least.
        is_grey: Whether the field has pixels that are neither ink nor paper, such as the edges of strokes.
    """

    labelled: Labelled
    dust: NDArray[np.int32]
    shape: tuple[int, int]
    digit_height: float
    stroke: float
    is_grey: bool

    def enlarged(self, times: int) -> Components:
        """The same components in a field that was enlarged."""
        height, width = self.shape
        return Components(
            self.labelled.enlarged(times),
            self.dust * times,
            (height * times, width * times),
            self.digit_height * times,
            self.stroke * times,
            is_grey=True,
        )

    @property
    def boxes(self) -> NDArray[np.int32]:
        """``(N, 4)`` x, y, width, height of each."""
        return self.labelled.boxes

    @property
    def areas(self) -> NDArray[np.int32]:
        """``(N,)`` pixels of each."""
        return self.labelled.areas

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.labelled.areas)

    @property
    def thinness(self) -> float:
        """Pixels that the strokes are thinner than those of a pen that suits the height of the digits."""
        return max(0.0, _THINNEST * self.digit_height - self.stroke)

    @property
    def ink(self) -> NDArray[np.uint8]:
        """``(H, W)``, 255 where there is ink that is no dust."""
        return paint_runs(self.labelled.runs, self.shape)

    @cached_property
    def slant(self) -> float:
        """How far the writing leans: pixels to the right a pixel upwards, 0 for upright writing."""
        return measure_slant(self.labelled.runs, self.shape)


def find_components(density: NDArray[np.uint8]) -> Components:
    """Find the components of a field's ink.

    Args:
        density: ``(H, W)`` ink density, 0 for paper to 255; 128 and more counts as ink.

    Returns:
        The components, dust left out.
    """
    labelled = label(density)
    is_grey = cv2.countNonZero(density) > int(labelled.areas.sum())
    (components,) = sift_components([Part(density, (0.0, 0.0), labelled, is_grey)], [0.0], [False])
    return components


def sift_components(
    parts: Sequence[Part], lowest: Sequence[float], one_digit: Sequence[bool]
) -> list[Components]:
    """Leave the dust out of the components of fields, and measure the writing.

    Args:
        parts: The ink of each field.
        lowest: Height in pixels below which writing would be too small for the field; such ink is dust.
        one_digit: Whether there is room for one digit only, all parts of which then count together: one that
            is broken into small ones is no dust.

    Returns:
        The components of each, dust left out.
    """
    counts = np.array([len(part.labelled.areas) for part in parts], np.intp)
    firsts, fields = counts.cumsum() - counts, np.arange(len(counts)).repeat(counts)
    boxes = np.concatenate([part.labelled.boxes for part in parts])
    areas = np.concatenate([part.labelled.areas for part in parts])
    masks = [
        cv2.threshold(part.density, 127, 255, cv2.THRESH_BINARY)[1] if part.is_grey else part.density
        for part in parts
    ]
    strokes = [max(1.0, mean_width(mask)) for mask in masks]
    widths = np.array(strokes)[fields]
    large = areas >= _SPECK * widths * widths
    heights = digit_heights(boxes[large], areas[large], fields[large], one_digit)
    least = np.where(heights >= lowest, _SMALL * heights, np.inf)
    large &= boxes[:, 2:].max(axis=1) >= least[fields]
    sifted = []
    for (density, _, its, is_grey), first, height, stroke in zip(
        parts, firsts.tolist(), heights.tolist(), strokes, strict=True
    ):
        own = large[first : first + len(its.areas)]
        dust = its.boxes[~own]
        clean = its.some(own) if len(dust) else its
        sifted.append(Components(clean, dust, density.shape, height, stroke, is_grey))
    return sifted


def measure_slant(runs: Runs, shape: tuple[int, int]) -> float:
    """Measure how far the writing leans, from the directions of its outline.

    Kimura, Shridhar, Chen (1993), "Improvements of a lexicon directed algorithm for recognition of
    unconstrained handwritten words": the mean sideways step of the outline a row, over all its steps that
    are not level.

    Args:
        runs: The ink's runs along the rows.
        shape: Height and width of the picture that they are on.

    Returns:
        Pixels to the right a pixel upwards: 0 for upright writing, positive for writing that leans to the
        right.

    >>> upright, leaning = np.array([(0, 4, 6), (1, 4, 6)]), np.array([(0, 2, 3), (1, 1, 2)])
    >>> [measure_slant(Runs(*ends.T), (2, 9)) for ends in (upright, leaning)]
    [0.0, 1.0]
    """
    height, width = shape
    span = width + 2
    outline = np.zeros((height + 1) * span, bool)  # where runs start
    places = runs.rows * span + runs.starts + 1
    outline[places] = True
    below = places + span
    straight, to_left, to_right = (int(np.count_nonzero(outline[below + step])) for step in (0, -1, 1))
    return (to_left - to_right) / (straight + to_left + to_right or 1)
