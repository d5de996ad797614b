"""Boxes: the fields of a form laid onto the boxes that are printed on a page.

Without a picture of the form its boxes are all that is known of it. Every pair of a field and a printed box
of about the same shape says by how much the page is larger and shifted; what most fields agree on is taken
(after Ballard 1981, "Generalizing the Hough transform to detect arbitrary shapes"), and made exact by least
squares over the boxes that lie together then.
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_LARGER = 1.6
"""A page is at most this many times as large as its form on paper of its size, or as small."""

_OFF = 0.25
"""A form is shifted by at most this share of the paper."""

_SHAPE = 0.2
"""Widths and heights of a field and its box differ by at most this share, as some are drawn with the lines
and some without,"""

_MIDDLE = 0.35
"""and their middles by at most this share of the height,"""

_CLOSE = 0.15
"""or this, when all has been fitted."""

_REFINED = 12
"""Places with the most votes that are made exact."""

_MOST_PAIRS = 300
"""So many pairs are tried at the most, those of the largest fields first."""

_PREFERRED = 0.5
"""Votes that a form which lies where it should is ahead of one at the edge of what is possible."""

_SHEAR, _PERSPECTIVE = 3, 8
"""Boxes that it takes to tell shear, and perspective."""

_FITS = (_SHEAR, _SHEAR, _PERSPECTIVE, _PERSPECTIVE)
"""What is fitted in turn: perspective comes last, as it leads far astray where boxes are still missing."""

Boxes = NDArray[np.float64]
"""``(N, 4)`` x, y, width and height."""


class _Place(NamedTuple):
    """Where a form lies on a page: a point p of the form is at ``scale * p + (x, y)``."""

    scale: float
    x: float
    y: float

    def put(self, fields: Boxes) -> Boxes:
        return np.asarray(self.scale * fields + (self.x, self.y, 0.0, 0.0))

    @property
    def back(self) -> NDArray[np.float64]:
        """``(3, 3)`` from the page to the form."""
        unit = 1 / self.scale
        return np.array([[unit, 0, -unit * self.x], [0, unit, -unit * self.y], [0, 0, 1.0]])


class Match(NamedTuple):
    """How boxes lie on the fields of a form.

    Attributes:
        matrix: ``(3, 3)`` a homography from the page to the form.
        share: Share of the fields that have a box there, 0 to 1.
        votes: Their number, less up to ``_PREFERRED`` the farther the form lies from where it should.
    """

    matrix: NDArray[np.float64]
    share: float
    votes: float


def match_boxes(
    fields: Boxes, boxes: Boxes, form: tuple[float, float], page: tuple[float, float]
) -> Match | None:
    """Find how printed boxes lie on the fields of a form.

    Args:
        fields: The form's fields.
        boxes: The boxes on a page.
        form: Width and height of the form's paper.
        page: The same of the page.

    Returns:
        How most fields have a box; None when none has.

    >>> form = np.array([(10.0, 10, 90, 20), (10.0, 50, 60, 20), (10.0, 90, 30, 20)])
    >>> match = match_boxes(form, 2 * form + (8, 4, 0, 0), (200, 200), (400, 400))
    >>> (np.round(match.matrix, 3) + 0.0).tolist(), match.share
    ([[0.5, 0.0, -4.0], [0.0, 0.5, -2.0], [0.0, 0.0, 1.0]], 1.0)
    """
    usual = float(np.sqrt(page[0] * page[1] / (form[0] * form[1])))
    places = _places(fields, boxes, usual) if len(fields) and len(boxes) else []
    unlike = [_unlike(place, usual, np.array(form) / 2, np.array(page)) for place in places]
    votes = [
        len(_partners(place.put(fields), boxes, _MIDDLE)[0]) - _PREFERRED * off if off <= 1 else 0.0
        for place, off in zip(places, unlike, strict=True)
    ]
    best: Match | None = None
    for i in np.argsort(-np.array(votes), kind="stable")[:_REFINED].tolist():
        matrix = _refine(places[i], fields, boxes) if votes[i] > 0 else None
        if matrix is None:
            continue
        chosen = len(_partners(_moved(fields, cv2.invert(matrix)[1]), boxes, _CLOSE)[0])
        match = Match(matrix, chosen / len(fields), chosen - _PREFERRED * unlike[i])
        if best is None or match.votes > best.votes:
            best = match
    return best if best is not None and best.share else None


def _refine(place: _Place, fields: Boxes, boxes: Boxes) -> NDArray[np.float64] | None:
    """Make a place exact; gives ``(3, 3)`` from the page to the form, or None when all boxes get lost."""
    matrix = place.back
    chosen, which = _partners(place.put(fields), boxes, _MIDDLE)
    there = boxes[which]
    for freedom in _FITS:  # boxes farther away come in as the fit gets better
        if not len(chosen):
            return None
        matrix = _fit(there, fields[chosen], matrix, freedom)
        expected = _moved(fields, cv2.invert(matrix)[1])
        chosen, which = _partners(expected, boxes, _MIDDLE)
        # All boxes may be found without their lines, which makes them smaller, but leaves their middles.
        sizes = expected[chosen, 2:]
        there = np.concatenate([_middles(boxes[which]) - sizes / 2, sizes], axis=1)
    return matrix


def _places(fields: Boxes, boxes: Boxes, usual: float) -> list[_Place]:
    """Where the form may lie, by pairs of a field and a box of its shape."""
    large = fields[np.argsort(-fields[:, 2] * fields[:, 3], kind="stable")]
    ratio = boxes[None, :, 2:] / large[:, None, 2:]
    wide = large[:, None, 2] >= large[:, None, 3]
    scales = np.where(wide, ratio[..., 0], ratio[..., 1])  # the longer side tells it better
    shifts = _middles(boxes)[None] - scales[..., None] * _middles(large)[:, None]
    possible = np.abs(np.log(ratio[..., 0] / ratio[..., 1])) <= 2 * _SHAPE
    possible &= np.abs(np.log(scales / usual)) <= log(_LARGER)
    i, j = (index[:_MOST_PAIRS] for index in np.nonzero(possible))
    return [_Place(s, x, y) for s, (x, y) in zip(scales[i, j].tolist(), shifts[i, j].tolist(), strict=True)]


def _unlike(place: _Place, usual: float, middle: NDArray[np.float64], page: NDArray[np.float64]) -> float:
    """How far a place is from the usual one, where the papers' middles meet: 0, to 1 for what is possible."""
    off = np.abs(place.scale * middle + place[1:] - page / 2) / page
    return max(float(off.max()) / _OFF, abs(log(place.scale / usual)) / log(_LARGER))


