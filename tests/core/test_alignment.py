"""Pages laid on a form by a picture of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitscan.alignment import Aligner, Alignment
from digitscan.errors import ExitCode, TemplateError
from digitscan.template import TemplatePage

from .drawing import Array, arbitrary, page
from .forms import (
    FIELDS,
    HEIGHT,
    WIDTH,
    Drawn,
    Scan,
    draw_form,
    draw_print,
    draw_words,
    form_template,
    form_values,
    lay,
    misplacement,
    save,
)

Change = Callable[[Array], Array]

OTHER = tuple(
    Drawn(f"part_{row}", (150 + 520 * (row % 2), 300 + 110 * (row // 2), 380, 60)) for row in range(16)
)
"""The fields of another form."""


@pytest.fixture(scope="module")
def form() -> Array:
    sheet = page(draw_form())
    sheet.flags.writeable = False
    return sheet


@pytest.fixture(scope="module")
def blank(form: Array, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the blank form."""
    return save(tmp_path_factory.mktemp("forms") / "blank.png", form)


@pytest.fixture(scope="module")
def aligner(blank: Path) -> Aligner:
    return open_aligner(form_template(blank).pages[0], blank)


def open_aligner(page: TemplatePage, reference: Path) -> Aligner:
    return Aligner(page, reference.parent)


