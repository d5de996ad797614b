"""Pages laid on a form by its boxes, without a picture of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitscan.alignment import Aligner
from digitscan.alignment.boxes import match_boxes
from digitscan.alignment.printed import corners_of
from digitscan.template import Template

from .drawing import Array, arbitrary, draw_box, draw_comb, page
from .forms import FIELDS, HEIGHT, WIDTH, Drawn, draw_form, form_template, lay, misplacement
from .test_alignment import OTHER, SHAPES

FORM, PAPER = (float(WIDTH), float(HEIGHT)), (float(WIDTH), float(HEIGHT))
DIGITS = tuple(field for field in FIELDS if field.kind == "digits")
COLUMN = tuple(Drawn(f"row_{row}", (400, 300 + 100 * row, 420, 60)) for row in range(10))
"""Boxes that are all alike."""


def open_aligner(fields: tuple[Drawn, ...]) -> Aligner:
    return Aligner(form_template(fields=fields).pages[0], Path())


@pytest.fixture(scope="module")
def form() -> Array:
    return page(draw_form(DIGITS))


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return open_aligner(DIGITS)


PLACES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "shifted": {"shift": (0.04, -0.03)},
    "smaller": {"scale": 0.9},
    "larger": {"scale": 1.08},
    "half the resolution": {"resolution": 0.5},
    "more resolution": {"resolution": 1.5},
    "turned": {"angle": 3.5},
    "turned the other way": {"angle": -3.5},
    "sideways": {"quarters": 1},
    "upside down": {"quarters": 2},
    "sideways the other way": {"quarters": 3, "angle": 2.0},
    "in perspective": {"bend": ((0.015, 0.0), (-0.01, 0.01), (0.01, -0.01), (-0.01, 0.0))},
    **{
        f"on {ground} turned by {angle} and {quarters} quarters": {
            "ground": ground,
            "angle": angle,
            "quarters": quarters,
            "scale": 0.88,
        }
        for ground, angle, quarters in [
            (90, 0, 0),
            (90, 3, 0),
            (60, -3, 0),
            (90, 2, 1),
            (60, 3, 2),
            (90, -2, 3),
        ]
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_fields_are_found_where_they_are(place: str, form: Array, aligner: Aligner) -> None:
    scan = lay(form, **PLACES[place])
    alignment = aligner.align(scan.page)
    assert alignment is not None
    assert alignment.result.method in ("boxes", "corners")
    assert alignment.result.quality > 0.85
    scale = PLACES[place].get("scale", 1.0) * PLACES[place].get("resolution", 1.0)
    # Half a pixel of the form is how far the drawn lines lie beside the edges.
    assert misplacement(alignment, scan.matrix, DIGITS).max() <= 1.5 * max(1.0, scale)


ASKEW: dict[str, Any] = {
    "angle": 4.5,
    "quarters": 2,
    "bend": ((0.02, 0.01), (-0.02, 0.02), (0.01, -0.02), (-0.02, -0.01)),
}


def test_turn_and_perspective_at_once_are_undone(form: Array, aligner: Aligner) -> None:
    scan = lay(form, **ASKEW)
    alignment = aligner.align(scan.page)
    assert alignment is not None
    assert misplacement(alignment, scan.matrix, DIGITS).max() <= 1.5


@pytest.mark.parametrize("style", ["dotted", "dashed"])
@pytest.mark.parametrize("kind", ["closed", "ticks", "base", "two"])
def test_boxes_and_combs_may_be_drawn_in_any_way(style: str, kind: str) -> None:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    for field in DIGITS:
        if field.cells:
            draw_comb(density, field.box, field.cells, kind, style if kind == "closed" else "solid")
        else:
            draw_box(density, field.box, style)
    scan = lay(page(density), angle=-2.0, shift=(0.02, -0.01), scale=0.95)
    alignment = open_aligner(DIGITS).align(scan.page)
    assert alignment is not None
    assert misplacement(alignment, scan.matrix, DIGITS).max() <= 3


@pytest.mark.parametrize("seed", range(3))
def test_writing_across_the_lines_does_not_move_a_form(seed: int, form: Array, aligner: Aligner) -> None:
    rng = np.random.default_rng(seed)
    written = form.copy()
    for field in DIGITS:
        x, y, width, height = field.box
        for left in range(x, x + width - height // 2, height):
            stroke = rng.uniform((0.0, -0.1), (0.7, 1.1), (4, 2)) * height + (left, y)
            cv2.polylines(written, [stroke.astype(np.int32)], False, 60, 4, cv2.LINE_AA)
    scan = lay(written, angle=2.0 + seed, scale=0.95)
    alignment = aligner.align(scan.page)
    assert alignment is not None
    assert misplacement(alignment, scan.matrix, DIGITS).max() <= 2


COVERED = {
    "top": (0.0, 0.0, 1.0, 0.3),
    "lower half": (0.0, 0.5, 1.0, 1.0),
    "foot": (0.0, 0.8, 1.0, 1.0),
    "right": (0.55, 0.0, 1.0, 1.0),
}
"""Shares of a page that something lies on: left, top, right, bottom."""


@pytest.mark.parametrize("place", COVERED)
@pytest.mark.parametrize("angle", [-4.0, 0.5, 3.0])
def test_page_covered_in_part_is_exact_or_refused(
    place: str, angle: float, form: Array, aligner: Aligner
) -> None:
    covered = form.copy()
    left, top, right, bottom = COVERED[place]
    covered[round(top * HEIGHT) : round(bottom * HEIGHT), round(left * WIDTH) : round(right * WIDTH)] = 235
    scan = lay(covered, **{**ASKEW, "angle": angle})
    alignment = aligner.align(scan.page)
    if alignment is not None:
        assert misplacement(alignment, scan.matrix, DIGITS).max() <= 6  # of 60 from line to line
    else:
        assert place != "foot"  # where a single field is


def test_page_that_lies_right_is_not_resampled(form: Array, aligner: Aligner) -> None:
    alignment = aligner.align(form)
    assert alignment is not None
    assert not alignment.straightening.changes


def test_lines_of_boxes_may_be_of_any_thickness() -> None:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    for field in DIGITS:
        draw_box(density, field.box, thickness=7)
    alignment = open_aligner(DIGITS).align(page(density))
    assert alignment is not None
    assert not alignment.straightening.changes


@pytest.mark.parametrize("shift", [(20, -13), (-31, 40)])
def test_page_that_is_only_shifted_keeps_its_pixels(
    shift: tuple[int, int], form: Array, aligner: Aligner
) -> None:
    across, down = shift
    scan = np.roll(form, (down, across), axis=(0, 1))
    alignment = aligner.align(scan)
    assert alignment is not None
    back = np.round(alignment.straightening.matrix[:2, 2]).astype(int)
    assert back == pytest.approx((-across, -down), abs=1)
    straight = alignment.straightening.apply(scan)
    again = np.roll(scan, (back[1], back[0]), axis=(0, 1))
    assert (straight[60:-60, 60:-60] == again[60:-60, 60:-60]).all()


@pytest.mark.parametrize("rows", [0, 1, -1, 0.5])
def test_column_of_equal_boxes_is_not_taken_a_row_off(rows: float) -> None:
    sheet = page(draw_form(COLUMN))
    scan = lay(sheet, shift=(0.0, rows * 20 / HEIGHT))
    alignment = open_aligner(COLUMN).align(scan.page)
    assert alignment is not None
    assert misplacement(alignment, scan.matrix, COLUMN).max() < 8  # of 100 from row to row


@pytest.mark.parametrize("missing", [0, 4, 9])
def test_column_with_a_box_missing_is_not_taken_a_row_off(missing: int) -> None:
    printed = COLUMN[:missing] + COLUMN[missing + 1 :]
    scan = lay(page(draw_form(printed)), shift=(0.01, 0.005))
    alignment = open_aligner(COLUMN).align(scan.page)
    assert alignment is not None
    assert misplacement(alignment, scan.matrix, COLUMN).max() < 8  # of 100 from row to row
    assert alignment.result.quality == pytest.approx(0.9)


def test_page_with_other_boxes_does_not_fit(aligner: Aligner) -> None:
    assert aligner.align(page(draw_form(OTHER))) is None


@pytest.mark.parametrize(("shape", "fits"), [((1754, 1240), True), ((877, 620), True), ((1240, 1754), False)])
def test_page_without_boxes_is_taken_by_its_edges_where_it_has_the_shape(
    shape: tuple[int, int], fits: bool, aligner: Aligner
) -> None:
    alignment = aligner.align(np.full(shape, 250, np.uint8))
    assert (alignment is not None) is fits
    if alignment is not None:
        assert (alignment.result.method, alignment.result.quality) == ("page", 0.0)
        assert not alignment.straightening.changes


def test_field_of_the_least_boxes_is_found() -> None:
    density = np.zeros((300, 400), np.uint8)
    draw_box(density, (130, 90, 200, 60))
    template = Template.model_validate(
        {
            "name": "slip",
            "page": {"width": 400, "height": 300},
            "fields": [{"name": "one", "box": [120, 100, 200, 60]}],
        }
    )
    alignment = Aligner(template.pages[0], Path()).align(page(density))
    assert alignment is not None
    (back,) = alignment.straightening.back(
        np.array([(120.0, 100.0)]) * alignment.straightening.size / (400, 300)
    )
    assert back == pytest.approx((130, 90), abs=3)


# Boxes alone


def boxes_of(fields: tuple[Drawn, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([field.box for field in fields], np.float64)


@settings(arbitrary, max_examples=25)
@given(
    st.floats(0.75, 1.3),
    st.floats(-0.1, 0.1),
    st.floats(-0.1, 0.1),
    st.integers(0, 2**32 - 1),
)
def test_shifted_and_scaled_boxes_are_matched(scale: float, across: float, down: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    fields = boxes_of(DIGITS)
    shift = np.array([across * WIDTH, down * HEIGHT, 0, 0])
    others = rng.uniform((0, 0, 60, 20), (1000, 1500, 300, 200), (6, 4))
    found = rng.permutation(np.concatenate([scale * fields + shift, others]))
    match = match_boxes(fields, corners_of(found), FORM, PAPER)
    assert match is not None
    assert match.share == 1.0
    corners = np.array([(x, y, 1.0) for x, y, _, _ in scale * fields + shift])
    back = corners @ match.matrix.T
    assert back[:, :2] / back[:, 2:] == pytest.approx(fields[:, :2], abs=6.0)


@arbitrary
@given(st.integers(0, 30), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_any_boxes_match_in_part_or_not(count: int, fields: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = (0, 0, 1, 1), (1200, 1700, 600, 200)
    form, page = (rng.uniform(low, high, (number, 4)) for number in (fields, count))
    match = match_boxes(form, corners_of(page), FORM, PAPER)
    if match is not None:
        assert count and 0 < match.share <= 1
        assert np.isfinite(match.matrix).all()


@settings(arbitrary, max_examples=20)
@given(
    st.sampled_from([*SHAPES, (37, 61), (200, 140), (140, 900)]),
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
)
def test_any_page_is_aligned_or_not(aligner: Aligner, shape: tuple[int, int], seed: int, grain: int) -> None:
    height, width = shape
    coarse = np.random.default_rng(seed).integers(0, 256, (-(-height // grain), -(-width // grain)))
    grey = np.kron(coarse.astype(np.uint8), np.ones((grain, grain), np.uint8))[:height, :width]
    alignment = aligner.align(np.ascontiguousarray(grey))
    if alignment is not None:  # without any box that is seen, a page of the form's shape is tried
        assert alignment.result.method == "page"
        assert max(width / height / (WIDTH / HEIGHT), WIDTH / HEIGHT / (width / height)) < 1.04
