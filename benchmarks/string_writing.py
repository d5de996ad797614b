"""What is written in the strings of ``strings.py``: digits in one hand, near each other or not, and marks."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.data import Digits

Ink = NDArray[np.float32]
"""``(H, W)`` ink, 0 for none to 1 for full ink."""

Rng = np.random.Generator


class Trait(StrEnum):
    """What is hard about a string."""

    TOUCHING = "touching"
    OVERLAPPING = "overlapping"
    LIGATURES = "joined by a stroke"
    BROKEN = "broken strokes"
    SLANTED = "slanted"
    COMB = "over box lines"
    SEPARATORS = "with separators"
    TEXTURED = "textured paper"
    PENCIL = "pencil"
    LOW = "low resolution"
    HIGH = "600 dpi"


GAP, OVERLAP = (0.12, 0.4), (0.08, 0.12)
"""Between neighbours, in heights; ink shared by neighbours, in widths of a digit."""

REACH = 0.2
"""Heights above and below within which a mark keeps its distance to others."""

NEAREST, ALONG = 0.36, 0.45
"""Neighbours that meet have middles so far apart or more, and meet along so many rows or less; in heights."""

SOME = 20
"""Digits of which a hand takes the one most like itself."""

EXITS = {0: 0.12, 2: 0.9, 4: 0.6, 5: 0.06, 6: 0.65, 8: 0.1}
"""Digits that a pen leaves to the right, and how far down it does, in their heights."""

SEPARATORS = ".,-/"


class Mark(NamedTuple):
    """A digit or another mark, as written: column and row of its top left, and its ink."""

    x: int
    y: int
    ink: Ink


class Hand:
    """Who writes a string, with digits of about the same slant and pen.

    Args:
        digits: To choose from.
        height: Of the digits in pixels.
        shear: By which all digits lean more than they do, in pixels to the right for each pixel up.
        rng: The hand is that of a digit at random.
    """

    def __init__(self, digits: Digits, height: int, shear: float, rng: Rng) -> None:
        self.height = height
        self._images = digits.images
        self._of_digit = [np.flatnonzero(digits.labels == digit) for digit in range(10)]
        self._shear = shear
        self._style = measure_style(digits.images[rng.integers(len(digits.images))])
        self.slant = shear + self._style[0]

    def write(self, digit: int, rng: Rng) -> Ink:
        """Write a digit, with crisp edges: of some at random, the one most like the hand."""
        some = self._images[rng.choice(self._of_digit[digit], SOME)]
        image = some[np.argmin([np.abs(measure_style(one) - self._style).sum() for one in some])]
        times = self.height * rng.uniform(0.92, 1.08) / 20
        aside = round(self.height / 2)
        large = cv2.resize(np.pad(image, 1), None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        wide = np.pad(large.astype(np.float32) / 255, ((0, 0), (aside, aside)))
        across = np.array([[1, -self._shear, self._shear * len(wide) / 2], [0, 1, 0]])
        smooth = cv2.GaussianBlur(cv2.warpAffine(wide, across, wide.shape[::-1]), (0, 0), 0.3 * times)
        return trim(drop_specks(np.clip((smooth - 0.42) * max(1.0, times / 1.5) + 0.5, 0, 1)))


def measure_style(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Measure the slant of a digit ``(28, 28)``, in pixels to the right for each up, and half its pen.

    Halved, the pen counts about as much as the slant when two digits are compared.
    """
    moments = cv2.moments(image)
    return np.array([-moments["mu11"] / moments["mu02"], measure_pen(image / 255) / 2])


