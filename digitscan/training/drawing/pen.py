"""Pen: digits written stroke by stroke, each in a shape of its writer's, the pen not always lifted.

What a set of images cannot give: shapes that are rare in it, and strokes that run from one digit into the
next, as the zeros of round amounts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.data.unipen import PenDigit, Strokes
from digitscan.training.drawing.allographs import ALLOGRAPHS, RUNNING_ZEROS, Allograph, Stroke, smooth

_USUAL = 0.8
"""Probability that a writer gives a digit the usual shape."""

_FLAG = 0.1
"""Way upwards at the beginning of a 1, as a share of its height, from which on that is a flag."""

_CROSSED = 0.9
"""Share of the writers of such a 1 who cross their 7s, which would look the same else."""

_JITTER = (0.01, 0.06)
"""Spread of the points of a shape, as shares of a digit's height: from a steady hand to a hasty one."""

_ROTATION = 7.0
"""Spread of a digit's turn, in degrees."""

_STRETCH = 0.12
"""Spread of the logarithm of a digit's width and height."""

_SAMPLED = 0.5
"""Share of writers who write as somebody has written, where that is known."""

_OF_ONE = 120
"""Digits of one writer that are taken for samples; so many neighbours are of one or of two."""

_OWN_JITTER = 0.01
"""Spread of the points of samples, which differ from each other already."""

_LEAST_WAY = 0.08
"""Shorter strokes of samples are left out."""

_BETWEEN = 0.12
"""Way between two points of samples: the pen goes in a smooth curve from one to the next."""

_JOINING = (0.0, 0.0, 0.3, 0.9)
"""How likely a writer goes on to the next digit without lifting the pen, for writers that are as likely."""

_SMALL_ZEROS = 0.5
"""Share of writers whose zeros are smaller than their other digits."""

_WIDE_ZEROS = (0.15, 0.3)
"""Mean and spread of the logarithm of how much wider a writer's zeros are."""

_RUNNING = 0.45
"""Share of writers who write the zeros of a run in a way of their own."""

_RUNNING_ON = (0.0, 0.5, 0.95)
"""How likely a writer does not lift the pen between the zeros of a run, for writers that are as likely."""


@dataclass(frozen=True)
class PenHand:
    """How one writer moves the pen.

    Attributes:
        shapes: For each digit, which of its allographs is the usual one.
        jitter: Spread of the points of a shape, as a share of a digit's height.
        width: Stretch of all digits sideways.
        joining: Probability that a digit is joined to the one before.
        zero: Height of a zero beside that of other digits.
        wide: How much wider a zero is than its shape.
        running_on: Probability that a zero is joined to one before.
        running: Which shape the zeros of a run have; None for that of any zero.
        samples: What the writer has written before, if that is known: that takes the place of allographs.
    """

    shapes: tuple[int, ...]
    jitter: float
    width: float
    joining: float
    zero: float
    wide: float
    running_on: float
    running: int | None
    samples: Sequence[PenDigit] = ()

    @classmethod
    def draw(cls, rng: np.random.Generator, written: Sequence[PenDigit] = ()) -> PenHand:
        """Draw a writer at random: one who writes allographs, or one of those who have ``written``."""
        return cls(
            _choose_shapes(rng),
            rng.uniform(*_JITTER),
            float(np.exp(rng.normal(0, 0.25))),
            float(rng.choice(_JOINING)),
            rng.uniform(0.4, 1.0) if rng.random() < _SMALL_ZEROS else 1.0,
            float(np.exp(rng.normal(*_WIDE_ZEROS))),
            float(rng.choice(_RUNNING_ON)),
            int(rng.integers(len(RUNNING_ZEROS))) if rng.random() < _RUNNING else None,
            _some_of_one(written, rng) if written and rng.random() < _SAMPLED else (),
        )

    def write(self, digit: int, slant: float, run: bool, rng: np.random.Generator) -> list[Stroke]:
        """Write a digit.

        Args:
            digit: Which.
            slant: Sideways by upwards.
            run: Whether it is one of several zeros that follow each other.
            rng: Source of randomness.

        Returns:
            Its strokes as ``(points, 2)`` of x to the right and y upwards; about 1 high, beginning at
            x = 0.
        """
        shape, jitter = self._sample(digit, rng), _OWN_JITTER
        if not shape:
            shapes, jitter = ALLOGRAPHS[digit], self.jitter
            usual = rng.random() < _USUAL
            shape = shapes[self.shapes[digit] if usual else int(rng.integers(len(shapes)))]
        if run and self.running is not None:
            shape = RUNNING_ZEROS[self.running]
        angle = np.deg2rad(rng.normal(0, _ROTATION))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        height, wide = (1.0, 1.0) if digit else (self.zero, self.wide)
        stretch = np.diag(np.exp(rng.normal(0, _STRETCH, 2)) * (self.width * wide * height**0.5, height))
        matrix = np.array([[1.0, slant], [0.0, 1.0]]) @ turn @ stretch
        strokes = []
        for stroke in shape:
            moved = stroke + rng.normal(0, jitter, stroke.shape) + rng.normal(0, jitter / 2, 2)
            strokes.append(smooth(moved) @ matrix.T)
        left = min(float(stroke[:, 0].min()) for stroke in strokes)
        return [stroke - (left, 0.0) for stroke in strokes]

    def _sample(self, digit: int, rng: np.random.Generator) -> Allograph:
        """One of the writer's own; empty when there is none."""
        own = [strokes for strokes, label in self.samples if label == digit]
        return _as_allograph(own[int(rng.integers(len(own)))]) if own else ()


