"""A form drawn for the tests, and scans of it whose place is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment import Alignment
from digitscan.template import Template

from .drawing import Array, Whole, draw_box, draw_comb

Matrix = NDArray[np.float64]

WIDTH, HEIGHT = 1240, 1754
"""A4 at 150 dpi."""

WORDS = """
members pay the yearly fee before the first of march and send this sheet to the office with a copy of their
card nobody is asked for a fee twice the society keeps what was paid until someone leaves it in writing
"""


@dataclass(frozen=True)
class Drawn:
    """A field as it is drawn: its name, its box, its cells and whether it is a box to tick."""

    name: str
    box: Whole
    cells: int = 0
    kind: Literal["digits", "mark"] = "digits"


FIELDS = (
    Drawn("member", (90, 330, 420, 64)),
    Drawn("born", (600, 330, 8 * 48, 64), cells=8),
    Drawn("phone", (90, 480, 520, 64)),
    Drawn("postcode", (760, 480, 5 * 48, 64), cells=5),
    Drawn("account", (90, 630, 10 * 48, 64), cells=10),
    Drawn("fee", (820, 1100, 300, 60)),
    Drawn("gift", (820, 1190, 300, 60)),
    Drawn("total", (760, 1500, 380, 70)),
    Drawn("new", (90, 780, 30, 30), kind="mark"),
    Drawn("letters", (90, 840, 30, 30), kind="mark"),
    Drawn("monthly", (640, 780, 30, 30), kind="mark"),
    Drawn("yearly", (640, 840, 30, 30), kind="mark"),
)


def draw_words(density: Array, words: str, x: int, y: int, size: float = 0.6, thickness: int = 1) -> None:
    cv2.putText(density, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, 255, thickness, cv2.LINE_AA)


def draw_print(density: Array, x: int, y: int, width: int, lines: int, seed: int) -> None:
    """Lines of small print, of words at random."""
    rng = np.random.default_rng(seed)
    for line in range(lines):
        left = x
        while left < x + width - 100:
            word = str(rng.choice(WORDS.split()))
            draw_words(density, word, left, y + 26 * line)
            left += cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1)[0][0] + 12


def draw_form(fields: tuple[Drawn, ...] = FIELDS, *, words: bool = True) -> Array:
    """Density of the blank form, with a title, labels and small print, or its boxes alone."""
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    if words:
        draw_words(density, "Application for Membership", 90, 130, 1.6, 3)
        for number, (y, lines) in enumerate(((190, 4), (930, 5), (1300, 6), (1640, 3))):
            draw_print(density, 90, y, 1060, lines, number)
    for field in fields:
        if field.cells:
            draw_comb(density, field.box, field.cells, "closed", thickness=3)
        else:
            draw_box(density, field.box, thickness=3)
        if words:
            x, y, width, height = field.box
            place = (x + width + 14, y + height - 6) if field.kind == "mark" else (x, y - 10)
            draw_words(density, field.name.capitalize(), *place)
    return density


def form_values(fields: tuple[Drawn, ...] = FIELDS, **page: Any) -> dict[str, Any]:
    """The values of the form's template."""
    listed = []
    for field in fields:
        values: dict[str, Any] = {"name": field.name, "box": list(field.box), "kind": field.kind}
        listed.append({**values, "cells": field.cells} if field.cells else values)
    return {"name": "membership", "page": {"width": WIDTH, "height": HEIGHT, **page}, "fields": listed}


def form_template(reference: Path | None = None, fields: tuple[Drawn, ...] = FIELDS, **page: Any) -> Template:
    values = form_values(fields, **page)
    if reference is not None:
        values["page"]["reference"] = reference.name
        values["folder"] = reference.parent
    return Template.model_validate(values)


def save(path: Path, picture: Array) -> Path:
    assert cv2.imwrite(str(path), picture)
    return path


@dataclass(frozen=True)
class Scan:
    """A scan: the page as given, and ``(3, 3)`` the map from the form's pixels to its own.

    Both are counted from the top left corner.
    """

    page: Array
    matrix: Matrix


def lay(
    sheet: Array,
    *,
    angle: float = 0.0,
    quarters: int = 0,
    shift: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
    resolution: float = 1.0,
    bend: tuple[tuple[float, float], ...] = ((0, 0),) * 4,
    ground: int = 250,
) -> Scan:
    """Lay a grey sheet on a scanner.

    Args:
        sheet: The sheet, ``(H, W)``.
        angle: Degrees that it is turned counter-clockwise about its middle.
        quarters: Quarter turns counter-clockwise besides.
        shift: Shares of the sheet's width and height that it is shifted by.
        scale: How large it is scanned.
        resolution: Pixels of the scan to one of the sheet; the scan gets as much larger.
        bend: Shares of the sheet that its corners are moved by, clockwise from the top left.
        ground: Grey around it.
    """
    height, width = sheet.shape
    size = np.array((width, height), np.float64)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size
    bent = corners + np.array(bend) * size
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), bent.astype(np.float32))
    turn = np.deg2rad(angle + 90 * quarters)
    rotation = scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    bed = size[::-1] if quarters % 2 else size
    turned = np.eye(3)
    turned[:2, :2] = rotation
    turned[:2, 2] = bed / 2 - rotation @ size / 2 + np.array(shift) * size
    across, down = (round(resolution * float(side)) for side in bed)
    matrix = np.diag([across / bed[0], down / bed[1], 1.0]) @ turned @ matrix
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])  # OpenCV counts from the first pixel's middle
    return Scan(
        np.asarray(
            cv2.warpPerspective(
                sheet,
                half @ matrix @ np.linalg.inv(half),
                (across, down),
                flags=cv2.INTER_AREA if resolution * scale < 0.8 else cv2.INTER_LINEAR,
                borderValue=ground,
            ),
            np.uint8,
        ),
        matrix,
    )


def field_corners(fields: tuple[Drawn, ...] = FIELDS) -> Matrix:
    """``(N, 4, 2)`` corners of the fields on the form, clockwise."""
    boxes = np.array([field.box for field in fields], np.float64)
    sides = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    return np.asarray(boxes[:, None, :2] + sides * boxes[:, None, 2:])


def invert(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def moved(points: Matrix, matrix: Matrix) -> Matrix:
    """Points ``(..., 2)`` through a homography, written out."""
    x, y = points[..., 0], points[..., 1]
    a, b, c = (row[0] * x + row[1] * y + row[2] for row in matrix)
    return np.stack([a / c, b / c], axis=-1)


def misplacement(
    alignment: Alignment, truth: Matrix, fields: tuple[Drawn, ...] = FIELDS
) -> NDArray[np.float64]:
    """``(N,)`` how far the worst corner of each field is off, in pixels of the scan.

    Args:
        alignment: What was found.
        truth: The map from the form's pixels to those of the scan.
        fields: Those of the form.
    """
    straightening = alignment.straightening
    corners = field_corners(fields)
    read = corners * (np.array(straightening.size) / (WIDTH, HEIGHT))
    found = moved(read, invert(straightening.edges))
    return np.asarray(np.linalg.norm(found - moved(corners, truth), axis=2).max(axis=1))