def drop_specks(ink: Ink) -> Ink:
    """Take away what is under a twelfth of the ink, such as a neighbour's that MNIST left in."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0.1).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    return np.asarray(ink * (areas >= areas[1:].sum() / 12)[labels], np.float32)


def trim(ink: Ink) -> Ink:
    """Take rows and columns without ink away."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.5), np.flatnonzero(ink.max(axis=0) > 0.5)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def write_string(length: int, hand: Hand, traits: set[Trait], rng: Rng) -> tuple[str, list[Mark], list[Mark]]:
    """Write digits one after the other on a line, and what goes between them.

    Args:
        length: Number of digits.
        hand: That writes them.
        traits: Of the string. Digits that would meet side by side, as two ones do, are chosen anew; half of
            those to be joined by strokes are zeros, as amounts have chains of them.
        rng: Of the digits and of their places.

    Returns:
        The digits, their marks, and those of separators or of the strokes that join digits.
    """
    line = Line(hand.height)
    usual = hand.height * rng.uniform(*GAP)
    separator = SEPARATORS[rng.integers(len(SEPARATORS))]
    ends = choose_ends(length, rng) if Trait.SEPARATORS in traits else set()
    text = ""
    marks, others = list[Mark](), list[Mark]()
    while len(text) < length:
        digit = int(rng.integers(10))
        if Trait.LIGATURES in traits and rng.random() < 0.5:
            digit = 0
        ink = hand.write(digit, rng)
        pen = measure_pen(ink)
        gap, reach, drop = usual * rng.uniform(0.8, 1.2), REACH, rng.normal(0, 0.03)
        separated = len(text) in ends
        if separated:
            others.append(line.put(line.fit(*draw_separator(separator, hand, pen, rng), gap, 1.0)))
            reach = 1.0
        elif Trait.TOUCHING in traits:
            gap, reach = -max(1.0, pen / 5), 0.0
        elif Trait.OVERLAPPING in traits and marks:
            gap, reach = -rng.uniform(*OVERLAP) * (ink.shape[1] + marks[-1].ink.shape[1]) / 2, 0.0
        mark = line.fit(ink, drop, gap, reach)
        if not separated and line.crowds(mark):
            continue
        if Trait.LIGATURES in traits and marks and not separated and int(text[-1]) in EXITS and digit != 1:
            others.append(join(marks[-1], mark, EXITS[int(text[-1])], pen, rng))
        marks.append(line.put(mark))
        text += str(digit)
    return text, marks, others


class Line:
    """A line of writing, from left to right.

    Args:
        height: Usual height of a digit; digits stand on the row twice as far down.
    """

    def __init__(self, height: int) -> None:
        self._height = height
        self._front = np.full((4 * height, 1), -np.inf)
        self._middle = -np.inf

    def fit(self, ink: Ink, drop: float, gap: float, reach: float) -> Mark:
        """Find the place for a mark behind all others.

        Args:
            ink: Of the mark.
            drop: By which it ends below the line, in heights.
            gap: Pixels of paper between it and the others where they come closest; below 0, of shared ink.
            reach: Rows, in heights, within which ink counts as on the same row, so that no mark comes to lie
                below or above another's; with 0 it may.

        Returns:
            The mark in its place.
        """
        top = round((2 + drop) * self._height) - len(ink)
        spread = 2 * round(reach * self._height) + 1
        front = cv2.dilate(self._front, np.ones((spread, 1), np.uint8))[top : top + len(ink), 0]
        meeting = float(np.max(front - find_edges(ink)[0]))
        return Mark(round(meeting + gap) if np.isfinite(meeting) else 0, top, ink)

    def crowds(self, mark: Mark) -> bool:
        """Whether a mark that meets the one before runs along it, or lies above or below it."""
        first = mark.x + find_edges(mark.ink)[0]
        met = np.count_nonzero(self._front[mark.y : mark.y + len(mark.ink), 0] > first)
        near = find_middle_column(mark) - self._middle < NEAREST * self._height
        return bool(met and (near or met > ALONG * self._height))

    def put(self, mark: Mark) -> Mark:
        """Put a mark in its place."""
        place = self._front[mark.y : mark.y + len(mark.ink), 0]
        np.maximum(place, mark.x + find_edges(mark.ink)[1], out=place)
        self._middle = find_middle_column(mark)
        return mark


