"""What stands on a level rule: its ink straightened, and uprights by how much of their way is inked."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.rules.rule import Rule

_BESIDE = np.ones((1, 3), np.uint8)
"""A pixel and those to the left and to the right of it."""


def strip_above(
    lines: NDArray[np.uint8], rule: Rule, height: float, left: float, right: float
) -> NDArray[np.uint8]:
    """Cut out the ink above a level rule, straightened.

    Args:
        lines: ``(H, W)``, 255 where there is ink.
        rule: The rule; its upper edge lies below the strip's last row.
        height: Height of the strip in pixels.
        left: x of the strip's first column.
        right: x of its last column.

    Returns:
        ``(height, right - left + 1)``, at least three rows; blank where the page ends.
    """
    rows, columns = max(3, round(height)), max(1, round(right - left) + 1)
    edge = rule.thickness / 2 + 1
    # A turn by the small angle of the slope, with the last row along the rule's edge.
    slope, last = rule.slope, rows - 1
    turn = np.array([[1.0, -slope, left + slope * last], [slope, 1.0, rule.at(left) - edge - last]])
    strip: NDArray[np.uint8] = cv2.warpAffine(
        lines, turn, (columns, rows), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderValue=0
    )
    return strip


def upright_on(rule: Rule, x: float, low: float, high: float, thickness: float) -> Rule:
    """An upright on a level rule, between two heights above its middle."""
    base, slope = rule.at(x), -rule.slope
    return Rule(False, base - high, base - low, x - slope * high, slope, thickness)


def widened(strip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ink made a pixel wider to both sides: uprights lean a little."""
    wide: NDArray[np.uint8] = cv2.dilate(strip, _BESIDE)
    return wide


def ink_share(wide: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share of each column's way that has ink."""
    share: NDArray[np.float32] = cv2.reduce(wide, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0] / 255
    return share


def thin_columns(inked: NDArray[np.bool_], thickness: float) -> list[float]:
    """Middles of the runs of inked columns that are no thicker than a rule."""
    edges = (np.flatnonzero(inked[1:] != inked[:-1]) + 1).tolist()
    if inked[0]:
        edges.insert(0, 0)
    if inked[-1]:
        edges.append(len(inked))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return [(start + stop - 1) / 2 for start, stop in runs if stop - start <= 2 * thickness + 4]
