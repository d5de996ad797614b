"""Wholes: components of a field that are surely one digit each, seen by themselves before anything is cut.

Most digits stand apart. Where the classifier is sure of a component as it is, and nothing beside it can be a
part of it, it need be neither cut nor joined to others, which is most of the work of reading. Where most of
what is written looks like neither digits nor parts of them, it is a text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.components import Components
from digitscan.crops import make_crops
from digitscan.segmentation import Whole
from digitscan.strokes import thicken

_SURE = 0.9
"""Probability of its digit from which on a component is one."""

_HEIGHTS = (0.7, 1.5)
"""Such digits have at least and at most this share of the usual height."""

_WIDEST = 1.3
"""They are at most this many digit heights wide."""

_LEANING = 0.15
"""A one that leans by more than this share of its height may be a slash."""

_SHARED = 0.2
"""Components that share this part of the narrower one's width, the writing upright, may be one digit."""

_LETTER = 0.6
"""What is to be read as a text counts only if it is this share of a digit's height high."""

_SAMPLE = 24
"""About as many components of a field tell whether it is a text."""

_LEAST_SAMPLE = 8
"""As many there must be."""

_TEXT = 0.35
"""In a text this share of them is neither digits nor parts of digits."""


class Inked(NamedTuple):
    """The ink of a field, or of a cell of a comb.

    Attributes:
        density: ``(H, W)`` ``uint8``.
        origin: Where its top left is on the page, x and y in pixels.
        components: Those of the ink.
        may_be_text: Whether it may be a text rather than digits.
    """

    density: NDArray[np.uint8]
    origin: tuple[float, float]
    components: Components
    may_be_text: bool


def find_wholes(inked: Sequence[Inked], classifier: Classifier) -> list[dict[int, Whole] | None]:
    """Find the components that are surely one digit each.

    Args:
        inked: The ink of the fields of a page.
        classifier: Judges their components by their shapes.

    Returns:
        For each field such components by their number; None for a text.
    """
    if (
        classifier.classes.part is None or classifier.classes.noise is None
    ):  # it cannot tell digits from others
        return [{} for _ in inked]
    first = [_sample(one.components) if one.may_be_text else range(one.components.count) for one in inked]
    seen = _see(inked, first, classifier)
    texts = [
        one.may_be_text and _is_text(its.values(), classifier) for one, its in zip(inked, seen, strict=True)
    ]
    rest = [
        [] if is_text else [i for i in range(one.components.count) if i not in its]
        for one, its, is_text in zip(inked, seen, texts, strict=True)
    ]
    for its, more in zip(seen, _see(inked, rest, classifier), strict=True):
        its.update(more)
    return [
        None if is_text else _settled(one.components, its)
        for one, its, is_text in zip(inked, seen, texts, strict=True)
    ]


def _sample(components: Components) -> list[int]:
    """Numbers of some components about as high as digits, evenly from all of them."""
    tall = np.flatnonzero(components.boxes[:, 3] >= _LETTER * components.digit_height)
    return tall[:: -(-len(tall) // _SAMPLE) or 1].tolist()


def _see(
    inked: Sequence[Inked], chosen: Sequence[Sequence[int]], classifier: Classifier
) -> list[dict[int, Whole]]:
    """Classify components by themselves; for each field those chosen, by their number."""
    inks = [_take_inks(one, numbers) for one, numbers in zip(inked, chosen, strict=True)]
    crops = make_crops([density for its in inks for density, _ in its])
    rows = iter(classifier.classify(crops))
    return [
        {number: Whole(*ink, next(rows)) for number, ink in zip(numbers, its, strict=True)}
        for numbers, its in zip(chosen, inks, strict=True)
    ]


def _take_inks(inked: Inked, numbers: Sequence[int]) -> list[tuple[NDArray[np.uint8], tuple[int, int]]]:
    """Take the ink of components by itself; and where its left and top are."""
    if not numbers:
        return []
    components = inked.components
    edge = max(1, round(components.stroke / 3))  # the grey edge of a stroke belongs to it
    density, labels = thicken(inked.density, components.thinness), components.labels
    paper = labels == 0
    names, boxes = components.names.tolist(), components.boxes.tolist()
    found = []
    for number in numbers:
        x, y, width, height = boxes[number]
        left, top = max(0, x - edge), max(0, y - edge)
        part = np.s_[top : y + height + edge, left : x + width + edge]
        is_own = (labels[part] == names[number]) | paper[part]
        own = cv2.copyTo(density[part], is_own.view(np.uint8))
        x, y, width, height = cv2.boundingRect(own)
        found.append((own[y : y + height, x : x + width], (left + x, top + y)))
    return found


def _is_text(seen: Collection[Whole], classifier: Classifier) -> bool:
    """Whether too much of what was seen looks like neither digits nor parts of them."""
    if len(seen) < _LEAST_SAMPLE:
        return False
    rows = np.array([one.seen for one in seen])
    return float(np.mean(rows[:, classifier.classes.noise] > 0.5)) >= _TEXT


def _settled(components: Components, seen: Mapping[int, Whole]) -> dict[int, Whole]:
    """Choose those that are surely digits and have nothing above, below or within them."""
    if not seen:
        return {}
    rows = np.array([seen[i].seen for i in range(components.count)])
    sizes = components.boxes[:, 2:] / components.digit_height
    sure = (
        (rows[:, :10].max(axis=1) >= _SURE)
        & (sizes[:, 1] >= _HEIGHTS[0])
        & (sizes[:, 1] <= _HEIGHTS[1])
        & (sizes[:, 0] <= _WIDEST)
    )
    leaning = components.boxes[:, 2] - components.stroke > _LEANING * components.boxes[:, 3]
    sure &= (rows[:, :10].argmax(axis=1) != 1) | ~leaning
    if sure.any() and components.count > 1:
        sure &= ~_stacked(components)
    return {i: seen[i] for i in np.flatnonzero(sure).tolist()}


def _stacked(components: Components) -> NDArray[np.bool_]:
    """Which components share much of their width, where the writing is upright, with others."""
    x, y, width, height = components.boxes.T
    lean = abs(components.slant) * height
    middles = x + width / 2 + components.slant * (y + height / 2)
    widths = np.maximum(width - lean, components.stroke)
    shared = (widths[:, None] + widths) / 2 - np.abs(middles[:, None] - middles)
    np.fill_diagonal(shared, 0)
    return (shared > _SHARED * np.minimum(widths[:, None], widths)).any(axis=1)