def find_edges(ink: Ink) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the first column of ink of each row and the one behind the last; inf and -inf in rows without."""
    inked = ink > 0.5
    some = inked.any(axis=1)
    behind = ink.shape[1] - inked[:, ::-1].argmax(axis=1)
    return np.where(some, inked.argmax(axis=1), np.inf), np.where(some, behind, -np.inf)


def find_middle_column(mark: Mark) -> float:
    """Find the mean column of a mark's ink."""
    return mark.x + float(np.average(np.arange(mark.ink.shape[1]), weights=mark.ink.sum(axis=0)))


def measure_pen(ink: NDArray[np.floating]) -> float:
    """Width of the strokes in pixels: ink across a stroke is a quarter of it from its edge on average."""
    inked = np.pad(ink > 0.5, 1).astype(np.uint8)
    distances = cv2.distanceTransform(inked, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return 4 * float(distances[inked > 0].mean())


def choose_ends(length: int, rng: Rng) -> set[int]:
    """Choose where groups of digits end: one or two to four digits behind the last."""
    ends: set[int] = set()
    place = int(rng.integers(1, min(4, length - 1), endpoint=True))
    while place < length:
        ends.add(place)
        place += int(rng.integers(2, 5))
    return ends


def draw_separator(separator: str, hand: Hand, pen: float, rng: Rng) -> tuple[Ink, float]:
    """Draw a separator.

    Args:
        separator: One of ``SEPARATORS``.
        hand: That draws it.
        pen: Width of the strokes.
        rng: Of its shape.

    Returns:
        Its ink, and how far below the line it ends, in heights.
    """
    height = hand.height
    if separator == ".":
        return trim(draw_stroke([(0, 0), (0.02 * height, 0)], 1.3 * pen).ink), 0.0
    if separator == ",":
        tail = height * rng.uniform(0.15, 0.25)
        return trim(draw_stroke([(0.5 * tail, 0), (0.4 * tail, 0.5 * tail), (0, tail)], pen).ink), 0.15
    if separator == "-":
        return trim(draw_stroke([(0, 0), (height * rng.uniform(0.3, 0.45), 0)], pen).ink), -0.45
    high = height * rng.uniform(1.2, 1.35)
    across = high * (rng.uniform(0.35, 0.5) + max(0.0, hand.slant))
    return trim(draw_stroke([(across, 0), (0, high)], pen).ink), 0.15


def join(one: Mark, other: Mark, down: float, pen: float, rng: Rng) -> Mark:
    """Draw a stroke from one digit to the next, hanging through a little.

    Args:
        one: It starts at its right edge.
        other: It ends at its left edge.
        down: Where it starts and about where it ends, in heights of the digits from their tops.
        pen: Width of the digits' strokes.
        rng: Of its shape.
    """
    start_row = pick_row(one.ink, down)
    end_row = pick_row(other.ink, np.clip(down + rng.uniform(-0.05, 0.1), 0.05, 0.95))
    start = np.array([one.x + find_edges(one.ink)[1][start_row] - pen / 2, one.y + start_row])
    end = np.array([other.x + find_edges(other.ink)[0][end_row] + pen / 2, other.y + end_row])
    middle = (start + end) / 2 + (0, rng.uniform(0, 0.3) * abs(end[0] - start[0]))
    t = np.linspace(0, 1, 12)[:, None]
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    return draw_stroke([(x, y) for x, y in curve.tolist()], pen * rng.uniform(0.6, 0.9))


def pick_row(ink: Ink, down: float) -> int:
    """Pick the row of ink that lies a share of the way down."""
    rows = np.flatnonzero(ink.max(axis=1) > 0.5)
    return int(rows[round(down * (len(rows) - 1))])


def draw_stroke(points: Sequence[tuple[float, float]], pen: float) -> Mark:
    """Draw a stroke through points ``(x, y)`` with a pen of a width in pixels."""
    left, top = (int(np.floor(min(each) - pen)) for each in zip(*points, strict=True))
    right, bottom = (int(np.ceil(max(each) + pen)) for each in zip(*points, strict=True))
    canvas = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    way = np.round((np.array(points) - (left, top)) * 16).astype(np.int32)
    cv2.polylines(canvas, [way], False, 255, max(1, round(pen)), cv2.LINE_AA, 4)
    return Mark(left, top, np.asarray(canvas / 255, np.float32))
