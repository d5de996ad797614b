"""Bringing a page onto its form: by a picture of the form, by its boxes, by the corners of the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import hypot, log
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.boxes import Match, match_boxes
from digitscan.alignment.corners import find_corners, lay_corners
from digitscan.alignment.enclosed import find_enclosed
from digitscan.alignment.printed import find_printed
from digitscan.alignment.reference import Reference
from digitscan.alignment.scaled import Scaled
from digitscan.alignment.sides import fit_sides
from digitscan.results import AlignmentResult
from digitscan.straightening import Straightening
from digitscan.template import TemplatePage

Method = Literal["reference", "boxes", "corners", "page"]
Matrix = NDArray[np.float64]

_PATCHES = 0.35
"""Least share of a form's patches that are where they should be on a page of it,"""

_BOXES = 0.5
"""and of its boxes."""

_CLEARLY = 0.8
"""A way to lay a page that shows this share of its boxes need not be compared with others, and boxes without
lines that can be followed are believed from there on."""

_NEAR = 0.25
"""One box of two lies on one of the form's anyhow: a form must be about where it should when it has no more
votes than this below ``_BOXES`` of all."""

_DOUBT = 0.12
"""Lines that were found tell where any field is with a standard error of at most this share of its height."""

_SHAPE = 0.03
"""A form without anything to go by and its scan have the same shape to this share."""

_EXACT = 0.6
"""A page on which fields lie straight to so many pixels is shifted by whole pixels, and so not blurred."""

_ABOUT = 0.03
"""The same for one laid on boxes, as a share of the least field's height: templates are drawn by eye."""

_ANISOTROPY = 1.5
"""No scan is stretched more to one side than to the other."""

_LARGEST = 3.0
"""Nor is a form this many times as long as the page that it is on."""


class _Laid(NamedTuple):
    """How a page lies by its boxes: from its pixels to the form's, share of fields in place, and votes."""

    matrix: Matrix
    share: float
    votes: float


@dataclass(frozen=True)
class Alignment:
    """How a page lies on its form.

    Attributes:
        straightening: The page as given onto the form, at about the page's own resolution.
        result: What it went by, and how well it fits.
    """

    straightening: Straightening
    result: AlignmentResult


class Aligner:
    """Brings pages of one form onto it.

    Args:
        page: The form's page.
        folder: Where the path of its reference starts.

    Raises:
        TemplateError: The reference cannot be read, or has another shape than the page.
    """

    def __init__(self, page: TemplatePage, folder: Path) -> None:
        self._page = page
        # Tick boxes are too small to go by, unless there is nothing else.
        fields = [field for field in page.fields if field.kind == "digits"] or page.fields
        self._fields = np.array([field.box for field in fields], np.float64)
        self._reference = None if page.reference is None else Reference.load(folder / page.reference, page)

    def align(self, grey: NDArray[np.uint8]) -> Alignment | None:
        """Find how a page lies on the form.

        Args:
            grey: ``(H, W)`` ``uint8``, the page.

        Returns:
            How, or None when it does not fit: too little of what the form has is where it should be.
        """
        given = grey.shape[1], grey.shape[0]
        ways = self._by_boxes(grey) if self._reference is None else self._by_reference(grey, self._reference)
        for method, matrix, quality in ways:
            slack = _EXACT if self._reference is not None else None
            straightening = _straighten(matrix, given, self._page, slack)
            if straightening is not None:
                result = AlignmentResult(method=method, quality=quality, degrees=straightening.degrees)
                return Alignment(straightening, result)
        return None

    def _by_reference(
        self, grey: NDArray[np.uint8], reference: Reference
    ) -> Iterator[tuple[Method, Matrix, float]]:
        """Lay a page on the reference in every way that shows enough of it in its place."""
        page = reference.scale(grey)
        for rough in self._guesses(grey, page, reference):
            matrix, quality = reference.fit(page, rough)
            if quality >= _PATCHES:
                yield "reference", matrix, quality

    def _guesses(self, grey: NDArray[np.uint8], page: Scaled, reference: Reference) -> Iterator[Matrix]:
        """About how a page may lie: by corners of what is printed, by boxes, by corners of the sheet."""
        matched = reference.match(page)
        if matched is not None:
            yield matched
        size = grey.shape[1], grey.shape[0]
        for find in (partial(find_enclosed, page), partial(find_printed, grey)):  # the quick one may do
            by_boxes = self._match(find(), size)
            if by_boxes is not None:
                yield by_boxes.matrix
        corners = find_corners(page)
        if corners is not None:
            yield from lay_corners(corners, (self._page.width, self._page.height))

    def _by_boxes(self, grey: NDArray[np.uint8]) -> Iterator[tuple[Method, Matrix, float]]:
        """Lay a page on the form's boxes; where it has none at all, on the edges of its paper."""
        height, width = grey.shape
        page = Scaled.of(grey, Reference.LONGER)
        quick = self._lay(page, find_enclosed(page), np.eye(3), (width, height))
        if quick is not None and quick.share >= _CLEARLY:
            yield "boxes", quick.matrix, quick.share
            return
        best: tuple[Method, _Laid] | None = None if quick is None else ("boxes", quick)
        boxes = 0
        for method, moved, size in _ways(page, (width, height)):
            printed = find_printed(Straightening.onto(moved, (width, height), size).apply(grey))
            boxes += len(printed)
            laid = self._lay(page, printed, moved, size)
            if laid is not None and (best is None or laid.votes > best[1].votes):
                best = method, laid
            if laid is not None and laid.share >= _CLEARLY:
                break
        if best is not None:
            yield best[0], best[1].matrix, best[1].share
            return
        stretch = self._page.width / width, self._page.height / height
        if not boxes and abs(log(stretch[0] / stretch[1])) <= _SHAPE:
            yield "page", np.diag([*stretch, 1.0]), 0.0

    def _match(self, boxes: NDArray[np.float64], size: tuple[int, int]) -> Match | None:
        """Lay the boxes of a page of some size on those of the form."""
        return match_boxes(self._fields, boxes, (self._page.width, self._page.height), size)

    def _lay(
        self, page: Scaled, boxes: NDArray[np.float64], moved: Matrix, size: tuple[int, int]
    ) -> _Laid | None:
        """Lay a page on the form by its boxes, exactly, where enough tells that it lies so.

        Args:
            page: The page.
            boxes: ``(N, 4, 2)`` corners of the boxes that were found on it.
            moved: How it had been moved for that.
            size: Its width and height then.
        """
        match = self._match(boxes, size)
        if match is None:
            return None
        count, matrix = len(self._fields), match.matrix @ moved
        sides = fit_sides(page, self._fields, matrix)
        share = float(sides.found.mean())
        votes = share * count - match.off
        if share >= _BOXES and votes >= _BOXES * count - _NEAR and sides.doubt.max() <= _DOUBT:
            return _Laid(sides.matrix, max(share, match.share), max(votes, match.votes))
        # The lines of boxes may be dots, or too faint to be seen one by one.
        return _Laid(matrix, match.share, match.votes) if match.share >= _CLEARLY else None


