"""Rounded corners of boxes: quarters of circles between a level side and an upright one."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule

_INKED = 0.85
"""A corner has ink on at least this share of its way."""

_PIECES = 4
"""A corner is given as this many straight pieces,"""

_POINTS = 2 * _PIECES + 1
"""and looked for at this many points."""

_STEP = 0.1
"""Radii are tried in steps of this share of the least one, and of a pixel at the least."""


def is_square(lines: NDArray[np.uint8], rule: Rule, side: float) -> bool:
    """Whether there is ink where a level side meets an upright one at x."""
    x, y = max(0, round(side)), max(0, round(rule.at(side)))
    return bool(np.count_nonzero(lines[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]))


def round_corner(
    lines: NDArray[np.uint8], rule: Rule, side: float, inward: int, down: int, least: float, most: float
) -> float | None:
    """Find a rounded corner where a level side does not reach an upright one.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        rule: The level side.
        side: x of the upright side.
        inward: 1 for a left side, -1 for a right one.
        down: 1 for an upper side, -1 for a lower one.
        least: Least radius in pixels.
        most: Largest radius in pixels.

    Returns:
        The corner's radius in pixels, or None if there is no ink along any.
    """
    radii = np.arange(least, most + 1, max(1.0, _STEP * least))[:, None]
    if not len(radii):
        return None
    levels = rule.at(side) + rule.slope * inward * radii
    x, y = _quarter(side, levels, radii, inward, down)
    reach = max(1, round(rule.thickness / 2) + 1)
    left, top = int(x.min()) - reach, int(y.min()) - reach
    width, height = int(x.max()) + reach + 2 - left, int(y.max()) + reach + 2 - top
    part = np.zeros((height, width), np.uint8)
    inside = lines[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    part[max(0, -top) :, max(0, -left) :][: inside.shape[0], : inside.shape[1]] = inside
    columns, rows = np.round(x - left).astype(np.intp), np.round(y - top).astype(np.intp)
    # Along the middle of the corner's ink there is more of it around.
    amounts = cv2.blur(part, (2 * reach + 1, 2 * reach + 1))[rows, columns].mean(axis=1)
    inked = cv2.dilate(part, np.ones((3, 3), np.uint8))[rows, columns] > 0
    amounts[inked.mean(axis=1) < _INKED] = 0
    best = int(amounts.argmax())
    return float(radii[best, 0]) if amounts[best] > 0 else None


def corner_pieces(
    side: float, level: float, radius: float, inward: int, down: int, thickness: float
) -> list[Rule]:
    """A round corner as short straight pieces, between an upright side at x and a level one at y."""
    x, y = _quarter(side, level, radius, inward, down)
    return [_piece(first, last, thickness) for first, last in pairwise(zip(x[::2], y[::2], strict=True))]


def _quarter(
    side: float,
    level: float | NDArray[np.float64],
    radius: float | NDArray[np.float64],
    inward: int,
    down: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points on a quarter of a circle, from the upright side to the level one: x and y."""
    angles = np.linspace(0.0, np.pi / 2, _POINTS)
    return side + inward * radius * (1 - np.cos(angles)), level + down * radius * (1 - np.sin(angles))


def _piece(first: tuple[float, float], last: tuple[float, float], thickness: float) -> Rule:
    """The straight piece between two points x, y."""
    horizontal = abs(last[0] - first[0]) >= abs(last[1] - first[1])
    along = 0 if horizontal else 1
    first, last = (first, last) if first[along] <= last[along] else (last, first)
    slope = (last[1 - along] - first[1 - along]) / max(last[along] - first[along], 1e-3)
    across = thickness * float(np.hypot(1.0, slope))
    return Rule(
        horizontal, float(first[along]), float(last[along]), float(first[1 - along]), float(slope), across
    )
