"""Sides: the printed lines around the fields of a form, looked for on a page about where they should be.

At places along each side of each field the page is looked at across the side, and the homography is fitted to
where its line is found, as models are tracked by their edges (Harris 1992, "Tracking with rigid models").
That makes an alignment exact, and how many fields have their lines tells how well the page fits.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.printed import corners_of
from digitscan.alignment.scaled import Scaled

_PLACES = 12
"""Places along a side,"""

_INSIDE = 0.06
"""the first and the last this share of its length from its ends."""

_REACHES = (0.15, 0.07)
"""How far from its place a line is looked for, until all fields are found and then, as a share of the usual
field's height,"""

_LEAST, _MOST = 4, 24
"""but so many pixels at least and at the most."""

_DARKER = 12.0
"""Grey levels by which a line is darker than the paper around it."""

_FARTHER = 0.3
"""What is as far as a line is looked for counts as by this share less dark."""

_BESIDE = 2
"""A line is at each place at most so many pixels beside where it usually is,"""

_ALIKE = 0.4
"""and at least this share as dark."""

_SIDES = 3
"""Sides of a field that have a line, at the least: something may lie on the fourth."""

_LOOKS = 6
"""So often it is looked at the most; more than twice only while more and more fields are found."""

_FOUND = 0.6
"""Share of a side's places at which its line must be,"""

_STRAIGHT = 1.0
"""within so many pixels,"""

_OFF = 0.08
"""or this share of the field's height, of where it should be."""

_ROUNDS = 6
"""Fits that weigh each place by how well it agreed with the one before."""

_THICK = 0.05
"""Lines are within the edges of a field by about so much of its height, or beyond them."""

_FIRST = 3.0
"""Pixels that lines are found off before anything is fitted."""

_NOISE = 0.3
"""Pixels that a line is found off at the least, without anything wrong."""

_ALONG = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)], np.float64)
"""Along the sides of a field, clockwise from the upper."""

_BENT = 0.05
"""How much larger paper may be at one end of a form than in its middle, or along one side than along the
other."""


class Sides(NamedTuple):
    """How a page lies on a form by the lines of its fields.

    Attributes:
        matrix: ``(3, 3)`` the homography from the page to the form.
        found: ``(N,)`` which fields have their lines in their place.
        doubt: ``(N,)`` standard error of each field's sides, the greatest, in heights of it.
    """

    matrix: NDArray[np.float64]
    found: NDArray[np.bool_]
    doubt: NDArray[np.float64]


class _View(NamedTuple):
    """Places on the sides of fields as a homography puts them on the page.

    Attributes:
        at: ``(S, 2)`` x and y on the page, counted from its top left.
        normal: ``(S, 2)`` one pixel across the side, out of the field.
        scale: ``(S,)`` pixels of a unit of the form there, across the side.
        rows: ``(S, 8)`` by how many pixels across the side each place moves with each entry of the homography
            but the last.
    """

    at: NDArray[np.float64]
    normal: NDArray[np.float64]
    scale: NDArray[np.float64]
    rows: NDArray[np.float64]


class _Fit(NamedTuple):
    """How a homography changes.

    Attributes:
        change: ``(8,)`` of its entries but the last.
        rest: ``(S,)`` pixels that each line is still out of its place.
        doubt: ``(S,)`` standard error of the places in pixels across their sides.
    """

    change: NDArray[np.float64]
    rest: NDArray[np.float64]
    doubt: NDArray[np.float64]