def _ways(page: Scaled, size: tuple[int, int]) -> Iterator[tuple[Method, Matrix, tuple[int, int]]]:
    """How a page may be moved for its boxes to be found, and its size then: combs are found where level."""
    width, height = size
    yield "boxes", np.eye(3), (width, height)
    yield "boxes", np.array([[0, 1, 0], [-1, 0, width], [0, 0, 1.0]]), (height, width)
    corners = find_corners(page.blurred())
    if corners is not None:
        for sheet in (corners, np.roll(corners, -1, axis=0)):
            across, down = np.linalg.norm(np.diff(sheet[:3], axis=0), axis=1).round().astype(int).tolist()
            yield "corners", next(lay_corners(sheet, (across, down))), (across, down)


def _straighten(
    matrix: Matrix, given: tuple[int, int], page: TemplatePage, slack: float | None
) -> Straightening | None:
    """Lay a page on the form at the page's own resolution.

    Args:
        matrix: ``(3, 3)`` from the page's pixels to the form's unit.
        given: Width and height of the page.
        page: The form's page.
        slack: How many pixels it may lie off and count as straight; None for what boxes tell.

    Returns:
        How; None where no scanner and no camera would put it.
    """
    back = np.linalg.inv(matrix)
    corners = np.array([(0, 0), (page.width, 0), (page.width, page.height), (0, page.height)], np.float64)
    there = cv2.perspectiveTransform(corners[:, None], back)[:, 0]
    sides = np.linalg.norm(np.roll(there, -1, axis=0) - there, axis=1)
    across, down = (sides[0] + sides[2]) / 2 / page.width, (sides[1] + sides[3]) / 2 / page.height
    if not (
        cv2.isContourConvex(np.round(there).astype(np.int32))
        and cv2.contourArea(there.astype(np.float32), oriented=True) > 0  # not as in a mirror
        and max(across, down) <= _ANISOTROPY * min(across, down)
        and max(sides) <= _LARGEST * hypot(*given)
    ):
        return None
    scale = (across * down) ** 0.5
    if slack is None:
        slack = _ABOUT * scale * min(field.box[3] for field in page.fields)
    boxes = np.array([field.box for field in page.fields], np.float64)
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])
    there = cv2.perspectiveTransform(corners[:, None], back)[:, 0]
    own = max(1, round(page.width * scale)), max(1, round(page.height * scale))
    for size, shifted in ((given, False), (own, True)):
        factors = np.array(size) / (page.width, page.height)
        new = corners * factors
        shift = np.round((new - there).mean(axis=0)) if shifted else np.zeros(2)
        if np.abs(there + shift - new).max() <= slack:
            whole = np.eye(3)
            whole[:2, 2] = shift
            return Straightening.onto(whole, given, size)
    return Straightening.onto(np.diag([*factors, 1.0]) @ matrix, given, size)
