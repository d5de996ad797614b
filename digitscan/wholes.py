"""Wholes: components of a field that are surely one digit each, seen by themselves before anything is cut.

Most digits stand apart. Where nothing beside a component can be a part of it, and the classifier is sure of
it as it is, it need be neither cut nor joined to others, which is most of the work of reading. Where what is
written looks less like digits and parts of them than digits do, it is a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.components import Components
from digitscan.crops import crop_inks
from digitscan.groups import Numbers
from digitscan.intervals import overlapping
from digitscan.segmentation import Whole
from digitscan.singles import Singles

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
"""Components tell whether a field is a text when they are this share of a digit's height high."""

_LEAST_TEXT = 6
"""What has fewer of these may be anything."""

_SAMPLES = (8, 24)
"""About as many of them are seen first, and next where that leaves doubt: they often tell a text."""

_USUAL = 0.97
"""A component of digits is with about this probability a digit or part of one."""

_LEAST = 0.2
"""One counts no less than if this were its probability: it may be dirt."""

_TEXT = -4.5
"""Log of how likely the components of a field are beside usual ones of digits, under which it is a text: of
324 fields that were read as digits none had less than -3.8."""


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
    noise = classifier.classes.noise
    if classifier.classes.part is None or noise is None:  # it cannot tell digits from others
        return [{} for _ in inked]
    singles = Singles([one.density for one in inked], [one.components for one in inked])
    seen = _Seen(singles, classifier)
    telling = _telling(inked, singles)
    doubtful = np.bincount(singles.fields[telling], minlength=len(inked)) > 0
    texts = np.zeros(len(inked), bool)
    for most in _SAMPLES:
        left = telling[~texts[singles.fields[telling]]]
        seen.look_at(_sample(left, singles.fields[left], most))
        texts = doubtful & (seen.evidence(noise) < _TEXT)
    apart = _apart(inked, singles, texts)
    seen.look_at(np.union1d(apart, telling[~texts[singles.fields[telling]]]))
    texts = doubtful & (seen.evidence(noise) < _TEXT)
    strokes = np.array([one.components.stroke for one in inked])
    digits = _are_digits(seen.rows[apart], singles.boxes[apart], strokes[singles.fields[apart]])
    wholes: list[dict[int, Whole]] = [{} for _ in inked]
    numbers = apart[digits]
    fields = singles.fields[numbers]
    own = (numbers - singles.firsts[fields]).tolist()
    for number, field, component in zip(numbers.tolist(), fields.tolist(), own, strict=True):
        wholes[field][component] = seen.whole(number)
    return [None if is_text else its for its, is_text in zip(wholes, texts.tolist(), strict=True)]


class _Seen:
    """What the classifier says of components by themselves; each is shown to it once.

    Attributes:
        rows: ``(N, C)`` the probabilities of each component, 0 before it is shown.
    """

    def __init__(self, singles: Singles, classifier: Classifier) -> None:
        self._singles, self._classifier = singles, classifier
        self._is_shown = np.zeros(len(singles.fields), bool)
        self._inks: dict[int, tuple[NDArray[np.uint8], tuple[int, int]]] = {}
        self.rows = np.zeros((len(singles.fields), len(classifier.card.classes)), np.float32)

    def look_at(self, numbers: Numbers) -> None:
        """Show some components, of which some may have been shown before."""
        new = numbers[~self._is_shown[numbers]]
        inks = self._singles.take(new)
        self.rows[new] = self._classifier.classify(crop_inks([ink for ink, _ in inks]))
        self._is_shown[new] = True
        self._inks.update(zip(new.tolist(), inks, strict=True))

    def evidence(self, noise: int) -> NDArray[np.float64]:
        """Log of how likely what was shown of each field is beside usual components of digits.

        As in the sequential test of Wald (1945), "Sequential tests of statistical hypotheses".

        Args:
            noise: Column of what is neither a digit nor part of one.

        Returns:
            ``(F,)``, 0 where nothing was shown.
        """
        shown = self._is_shown.nonzero()[0]
        likely = np.maximum(np.delete(self.rows[shown], noise, axis=1).max(axis=1), _LEAST)
        fields = self._singles.fields[shown]
        logs = np.bincount(fields, np.log(likely / _USUAL), minlength=len(self._singles.firsts))
        return np.asarray(logs, np.float64)

    def whole(self, number: int) -> Whole:
        """One of the components that were shown."""
        return Whole(*self._inks[number], self.rows[number])


def _telling(inked: Sequence[Inked], singles: Singles) -> Numbers:
    """The components about as high as digits of fields that may be texts and have enough of them."""
    heights = np.array([one.components.digit_height for one in inked])
    may_be_text = np.array([one.may_be_text for one in inked], bool)
    fields = singles.fields
    tall = (may_be_text[fields] & (singles.boxes[:, 3] >= _LETTER * heights[fields])).nonzero()[0]
    counts = np.bincount(fields[tall], minlength=len(inked))
    return tall[counts[fields[tall]] >= _LEAST_TEXT]


def _sample(numbers: Numbers, fields: Numbers, most: int) -> Numbers:
    """So many of these numbers of each field at the most, evenly from all."""
    counts = np.bincount(fields)
    ranks = np.arange(len(fields)) - (counts.cumsum() - counts)[fields]
    return numbers[ranks % -(-counts // most)[fields] == 0]


def _apart(inked: Sequence[Inked], singles: Singles, texts: NDArray[np.bool_]) -> Numbers:
    """The components as large as digits that have nothing above, below or within them; none of texts."""
    fields = singles.fields
    heights = np.array([one.components.digit_height or 1.0 for one in inked])[fields]
    width, height = singles.boxes[:, 2:].T / heights
    apart = (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1]) & (width <= _WIDEST) & ~texts[fields]
    looked_at = np.zeros(len(inked), bool)
    looked_at[fields[apart]] = True
    slants = np.array(
        [one.components.slant if its else 0.0 for one, its in zip(inked, looked_at.tolist(), strict=True)]
    )
    strokes = np.array([one.components.stroke for one in inked])
    own = looked_at[fields].nonzero()[0]
    of = fields[own]
    apart[own] &= ~_stacked(singles.boxes[own], of, slants[of], strokes[of])
    return apart.nonzero()[0]


def _stacked(
    boxes: NDArray[np.int32], fields: Numbers, slants: NDArray[np.float64], strokes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which components share much of their width, where the writing is upright, with others."""
    x, y, width, height = boxes.T
    middles = x + width / 2 + slants * (y + height / 2)
    widths = np.maximum(width - np.abs(slants) * height, strokes)

    def share_much(ones: Numbers, others: Numbers) -> NDArray[np.bool_]:
        shared = (widths[ones] + widths[others]) / 2 - np.abs(middles[ones] - middles[others])
        return np.asarray(shared > _SHARED * np.minimum(widths[ones], widths[others]))

    stacked = np.zeros(len(boxes), bool)
    for numbers in overlapping(middles - widths / 2, middles + widths / 2, fields, share_much):
        stacked[numbers] = True
    return stacked


def _are_digits(
    rows: NDArray[np.float32], boxes: NDArray[np.int32], strokes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which components are surely digits, by what the classifier says of them and their measures."""
    _, _, width, height = boxes.T
    leans = width - strokes > _LEANING * height
    return (rows[:, :10].max(axis=1) >= _SURE) & ~(leans & (rows[:, :10].argmax(axis=1) == 1))
