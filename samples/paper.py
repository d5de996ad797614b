"""What a page is made of: its picture, its fields and the sizes of what stands on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
"""Grey picture, (height, width), 0 is black."""
Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


@dataclass(frozen=True)
class Field:
    """One field of a form and what is written in it.

    Attributes:
        name: Name in the truth.
        label: Words printed at the field; empty for none.
        text: The digits written in it, empty for none; `true` or `false` in a box to tick.
        box: The printed box, its ruled lines included.
        cells: Cells of a comb; 1 for a plain box.
        label_x: Where the label starts when it stands beside the box; above the box otherwise.
        is_mark: Whether it is a box to tick.
    """

    name: str
    label: str
    text: str
    box: Box
    cells: int = 1
    label_x: int | None = None
    is_mark: bool = False


@dataclass(frozen=True)
class Style:
    """Sizes of what is on a page, in pixels.

    Attributes:
        digit: Height of a handwritten digit.
        rule: Thickness of a ruled line.
        label: Size of the printed labels.
        gap: Least space between two digits.
        ink: Grey of the pen, 0 is black.
    """

    digit: int
    rule: int
    label: int
    gap: int = 2
    ink: int = 0


@dataclass(frozen=True)
class Page:
    """A page of a sample, its fields boxed as they lie on the finished picture."""

    image: Gray
    fields: tuple[Field, ...]


def blank_page(width: int, height: int) -> Gray:
    """Returns a white page."""
    return np.full((height, width), 255, dtype=np.uint8)