def filled(sheet: Array, seed: int = 0) -> Array:
    """The form with writing in every field, often across its lines, a stamp and a note over its print."""
    rng = np.random.default_rng(seed)
    written = sheet.copy()
    for field in FIELDS:
        x, y, width, height = field.box
        for left in range(x, x + width - height // 2, round(0.8 * height)):
            stroke = rng.uniform((0.0, 0.05), (0.7, 1.05), (4, 2)) * height + (left, y)
            cv2.polylines(written, [stroke.astype(np.int32)], False, 60, 4, cv2.LINE_AA)
    cv2.ellipse(written, (900, 940), (160, 110), 20, 0, 360, 90, 7, cv2.LINE_AA)
    cv2.putText(written, "see letter of 12.3.", (300, 1400), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2, 70, 4)
    return written


def assert_exact(alignment: Alignment | None, scan: Scan, scale: float = 1.0) -> None:
    """Every corner of every field is right to 1 % of its height, or to a pixel."""
    assert alignment is not None
    heights = np.array([field.box[3] for field in FIELDS]) * scale
    assert (misplacement(alignment, scan.matrix) <= np.maximum(1.0, 0.01 * heights)).all()


PLACES: dict[str, dict[str, Any]] = {
    "turned by 2": {"angle": 2.0},
    "turned by 5": {"angle": 5.0},
    "turned by -5": {"angle": -5.0},
    "sideways": {"quarters": 1},
    "upside down": {"quarters": 2},
    "sideways the other way": {"quarters": 3, "angle": -3.0},
    "shifted": {"shift": (0.03, -0.03)},
    "smaller": {"scale": 0.9, "angle": 1.0},
    "larger": {"scale": 1.1, "angle": -1.0},
    "half the resolution": {"resolution": 0.5, "angle": 3.0},
    "more resolution": {"resolution": 1.5, "angle": -2.0},
    "in perspective": {"bend": ((0.02, 0.01), (-0.02, 0.02), (0.01, -0.02), (-0.02, -0.01))},
    "photographed": {
        "bend": ((0.02, 0.0), (-0.01, 0.02), (0.0, -0.02), (-0.02, 0.0)),
        "angle": 4.0,
        "scale": 0.92,
        "ground": 80,
    },
    "all at once": {
        "bend": ((0.02, 0.0), (-0.01, 0.02), (0.0, -0.02), (-0.02, 0.0)),
        "angle": -5.0,
        "quarters": 1,
        "scale": 0.93,
        "resolution": 1.4,
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_fields_are_found_where_they_are(place: str, form: Array, aligner: Aligner) -> None:
    scan = lay(form, **PLACES[place])
    alignment = aligner.align(scan.page)
    scale = PLACES[place].get("scale", 1.0) * PLACES[place].get("resolution", 1.0)
    assert_exact(alignment, scan, scale)
    assert alignment is not None
    assert alignment.result.method == "reference"
    assert alignment.result.quality > 0.8
    turned = PLACES[place].get("angle", 0.0) + 90 * PLACES[place].get("quarters", 0)
    # The form lies that far counter-clockwise, so it was turned back; bent paper has no one angle.
    off = (alignment.result.degrees + turned + 180) % 360 - 180
    assert abs(off) < (1.5 if "bend" in PLACES[place] else 0.1)


def noisy(sheet: Array) -> Array:
    grey = sheet + np.random.default_rng(0).normal(0, 12, sheet.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def dusk(sheet: Array) -> Array:
    """Light that falls off to a corner, to less than half."""
    height, width = sheet.shape
    light = 1 - 0.55 * (np.linspace(0, 1, width) + np.linspace(0, 1, height)[:, None]) / 2
    return np.asarray(sheet * light).astype(np.uint8)


CHANGES: dict[str, Change] = {
    "blurred": lambda sheet: np.asarray(cv2.GaussianBlur(sheet, (0, 0), 1.2)),
    "noisy": noisy,
    "in uneven light": dusk,
    "in black and white": lambda sheet: np.where(sheet > 128, 255, 0).astype(np.uint8),
    "faint": lambda sheet: np.asarray(170 + sheet * 0.3).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("quarters", [0, 2])
def test_fields_are_found_on_a_bad_scan(change: str, quarters: int, form: Array, aligner: Aligner) -> None:
    scan = lay(form, angle=2.5, quarters=quarters, shift=(-0.01, 0.02))
    assert_exact(aligner.align(CHANGES[change](scan.page)), scan)


@pytest.mark.parametrize("quarters", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_fields_are_found_on_a_form_filled_in(
    seed: int, quarters: int, form: Array, aligner: Aligner
) -> None:
    scan = lay(filled(form, seed), angle=-1.5, quarters=quarters, shift=(-0.01, 0.02))
    assert_exact(aligner.align(scan.page), scan)
    assert_exact(aligner.align(dusk(noisy(scan.page))), scan)


@pytest.mark.parametrize("resolution", [0.67, 0.9, 0.95, 1.1, 1.25, 1.5, 1.7])
def test_print_alone_is_enough_at_any_resolution(resolution: float, tmp_path: Path) -> None:
    sheet = page(draw_form(()))
    reference = save(tmp_path / "blank.png", sheet)
    scan = lay(sheet, angle=1.5, resolution=resolution)
    alignment = open_aligner(form_template(reference).pages[0], reference).align(scan.page)
    assert_exact(alignment, scan, resolution)
    assert alignment is not None and alignment.result.method == "reference"


@pytest.mark.parametrize("times", [0.5, 2.0])
def test_reference_may_have_another_resolution_than_the_template(
    times: float, form: Array, tmp_path: Path
) -> None:
    size = round(WIDTH * times), round(HEIGHT * times)
    area = cv2.INTER_AREA if times < 1 else cv2.INTER_LINEAR
    reference = save(tmp_path / "blank.png", np.asarray(cv2.resize(form, size, interpolation=area)))
    scan = lay(form, angle=-3.0, shift=(0.02, 0.01))
    assert_exact(open_aligner(form_template(reference).pages[0], reference).align(scan.page), scan)


@pytest.mark.parametrize("seed", range(2, 5))
def test_filled_form_may_be_the_reference(seed: int, form: Array, tmp_path: Path) -> None:
    reference = save(tmp_path / "filled.png", filled(form, seed=1))
    scan = lay(filled(form, seed), angle=2.0)
    alignment = open_aligner(form_template(reference).pages[0], reference).align(scan.page)
    assert alignment is not None
    assert misplacement(alignment, scan.matrix).max() < 3.5  # fewer patches show the form in both


def test_template_in_millimetres_is_the_one_in_pixels(form: Array, blank: Path, aligner: Aligner) -> None:
    per_pixel = 210 / WIDTH
    values = form_values(reference=blank.name)
    values["page"].update(unit="mm", width=210.0, height=HEIGHT * per_pixel)
    for field in values["fields"]:
        field["box"] = [side * per_pixel for side in field["box"]]
    metric = TemplatePage.model_validate({**values["page"], "fields": values["fields"]})
    scan = lay(form, angle=-2.0, scale=0.95)
    in_pixels, in_metric = aligner.align(scan.page), open_aligner(metric, blank).align(scan.page)
    assert in_pixels is not None and in_metric is not None
    assert in_metric.straightening.size == in_pixels.straightening.size
    assert in_metric.straightening.matrix == pytest.approx(in_pixels.straightening.matrix, abs=1e-3)
    size = in_pixels.straightening.size
    pixels = form_template(blank).pages[0].regions(*size)
    for one, other in zip(metric.regions(*size), pixels, strict=True):
        assert one.box == pytest.approx(other.box, abs=0.01)


@pytest.mark.parametrize("change", [np.copy, noisy, dusk])
def test_page_that_lies_right_is_not_resampled(change: Change, form: Array, aligner: Aligner) -> None:
    alignment = aligner.align(change(form))
    assert alignment is not None
    assert not alignment.straightening.changes


@pytest.mark.parametrize("shift", [(20, -13), (-32, 24)])
def test_page_that_is_only_shifted_keeps_its_pixels(
    shift: tuple[int, int], form: Array, aligner: Aligner
) -> None:
    across, down = shift
    scan = np.roll(form, (down, across), axis=(0, 1))
    alignment = aligner.align(scan)
    assert alignment is not None
    straight = alignment.straightening.apply(scan)
    assert (straight[60:-60, 60:-60] == form[60:-60, 60:-60]).all()


# References that cannot be used


def too_wide(path: Path) -> None:
    save(path, np.full((600, 500), 255, np.uint8))


def sideways(path: Path) -> None:
    save(path, np.full((WIDTH, HEIGHT), 255, np.uint8))


def no_picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))


def no_file(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (no_file, "no such file"),
        (no_picture, ""),
        (Path.mkdir, ""),
        (Path.touch, ""),
        (too_wide, f"has 500 x 600 pixels, another shape than the page of {WIDTH} x {HEIGHT}"),
        (sideways, f"has {HEIGHT} x {WIDTH} pixels, another shape than the page of {WIDTH} x {HEIGHT}"),
    ],
)
def test_reference_that_cannot_be_used_is_named(
    make: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "reference.png"
    make(path)
    with pytest.raises(TemplateError) as caught:
        open_aligner(form_template(path).pages[0], path)
    message = str(caught.value)
    assert message.startswith(f"reference {path}: {says}")
    assert len(message) > len(f"reference {path}: ")
    assert "\n" not in message
    assert caught.value.exit_code == ExitCode.CONFIGURATION


# Pages that are not of the form


def prose() -> Array:
    density = np.zeros((HEIGHT, WIDTH), np.uint8)
    draw_print(density, 90, 120, 1060, 60, seed=9)
    return page(density)


def other_form() -> Array:
    density = draw_form(OTHER, words=False)
    draw_words(density, "Order of Spare Parts", 90, 130, 1.6, 3)
    draw_print(density, 90, 1300, 1060, 12, seed=11)
    return page(density)


PAGES: dict[str, Callable[[], Array]] = {
    "another form": other_form,
    "prose": prose,
    "blank": lambda: np.full((HEIGHT, WIDTH), 250, np.uint8),
    "black": lambda: np.zeros((HEIGHT, WIDTH), np.uint8),
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8),
    "sheet on a dark ground": lambda: np.asarray(
        cv2.copyMakeBorder(np.full((900, 700), 250, np.uint8), 90, 90, 90, 90, cv2.BORDER_CONSTANT, value=40)
    ),
    "in a mirror": lambda: np.ascontiguousarray(page(draw_form())[:, ::-1]),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_that_is_not_of_the_form_does_not_fit(name: str, aligner: Aligner) -> None:
    assert aligner.align(PAGES[name]()) is None


SHAPES = [(1, 1), (1, 2), (5, 300), (300, 5), (16, 16), (1, 3000), (3000, 1)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_tiny_page_does_not_fit(shape: tuple[int, int], grey: int, aligner: Aligner) -> None:
    assert aligner.align(np.full(shape, grey, np.uint8)) is None


@settings(arbitrary, max_examples=20)
@given(
    st.sampled_from([*SHAPES, (37, 61), (200, 140), (140, 900)]),
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.booleans(),
)
def test_no_page_of_noise_fits(
    aligner: Aligner, shape: tuple[int, int], seed: int, grain: int, two_tone: bool
) -> None:
    height, width = shape
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (-(-height // grain), -(-width // grain))).astype(np.uint8)
    grey = np.kron(coarse, np.ones((grain, grain), np.uint8))[:height, :width]
    noise = np.ascontiguousarray(np.where(grey > 128, 255, 0) if two_tone else grey, np.uint8)
    assert aligner.align(noise) is None


@pytest.mark.parametrize("size", [(1, 1), (9, 13), (124, 175)])
def test_reference_without_detail_is_refused(size: tuple[int, int], tmp_path: Path) -> None:
    width, height = size
    reference = save(tmp_path / "blank.png", np.full((height, width), 255, np.uint8))
    values = form_values(FIELDS[:1], reference=reference.name)
    values["page"].update(width=width, height=height)
    values["fields"][0].update(box=[0, 0, 1, 1])
    template = TemplatePage.model_validate({**values["page"], "fields": values["fields"]})
    with pytest.raises(TemplateError, match=f"reference {reference}: too little is printed"):
        open_aligner(template, reference)