def fit_sides(page: Scaled, fields: NDArray[np.float64], matrix: NDArray[np.float64]) -> Sides:
    """Make an alignment exact by the lines around fields.

    Args:
        page: The page.
        fields: ``(N, 4)`` the form's fields.
        matrix: ``(3, 3)`` about how the page lies on the form.

    Returns:
        How it does, and which fields have their lines there.
    """
    low, high = fields[:, :2].min(axis=0), (fields[:, :2] + fields[:, 2:]).max(axis=0)
    middle, half = (low + high) / 2, float((high - low).max()) / 2
    unit = np.array([[half, 0, middle[0]], [0, half, middle[1]], [0, 0, 1.0]])
    points = _places((fields - (*middle, 0, 0)) / half)
    heights = np.repeat(fields[:, 3] / half, 4 * _PLACES)
    way = page.matrix @ np.linalg.inv(matrix) @ unit
    way /= way[2, 2]
    trusted, found = np.ones(len(points), bool), np.zeros(len(fields), bool)
    for look in range(_LOOKS):
        view, before = _see(points, way), found
        tall = heights * view.scale
        usual = float(np.median(tall))
        reach = _REACHES[int(found.all())] * usual
        off, seen = _look(page.grey, view, round(min(_MOST, max(_LEAST, reach))))
        fit = _fit(view, way, off, seen & trusted, _THICK * usual)
        there = _judge(fit.rest, seen, _OFF * tall + 2 * fit.doubt)
        found = np.count_nonzero(there.reshape(-1, 4), axis=1) >= _SIDES
        way = way + np.append(fit.change, 0).reshape(3, 3)
        if look and np.count_nonzero(found) <= np.count_nonzero(before):
            break
        # What other lines say of a place is better to go by than what was taken for its line.
        trusted = np.repeat(there & np.repeat(found, 4), _PLACES)
    exact = unit @ np.linalg.inv(way) @ page.matrix
    doubt = (fit.doubt / tall).reshape(len(fields), -1).max(axis=1)
    return Sides(exact / exact[2, 2], found, doubt)


def _judge(
    rest: NDArray[np.float64], seen: NDArray[np.bool_], slack: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which sides have a straight line in their place, given how far each of their places is off."""
    off, known = rest.reshape(-1, _PLACES), seen.reshape(-1, _PLACES)
    count = np.count_nonzero(known, axis=1)
    ordered = np.sort(np.where(known, off, np.inf), axis=1)
    usual = ordered[np.arange(len(off)), np.minimum(count // 2, _PLACES - 1)]
    straight = np.count_nonzero(known & (np.abs(off - usual[:, None]) <= _STRAIGHT), axis=1)
    return (straight >= _FOUND * _PLACES) & (np.abs(usual) <= np.maximum(_STRAIGHT, slack[::_PLACES]))


def _places(fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(S, 2)`` the places on the sides of fields, ``_PLACES`` of each side, clockwise from the upper."""
    corners = corners_of(fields)[:, :, None]
    along = np.linspace(_INSIDE, 1 - _INSIDE, _PLACES)[:, None]
    return np.asarray((corners + along * (np.roll(corners, -1, axis=1) - corners)).reshape(-1, 2))


def _see(points: NDArray[np.float64], way: NDArray[np.float64]) -> _View:
    """See the places on the page."""
    full = np.column_stack([points, np.ones(len(points))])
    mapped = full @ way.T
    deep = mapped[:, 2:]
    at = mapped[:, :2] / deep
    number = np.arange(len(points)) // _PLACES % 4
    along, out = _ALONG[number], _ALONG[number - 1]
    tangent, outward = (
        (step @ way[:2, :2].T - at * (step @ way[2, :2])[:, None]) / deep for step in (along, out)
    )
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1) / np.linalg.norm(tangent, axis=1)[:, None]
    scale = (normal * outward).sum(axis=1)
    turn = np.sign(scale)
    normal, scale = normal * turn[:, None], scale * turn
    full /= deep
    rows = np.column_stack(
        [normal[:, :1] * full, normal[:, 1:] * full, -(normal * at).sum(axis=1)[:, None] * full[:, :2]]
    )
    return _View(at, normal, scale, rows)


