"""Wholes: components of a field that are surely one digit each, seen by themselves before anything is cut.

Most digits stand apart. Where nothing beside a component can be a part of it, and the classifier is sure of
it as it is, it need be neither cut nor joined to others, which is most of the work of reading. Where most of
what is written looks like neither digits nor parts of them, it is a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

_FIRST = 8
"""About as many of them are seen first,"""

_PLAIN = 5
"""and if so many of those are neither, it is a text."""


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
    samples = [_sample(one) for one in inked]
    seen: list[dict[int, Whole]] = [{} for _ in inked]
    _see(inked, [_spread(sample, _FIRST) for sample in samples], seen, classifier)
    texts = [sum(_are_noise(its, classifier)) >= _PLAIN for its in seen]
    _see(inked, _unless(texts, samples), seen, classifier)
    texts = [
        bool(sample) and sum(noise := _are_noise(its, classifier)) >= _TEXT * len(noise)
        for sample, its in zip(samples, seen, strict=True)
    ]
    apart = [[] if is_text else _apart(one.components) for one, is_text in zip(inked, texts, strict=True)]
    _see(inked, apart, seen, classifier)
    return [
        None if is_text else _settled(one.components, numbers, its)
        for one, numbers, its, is_text in zip(inked, apart, seen, texts, strict=True)
    ]


def _sample(inked: Inked) -> list[int]:
    """Numbers of some components about as high as digits, evenly from all; none of what is surely no text."""
    components = inked.components
    tall = np.flatnonzero(components.boxes[:, 3] >= _LETTER * components.digit_height).tolist()
    sample = _spread(tall, _SAMPLE)
    return sample if inked.may_be_text and len(sample) >= _LEAST_SAMPLE else []


def _spread(numbers: list[int], most: int) -> list[int]:
    """So many of these numbers at the most, evenly from all."""
    return numbers[:: -(-len(numbers) // most) or 1]


def _unless(texts: Sequence[bool], chosen: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """What was chosen of each field, but nothing of a text."""
    return [() if is_text else numbers for is_text, numbers in zip(texts, chosen, strict=True)]


def _see(
    inked: Sequence[Inked],
    chosen: Sequence[Sequence[int]],
    seen: Sequence[dict[int, Whole]],
    classifier: Classifier,
) -> None:
    """Classify components by themselves: for each field those chosen that it has not ``seen`` yet."""
    new = [[i for i in numbers if i not in its] for numbers, its in zip(chosen, seen, strict=True)]
    inks = [_take_inks(one, numbers) for one, numbers in zip(inked, new, strict=True)]
    crops = make_crops([density for its in inks for density, _ in its])
    rows = iter(classifier.classify(crops))
    for its, numbers, taken in zip(seen, new, inks, strict=True):
        its.update({number: Whole(*ink, next(rows)) for number, ink in zip(numbers, taken, strict=True)})


def _take_inks(inked: Inked, numbers: Sequence[int]) -> list[tuple[NDArray[np.uint8], tuple[int, int]]]:
    """Take the ink of components by itself; and where its left and top are."""
    if not numbers:
        return []
    components = inked.components
    edge = max(1, round(components.stroke / 3))  # the grey edge of a stroke belongs to it
    density, labels = thicken(inked.density, components.thinness), components.labels
    names, areas, boxes = components.names.tolist(), components.areas.tolist(), components.boxes.tolist()
    found = []
    for number in numbers:
        x, y, width, height = boxes[number]
        left, top = max(0, x - edge), max(0, y - edge)
        part = np.s_[top : y + height + edge, left : x + width + edge]
        own, near = density[part], labels[part]
        if cv2.countNonZero(near) > areas[number]:  # others reach into its box
            own = own * ((near == names[number]) | (near == 0))
        x, y, width, height = cv2.boundingRect(own)
        found.append((own[y : y + height, x : x + width], (left + x, top + y)))
    return found


def _are_noise(seen: Mapping[int, Whole], classifier: Classifier) -> list[bool]:
    """Whether each of what was seen looks like neither digits nor parts of them."""
    return [bool(one.seen[classifier.classes.noise] > 0.5) for one in seen.values()]


def _apart(components: Components) -> list[int]:
    """Numbers of the components that are as large as digits and have nothing above, below or within them."""
    width, height = components.boxes[:, 2:].T / (components.digit_height or 1.0)
    apart = (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1]) & (width <= _WIDEST)
    if components.count > 1 and apart.any():
        apart &= ~_stacked(components)
    return np.flatnonzero(apart).tolist()


def _settled(components: Components, numbers: Sequence[int], seen: Mapping[int, Whole]) -> dict[int, Whole]:
    """Choose those of these components that are surely digits."""
    settled = {}
    sizes = components.boxes[:, 2:].tolist()
    for number in numbers:
        digits = seen[number].seen[:10].tolist()
        (width, height), probability = sizes[number], max(digits)
        leans = width - components.stroke > _LEANING * height
        if probability >= _SURE and not (leans and digits.index(probability) == 1):
            settled[number] = seen[number]
    return settled


def _stacked(components: Components) -> NDArray[np.bool_]:
    """Which components share much of their width, where the writing is upright, with others."""
    x, y, width, height = components.boxes.T
    lean = abs(components.slant) * height
    middles = x + width / 2 + components.slant * (y + height / 2)
    widths = np.maximum(width - lean, components.stroke)
    shared = (widths[:, None] + widths) / 2 - np.abs(middles[:, None] - middles)
    np.fill_diagonal(shared, 0)
    return (shared > _SHARED * np.minimum(widths[:, None], widths)).any(axis=1)
