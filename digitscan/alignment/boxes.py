"""Boxes: the fields of a form laid onto the boxes that are printed on a page.

Without a picture of the form its boxes are all that is known of it. Every pair of a field and a printed box
of about the same shape says by how much the page is larger, turned and shifted; what most fields agree on is
taken (after Ballard 1981, "Generalizing the Hough transform to detect arbitrary shapes"), and made exact by
least squares over the boxes that lie together then.
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.combs import join_combs
from digitscan.alignment.printed import corners_of

_LARGER = 1.6
"""A page is at most this many times as large as its form on paper of its size, or as small."""

_OFF = 0.25
"""A form is shifted by at most this share of the paper."""

_SHAPE = 0.25
"""Widths and heights of a field and its box differ by at most this share, as some are drawn with the lines
and some without,"""

_MIDDLE = 0.35
"""and their middles by at most this share of the height,"""

_CLOSE = 0.15
"""or this, when all has been fitted."""

_REFINED = 12
"""Places with the most votes that are made exact,"""

_FEW = 0.3
"""but none with less than this share of the most votes."""

_MOST_PAIRS = 300
"""So many pairs are tried at the most, those of the largest fields first."""

_PREFERRED = 0.5
"""Votes that a form which lies where it should is ahead of one at the edge of what is possible."""

_SAME = 0.02
"""Places nearer than this, as a share of the page and of the scale, are tried once."""

_SIGNS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)
"""Of the corners of a box from its middle."""

_SLIGHT = 0.05
"""By so many votes no place is better than one at which all fields have a box."""

_TURNED = 0.1
"""A page that is turned is so much farther from where it should be."""

_SHEAR, _PERSPECTIVE = 3, 6
"""Boxes that it takes to tell shear, and perspective."""

_FITS = (_SHEAR, _PERSPECTIVE, _PERSPECTIVE)
"""What is fitted in turn: perspective comes last, as it leads far astray where boxes are still missing."""

Boxes = NDArray[np.float64]
"""``(N, 4)`` x, y, width and height."""

Corners = NDArray[np.float64]
"""``(N, 4, 2)`` x and y of four corners, clockwise."""

Matrix = NDArray[np.float64]
"""``(3, 3)`` a homography."""


class Match(NamedTuple):
    """How boxes lie on the fields of a form.

    Attributes:
        matrix: From the page to the form.
        share: Share of the fields that have a box there, 0 to 1.
        off: Votes that are taken off, up to ``_PREFERRED`` and a little more for a page that is turned: the
            more, the farther the form lies from where it should.
        votes: Number of the fields that have a box, less those.
    """

    matrix: Matrix
    share: float
    off: float
    votes: float


class _Level(NamedTuple):
    """The boxes of a page that is to be turned level.

    Attributes:
        corners: Their corners on the page, from the one that is at the top left then.
        middles: ``(N, 2)`` their middles on the page.
        sizes: ``(N, 2)`` their widths and heights as seen then.
        there: ``(N, 2)`` their middles then.
        turn: ``(2, 3)`` the turn.
        size: ``(2,)`` width and height of the page then.
        is_turned: Whether it is not upright.
    """

    corners: Corners
    middles: NDArray[np.float64]
    sizes: NDArray[np.float64]
    there: NDArray[np.float64]
    turn: NDArray[np.float64]
    size: NDArray[np.float64]
    is_turned: bool


class _Place(NamedTuple):
    """Where a form may lie on a level page.

    Attributes:
        level: The page's boxes.
        scale: Of the form there.
        middle: ``(2,)`` where its middle is.
        votes: How many fields have a box there, less what is taken off for ``unlike``.
        unlike: How far it lies from where it should, 0 to 1.
    """

    level: _Level
    scale: float
    middle: NDArray[np.float64]
    votes: float
    unlike: float


def match_boxes(
    fields: Boxes, corners: Corners, form: tuple[float, float], page: tuple[float, float]
) -> Match | None:
    """Find how printed boxes lie on the fields of a form, however the page was turned.

    Args:
        fields: The form's fields.
        corners: Of the boxes on a page, from the one nearest to the page's top left.
        form: Width and height of the form's paper.
        page: The same of the page.

    Returns:
        How most fields have a box; None when none has.

    >>> form = np.array([(10.0, 10, 90, 20), (10.0, 50, 60, 20), (10.0, 90, 30, 20)])
    >>> match = match_boxes(form, corners_of(2 * form + (8, 4, 0, 0)), (200, 200), (400, 400))
    >>> (np.round(match.matrix, 3) + 0.0).tolist(), match.share
    ([[0.5, 0.0, -4.0], [0.0, 0.5, -2.0], [0.0, 0.0, 1.0]], 1.0)
    """
    if not len(fields) or not len(corners):
        return None
    sideways = np.roll(join_combs(np.roll(corners, -1, axis=1)), 1, axis=1)
    rows, columns = (np.concatenate([corners, combs]) for combs in (join_combs(corners), sideways))
    places = [
        place
        for quarters, boxes in enumerate((rows, columns, rows, columns))
        for place in _places(fields, _level(boxes, np.array(page), quarters), np.array(form))
    ]
    places.sort(key=lambda place: -place.votes)
    best: Match | None = None
    tried: list[_Place] = []
    for place in places:
        off = _PREFERRED * place.unlike
        if len(tried) == _REFINED or place.votes < _FEW * places[0].votes:
            break
        is_worse = best is not None and len(fields) - off <= best.votes + _SLIGHT
        if is_worse or any(_is_near(place, other) for other in tried):
            continue
        tried.append(place)
        matrix = _refine(place, fields, np.array(form))
        if matrix is None:
            continue
        chosen = len(_partners(_moved(fields, matrix), place.level, _CLOSE)[0])
        if chosen and (best is None or chosen - off > best.votes):
            best = Match(np.asarray(np.linalg.inv(matrix)), chosen / len(fields), off, chosen - off)
    return best


def _level(corners: Corners, page: NDArray[np.float64], quarters: int) -> _Level:
    """Turn boxes level, and then counter-clockwise by so many quarters."""
    corners = np.roll(corners, -quarters, axis=1)
    across = corners[:, 1] - corners[:, 0]
    angles = np.degrees(np.arctan2(across[:, 1], across[:, 0])) - 90 * quarters
    angle = float(np.median((angles + 180) % 360 - 180)) + 90 * quarters
    size = page[::-1] if quarters % 2 else page
    turn = cv2.getRotationMatrix2D((page / 2).tolist(), angle, 1.0)
    turn[:, 2] += (size - page) / 2
    middles = corners.mean(axis=1)
    there = middles @ turn[:, :2].T + turn[:, 2]
    return _Level(corners, middles, _sizes(corners), there, turn, size, quarters > 0)


def _places(fields: Boxes, level: _Level, form: NDArray[np.float64]) -> list[_Place]:
    """Where the form may lie, by pairs of a field and a box of its shape."""
    usual = float(np.sqrt(np.prod(level.size) / np.prod(form)))
    ratio = level.sizes[None] / fields[:, None, 2:]
    wide = fields[:, None, 2] >= fields[:, None, 3]
    scales = np.where(wide, ratio[..., 0], ratio[..., 1])  # the longer side tells it better
    possible = np.abs(np.log(ratio[..., 0] / ratio[..., 1])) <= 2 * _SHAPE
    possible &= np.abs(np.log(scales / usual)) <= log(_LARGER)
    largest = np.argsort(-fields[:, 2] * fields[:, 3], kind="stable")
    field, box = np.argwhere(possible[largest]).T
    field = largest[field]
    scale, own = scales[field, box][:, None], fields[:, :2] + fields[:, 2:] / 2
    middle = level.there[box] + scale * (form / 2 - own[field])
    off = np.abs(middle / level.size - 0.5).max(axis=1) / _OFF
    unlike = np.maximum(off, np.abs(np.log(scale[:, 0] / usual)) / log(_LARGER))
    kept = np.flatnonzero(unlike <= 1)[:_MOST_PAIRS]
    scale, middle, unlike = scale[kept], middle[kept], unlike[kept] + _TURNED * level.is_turned
    # Boxes of no field's shape cannot have a vote; on most pages these are many.
    some = np.flatnonzero(possible.any(axis=0))
    expected = middle[:, None] + scale[:, None] * (own - form / 2)
    apart = _apart(expected, scale[:, None] * fields[:, 2:], level.there[some], level.sizes[some])
    votes = np.count_nonzero(apart.min(axis=2, initial=np.inf) <= _MIDDLE, axis=1) - _PREFERRED * unlike
    columns = scale[:, 0].tolist(), middle, votes.tolist(), unlike.tolist()
    return [_Place(level, *each) for each in zip(*columns, strict=True) if each[2] > 0]


def _is_near(place: _Place, other: _Place) -> bool:
    """Whether two places are hardly another."""
    off = np.abs(place.middle - other.middle) / place.level.size
    same = place.level is other.level and abs(log(place.scale / other.scale)) <= _SAME
    return same and bool(off.max() <= _SAME)


def _refine(place: _Place, fields: Boxes, form: NDArray[np.float64]) -> Matrix | None:
    """Make a place exact; gives the way from the form to the page, or None when all boxes get lost."""
    level = place.level
    x, y = place.middle - place.scale * form / 2
    put = np.array([[place.scale, 0, x], [0, place.scale, y], [0, 0, 1.0]])
    matrix = np.linalg.inv(np.vstack([level.turn, (0, 0, 1.0)])) @ put
    for freedom in _FITS:  # boxes farther away come in as the fit gets better
        expected = _moved(fields, matrix)
        chosen, which = _partners(expected, level, _MIDDLE)
        if not len(chosen):
            return None
        # All boxes may be found without their lines, which makes them smaller, but leaves their middles.
        found, larger = level.corners[which], _sizes(expected[chosen]) / level.sizes[which]
        across = larger[:, :1] * (found[:, 1] + found[:, 2] - found[:, 0] - found[:, 3])
        down = larger[:, 1:] * (found[:, 2] + found[:, 3] - found[:, 0] - found[:, 1])
        sides = _SIGNS[:, :1] * across[:, None] + _SIGNS[:, 1:] * down[:, None]
        there = level.middles[which][:, None] + sides / 4
        matrix = _fit(corners_of(fields[chosen]), there, freedom)
    return matrix


def _partners(expected: Corners, level: _Level, off: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The fields that have a box of their size in their place, off by a share of its height, and which."""
    apart = _apart(expected.mean(axis=1), _sizes(expected), level.middles, level.sizes)
    which = apart.argmin(axis=1)
    chosen = np.flatnonzero(apart[np.arange(len(expected)), which] <= off)
    return chosen, which[chosen]