def _choose_shapes(rng: np.random.Generator) -> tuple[int, ...]:
    """Which allograph of each digit a writer uses; those of 1 and 7 mostly differ in more than the flag."""
    chosen = [int(rng.integers(len(shapes))) for shapes in ALLOGRAPHS]
    heights = ALLOGRAPHS[1][chosen[1]][0][:, 1]
    if heights.max() - heights[0] > _FLAG and rng.random() < _CROSSED:
        crossed = [number for number, strokes in enumerate(ALLOGRAPHS[7]) if len(strokes) > 1]
        chosen[7] = int(rng.choice(crossed))
    return tuple(chosen)


def _some_of_one(written: Sequence[PenDigit], rng: np.random.Generator) -> Sequence[PenDigit]:
    """What somebody wrote: some neighbours, as the digits of a writer are together."""
    first = int(rng.integers(max(1, len(written) - _OF_ONE + 1)))
    return written[first : first + _OF_ONE]


def _as_allograph(strokes: Strokes) -> Allograph:
    """Strokes in heights of their digit, with few points; without those that are hardly more than a dot."""
    every = np.concatenate(strokes)
    (left, foot), (width, height) = every.min(axis=0), np.ptp(every, axis=0)
    size = max(float(height), 0.6 * float(width), 1e-6)
    shape = []
    for stroke in strokes:
        scaled = (stroke - (left, foot)) / size
        way = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(scaled, axis=0), axis=1)))
        if way[-1] < _LEAST_WAY:
            continue
        at = np.linspace(0, way[-1], max(3, 1 + round(way[-1] / _BETWEEN)))
        shape.append(np.stack([np.interp(at, way, values) for values in scaled.T], axis=1))
    return tuple(shape)


def join(end: Stroke, start: Stroke, rng: np.random.Generator) -> Stroke:
    """Lead the pen from the last point of a digit to the first of the next in a flat curve.

    Args:
        end: The last two points of a digit or more, ``(points, 2)``.
        start: The first two points of the next or more.
        rng: Source of randomness.

    Returns:
        The points of the curve, both ends among them.
    """
    first, last = end[-1], start[0]
    middle = (first + last) / 2
    middle = middle + rng.normal(0, 0.12, 2) * max(float(np.linalg.norm(last - first)), 1e-3)
    return smooth(np.stack([first, middle, last]))


def draw_stroke(canvas: NDArray[np.uint8], stroke: Stroke, pen: float) -> None:
    """Draw a stroke on ink density.

    Args:
        canvas: ``(H, W)``, drawn on.
        stroke: ``(points, 2)`` x and y downwards in pixels.
        pen: Width of the pen in pixels.
    """
    points = np.round(stroke * 16).astype(np.int32)  # sixteenths of a pixel
    cv2.polylines(canvas, [points], False, 255, max(1, round(pen)), cv2.LINE_AA, shift=4)