def _look(grey: NDArray[np.uint8], view: _View, reach: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Look for the lines so many pixels around their places.

    Returns:
        ``(S,)`` how many pixels out of its place each was found, and ``(S,)`` whether it was.
    """
    steps = np.arange(-reach, reach + 1)
    across = (view.at[:, None] - 0.5 + view.normal[:, None] * steps[:, None]).astype(np.float32)
    seen = cv2.remap(grey, across, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    dark = seen.max(axis=1, keepdims=True) - seen
    # What crosses a side or is written near it is only at some of its places.
    wider = cv2.dilate(dark, np.ones((1, 3), np.uint8)).reshape(-1, _PLACES, len(steps))
    usual = np.partition(wider, _PLACES // 3, axis=1)[:, _PLACES // 3]
    usual = cv2.blur(usual, (3, 1), borderType=cv2.BORDER_REPLICATE)
    peak = (usual * (1 - _FARTHER * np.abs(steps) / reach)).argmax(axis=1)
    level = np.repeat(usual[np.arange(len(usual)), peak], _PLACES)
    column = np.arange(len(steps))
    near = np.abs(column - np.repeat(peak, _PLACES)[:, None]) <= _BESIDE
    darkest = np.where(near, dark, -1).argmax(axis=1)[:, None]
    most = np.take_along_axis(dark, darkest, axis=1)
    paper = dark < most / 2
    first = np.where(paper & (column < darkest), column, -1).max(axis=1, keepdims=True)
    last = np.where(paper & (column > darkest), column, len(steps)).min(axis=1, keepdims=True)
    line = np.where((column >= first) & (column <= last), dark, 0)
    off = (line * steps).sum(axis=1) / np.maximum(line.sum(axis=1), 1)
    enough = most[:, 0] >= np.maximum(_DARKER, _ALIKE * level)
    return off, enough & (first[:, 0] >= 0) & (last[:, 0] < len(steps))


def _fit(
    view: _View, way: NDArray[np.float64], off: NDArray[np.float64], known: NDArray[np.bool_], thick: float
) -> _Fit:
    """Fit a homography, and how far within the fields' edges lines are, to where the lines were found.

    Args:
        view: The places.
        way: ``(3, 3)`` by which they were seen.
        off: ``(S,)`` how many pixels out of its place each line was found.
        known: ``(S,)`` whether it was.
        thick: Pixels that lines may be within the edges.

    Returns:
        The change of the way, and how well it fits.
    """
    rows = np.column_stack([view.rows, np.ones(len(off))])
    # What lines do not tell is taken to be as with paper that lies flat.
    size = float(np.hypot(way[0, 0], way[1, 0]))
    flat = np.zeros((5, 9))
    flat[0, [0, 4]] = 1, -1
    flat[1, [1, 3]] = 1, 1
    flat[[2, 3, 4], [6, 7, 8]] = 1
    flat /= np.array([size * _BENT, size * _BENT, _BENT, _BENT, thick])[:, None]
    expected = -flat[:, :8] @ way.ravel()[:8]
    firm = flat.T @ flat + 1e-9 * np.eye(9)
    weights, spread = known.astype(np.float64), _FIRST
    for _ in range(_ROUNDS):
        weighed = rows * (weights / spread**2)[:, None]
        change = np.linalg.solve(weighed.T @ rows + firm, weighed.T @ off + flat.T @ expected)
        rest = off - rows @ change
        spread = max(_NOISE, 1.5 * float(np.median(np.abs(rest[known])))) if known.any() else _FIRST
        weights = known / (1 + (rest / (2 * spread)) ** 2) ** 2
    # What is wrong at one place of a side is so at all of them: they tell no more than one.
    weighed = rows * (weights / spread**2 / _PLACES)[:, None]
    spreads = np.linalg.inv(weighed.T @ rows + firm)[:8, :8]
    doubt = np.sqrt(((view.rows @ spreads) * view.rows).sum(axis=1))
    return _Fit(np.asarray(change[:8]), rest, doubt)
