"""Singles: the components of all fields of a page, numbered through, and the ink of each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.components import Components
from digitscan.groups import Numbers, Runs
from digitscan.intervals import overlapping
from digitscan.labelling import pixels
from digitscan.strokes import thicken

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
        # The grey edge of a stroke belongs to it.
        edges = np.array([max(1, round(its.stroke / 3)) for its in components], np.intp)
        self._crowded = _crowded(components, edges)[: len(self.boxes)]
        x, y, width, height = self.boxes.T
        edge = edges[self.fields]
        ends = np.maximum(x - edge, 0), np.maximum(y - edge, 0), x + width + edge, y + height + edge
        self._windows: list[list[int]] = np.column_stack(ends).tolist()

    def take(self, numbers: Numbers) -> list[tuple[NDArray[np.uint8], tuple[int, int]]]:
        """Take the ink of some components, with a little paper; and where that has its left and top."""
        fields = self.fields[numbers].tolist()
        windows = [self._windows[number] for number in numbers.tolist()]
        inks = [
            self._thick[field][top:bottom, left:right]
            for field, (left, top, right, bottom) in zip(fields, windows, strict=True)
        ]
        crowded = self._crowded[numbers].nonzero()[0].tolist()
        masks = self._masks(numbers[crowded], [inks[i].shape for i in crowded])
        for i, mine in zip(crowded, masks, strict=True):
            left, top, right, bottom = windows[i]
            paper = self._densities[fields[i]][top:bottom, left:right] < 128
            inks[i] = cv2.copyTo(inks[i], mine | paper)
        return [(ink, (left, top)) for ink, (left, top, _, _) in zip(inks, windows, strict=True)]

    def _masks(self, numbers: Numbers, shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.uint8]]:
        """Where in the windows around some components, of these shapes, their ink is: 255 there, else 0."""
        if not len(numbers):
            return []
        fields = self.fields[numbers]
        labelled = [self._components[field].labelled for field in fields.tolist()]
        own = (numbers - self.firsts[fields]).tolist()
        runs = [its.runs_of(number) for its, number in zip(labelled, own, strict=True)]
        of = np.arange(len(runs)).repeat([len(its.rows) for its in runs])
        rows, starts, stops = (np.concatenate(ends) for ends in zip(*runs, strict=True))
        corners = np.array([its.corner for its in labelled])
        left, top = (corners + [self._windows[number][:2] for number in numbers.tolist()]).T
        # One picture after another.
        sizes = np.array(shapes)
        ends = sizes.prod(axis=1).cumsum()
        shift = np.append(0, ends[:-1]) - left
        painted = np.zeros(ends[-1], np.uint8)
        painted[pixels(Runs(rows - top[of], starts + shift[of], stops + shift[of]), sizes[of, 1])] = 255
        return [its.reshape(shape) for its, shape in zip(np.split(painted, ends[:-1]), shapes, strict=True)]


def _crowded(components: Sequence[Components], edges: Numbers) -> NDArray[np.bool_]:
    """Whether boxes of others reach into that of a component and its grey edge; those of dust come last."""
    boxes, dust = [its.boxes for its in components], [its.dust for its in components]
    fields = np.concatenate([np.arange(len(edges)).repeat([len(its) for its in of]) for of in (boxes, dust)])
    x, y, width, height = np.concatenate(boxes + dust).T
    reach = edges[fields]
    left, top, right, bottom = x - reach, y - reach, x + width, y + height
    many = (np.bincount(fields, minlength=len(edges)) > _MANY)[fields]
    few = (~many).nonzero()[0]
    ones, others = (few[numbers] for numbers in overlapping(left[few], right[few], fields[few]))
    meet = (top[ones] < bottom[others]) & (top[others] < bottom[ones])
    crowded = many
    crowded[ones[meet]] = crowded[others[meet]] = True
    return crowded