def _apart(
    middles: NDArray[np.float64],
    sizes: NDArray[np.float64],
    others: NDArray[np.float64],
    their_sizes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How far boxes lie from others, in their heights; infinite where those are larger or smaller.

    Args:
        middles: ``(..., N, 2)``.
        sizes: ``(..., N, 2)``.
        others: ``(M, 2)`` middles of the others.
        their_sizes: ``(M, 2)``.

    Returns:
        ``(..., N, M)``.
    """
    apart = np.abs(others[:, 1] - middles[..., 1:])
    np.maximum(apart, np.abs(others[:, 0] - middles[..., :1]), out=apart)
    apart /= sizes[..., 1:]
    for side in range(2):
        own, theirs = sizes[..., side, None], their_sizes[:, side]
        unlike = np.abs(theirs - own) > np.maximum(_SHAPE * np.minimum(own, theirs), 2.0)
        apart[np.broadcast_to(unlike, apart.shape)] = np.inf
    return np.asarray(apart)


def _fit(from_: Corners, to: Corners, freedom: int) -> Matrix:
    """Bring boxes onto others by least squares, as freely as so many tell."""
    start, stop = from_.reshape(-1, 2), to.reshape(-1, 2)
    if len(from_) >= freedom == _PERSPECTIVE:
        found = cv2.findHomography(start, stop, 0)[0]
        if found is not None:
            return np.asarray(found, np.float64)
    if len(from_) >= _SHEAR:
        rows = np.column_stack([start, np.ones(len(start))])
        return np.vstack([np.linalg.lstsq(rows, stop, rcond=None)[0].T, (0.0, 0.0, 1.0)])
    # One box says how a page is turned, but hardly how it is stretched.
    a, b, c = ((points[:, 0] + 1j * points[:, 1]) for points in (start, stop, start - start.mean(axis=0)))
    turn = np.vdot(c, b) / np.vdot(c, c)
    shift = b.mean() - turn * a.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1.0]])


def _moved(boxes: Boxes, matrix: Matrix) -> Corners:
    """The corners of boxes where a homography puts them."""
    corners = corners_of(boxes)
    return np.asarray(cv2.perspectiveTransform(corners.reshape(-1, 1, 2), matrix).reshape(corners.shape))


def _sizes(corners: Corners) -> NDArray[np.float64]:
    """``(N, 2)`` the widths and heights of boxes that may lie askew."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    return np.asarray((sides[:, :2] + sides[:, 2:]) / 2)
