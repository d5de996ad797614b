"""Singles: the components of all fields of a page, numbered through, and the ink of each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.components import Components
from digitscan.crops import trim
from digitscan.groups import Numbers
from digitscan.intervals import meeting, overlapping
from digitscan.strokes import thicken
from digitscan.windows import common, paint_components

_MANY = 10_000
"""With more components than this a field is noise, whose pairs would be too many: all count as crowded."""


class Singles:
    """The components of all fields of a page.

    Attributes:
        fields: ``(N,)`` the field of each component; ascending.
        firsts: ``(F,)`` the number of each field's first component.
        boxes: ``(N, 4)`` x, y, width, height of each in its field.

    Args:
        densities: ``(H, W)`` ink density of each field.
        components: The components of each.
    """

    def __init__(self, densities: Sequence[NDArray[np.uint8]], components: Sequence[Components]) -> None:
        counts = np.array([its.count for its in components], np.intp)
        self.fields = np.arange(len(counts)).repeat(counts)
        self.firsts = counts.cumsum() - counts
        self.boxes = np.concatenate([its.boxes for its in components])
        self._densities, self._components = densities, components
        self._thick = [
            thicken(density, its.thinness) for density, its in zip(densities, components, strict=True)
        ]
        edges = np.array([_edge(its) for its in components], np.intp)
        self._crowded = _crowded(components, edges)[: len(self.boxes)]
        x, y, width, height = self.boxes.T
        edge = edges[self.fields]
        self._is_tight = edge == 0
        ends = np.stack([x - edge, y - edge, x + width + edge, y + height + edge])
        field_ends = np.array([(0, 0, *density.shape[::-1]) for density in densities]).T
        self._windows = common(ends, field_ends[:, self.fields])

    def take(self, numbers: Numbers) -> list[tuple[NDArray[np.uint8], tuple[int, int]]]:
        """Take the ink of some components, without paper around it; and where it has its left and top."""
        fields = self.fields[numbers].tolist()
        windows = self._windows[:, numbers].T.tolist()
        inks = [
            self._thick[field][top:bottom, left:right]
            for field, (left, top, right, bottom) in zip(fields, windows, strict=True)
        ]
        crowded = self._crowded[numbers].nonzero()[0]
        for i, own in zip(crowded.tolist(), self._masks(numbers[crowded]), strict=True):
            left, top, right, bottom = windows[i]
            density = self._densities[fields[i]][top:bottom, left:right]
            paper = cv2.threshold(density, 127, 255, cv2.THRESH_BINARY_INV)[1]
            inks[i] = cv2.bitwise_and(inks[i], cv2.bitwise_or(own, paper))
        taken = []
        for ink, (left, top, _, _), is_tight in zip(
            inks, windows, self._is_tight[numbers].tolist(), strict=True
        ):
            ink, (x, y) = (ink, (0, 0)) if is_tight else trim(ink)
            taken.append((ink, (left + x, top + y)))
        return taken

    def _masks(self, numbers: Numbers) -> list[NDArray[np.uint8]]:
        """Where in the windows around some components their ink is: 255 there, else 0."""
        fields = self.fields[numbers]
        labelled = [self._components[field].labelled for field in fields.tolist()]
        own = (numbers - self.firsts[fields]).tolist()
        return paint_components(labelled, own, self._windows[:, numbers])


def _edge(components: Components) -> int:
    """Pixels that strokes reach beyond their ink, by grey edges and by what makes them thicker."""
    if components.is_grey or components.thinness > 0:
        return max(1, round(components.stroke / 3))
    return 0


def _crowded(components: Sequence[Components], edges: Numbers) -> NDArray[np.bool_]:
    """Whether boxes of others reach into that of a component and its grey edge; those of dust come last."""
    boxes, dust = [its.boxes for its in components], [its.dust for its in components]
    fields = np.concatenate([np.arange(len(edges)).repeat([len(its) for its in of]) for of in (boxes, dust)])
    x, y, width, height = np.concatenate(boxes + dust).T
    reach = edges[fields]
    left, top, right, bottom = x - reach, y - reach, x + width, y + height
    many = (np.bincount(fields, minlength=len(edges)) > _MANY)[fields]
    few = (~many).nonzero()[0]
    crowded = many
    for numbers in overlapping(left[few], right[few], fields[few], meeting(top[few], bottom[few] - 1)):
        crowded[few[numbers]] = True
    return crowded