def _partners(fields: Boxes, boxes: Boxes, off: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The fields that have a box of their size in their place, off by a share of its height, and which."""
    apart = np.abs(_middles(boxes)[None] - _middles(fields)[:, None]).max(axis=2) / fields[:, None, 3]
    smaller = np.minimum(fields[:, None, 2:], boxes[None, :, 2:])
    unlike = np.abs(boxes[None, :, 2:] - fields[:, None, 2:]) > np.maximum(_SHAPE * smaller, 2.0)
    apart[unlike.any(axis=2)] = np.inf
    which = apart.argmin(axis=1)
    chosen = np.flatnonzero(apart[np.arange(len(fields)), which] <= off)
    return chosen, which[chosen]


def _fit(boxes: Boxes, fields: Boxes, matrix: NDArray[np.float64], freedom: int) -> NDArray[np.float64]:
    """Bring boxes onto their fields by least squares, as freely as so many tell; else shift ``matrix``."""
    from_, to = _corners(boxes), _corners(fields)
    if len(boxes) >= freedom == _PERSPECTIVE:
        found = cv2.findHomography(from_, to, 0)[0]
        if found is not None:
            return np.asarray(found, np.float64)
    if len(boxes) >= _SHEAR:
        solved = np.linalg.lstsq(np.column_stack([from_, np.ones(len(from_))]), to, rcond=None)[0]
        return np.vstack([solved.T, (0.0, 0.0, 1.0)])
    shift = (_middles(fields) - cv2.perspectiveTransform(_middles(boxes)[:, None], matrix)[:, 0]).mean(axis=0)
    return np.asarray(np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1.0]]) @ matrix)


def _moved(boxes: Boxes, matrix: NDArray[np.float64]) -> Boxes:
    """The boxes around where a homography puts the corners of boxes."""
    corners = cv2.perspectiveTransform(_corners(boxes)[:, None], matrix).reshape(-1, 4, 2)
    low, high = corners.min(axis=1), corners.max(axis=1)
    return np.concatenate([low, high - low], axis=1)


def _middles(boxes: Boxes) -> NDArray[np.float64]:
    return np.asarray(boxes[:, :2] + boxes[:, 2:] / 2)


def _corners(boxes: Boxes) -> NDArray[np.float64]:
    """``(4 * N, 2)`` four corners of each."""
    sides = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    return np.asarray((boxes[:, None, :2] + sides * boxes[:, None, 2:]).reshape(-1, 2))
