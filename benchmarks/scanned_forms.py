"""Draw a form, fill it in with MNIST's test digits, scan it badly, and read it with templates of it.

Usage: python benchmarks/scanned_forms.py [--data mnist.npz] [--model DIR] [--pages N] [--seed N] [--jobs N]
    [--montage PNG]

One template has a picture of the blank form as its reference, one has nothing but its boxes, and one is the
first without check digits. How far a field is off is the mean distance of its corners, brought onto the scan
by the alignment, from where they are, in heights of the field; pages are misplaced that were not refused and
have a field more than a quarter off. For five pages of the form there are a page of another form and one of
prose or without anything, to be refused. Times are of one thread. ``--montage`` draws the first scans of each
sort. Another seed fills and scans otherwise; the forms stay the same.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import cv2
import numpy as np
from form_drawing import fill_form, print_form, print_prose
from form_layout import HEIGHT, MEMBERSHIP, ORDER, WIDTH, FormField, make_template
from form_outcomes import (
    ALIGNED,
    Answer,
    Outcome,
    Placing,
    Sort,
    Way,
    draw_alignment,
    draw_check,
    draw_fields,
    draw_refusals,
    draw_times,
    measure_errors,
)
from form_scanning import Scan, scan
from measuring import (
    add_data,
    add_model,
    load_classifier,
    load_digits,
    make_parser,
    positive,
    run,
    write_montage,
)
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from digitscan.alignment import Aligner, Alignment
from digitscan.data import Digits
from digitscan.reader import Reader
from digitscan.results import PageResult

SEED = 20240611
REFERENCE = "blank.png"
TURNS = (0, 2) * 9 + (1, 3)
"""Quarter turns of the pages, over and over."""

MONTAGE, ROW = 600, 4
"""Height of the scans of the montage in pixels, and scans of each sort."""

Align = Callable[[NDArray[np.uint8]], Alignment | None]
Read = Callable[[NDArray[np.uint8]], PageResult]


class Sheet(NamedTuple):
    """A page: what it is, its quarter turns, its scan, and the values of its fields, if it is the form."""

    sort: Sort
    quarters: int
    scan: Scan
    values: dict[str, str]


class Options(NamedTuple):
    """What is measured: data, model, seed, and the folder of the reference."""

    data: str
    model: Path | None
    seed: int
    folder: Path


class Tools(NamedTuple):
    """What pages are drawn from, aligned with and read by."""

    digits: Digits
    aligns: Mapping[Way, Align]
    reads: Mapping[Way, Read]


def draw_sheet(sort: Sort, number: int, digits: Digits, seed: int = SEED) -> Sheet:
    """Draw and scan a page.

    Args:
        sort: What it is.
        number: Of the page; its quarter turns follow from it, the rest from it, the sort and the seed.
        digits: To fill it with; all ten must be among them.
        seed: Of all that is random.
    """
    rng = np.random.default_rng([seed, list(Sort).index(sort), number])
    values: dict[str, str] = {}
    match sort:
        case Sort.FORM:
            page, values = fill_form(MEMBERSHIP, digits, rng)
        case Sort.OTHER:
            page = fill_form(ORDER, digits, rng).page
        case Sort.PROSE:
            page = print_prose(rng)
        case Sort.BLANK:
            page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    quarters = TURNS[number % len(TURNS)]
    return Sheet(sort, quarters, scan(page, quarters, rng), values)


def list_sheets(pages: int) -> list[tuple[Sort, int]]:
    """List the pages that are measured for so many of the form: sorts and numbers."""
    counts = {
        Sort.FORM: pages,
        Sort.OTHER: -(-pages // 5),
        Sort.PROSE: -(-pages // 10),
        Sort.BLANK: -(-pages // 10),
    }
    return [(sort, number) for sort, count in counts.items() for number in range(count)]


def find_corners(fields: Sequence[FormField]) -> NDArray[np.float64]:
    """Find the corners ``(N, 4, 2)`` of fields of a form, clockwise from the top left."""
    boxes = np.array([field.box for field in fields], np.float64)
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    return boxes[:, None, :2] + unit * boxes[:, None, 2:]


def lay_on_scan(corners: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring corners ``(N, 4, 2)`` of fields from the form onto its scan."""
    # The middles of pixels, which the scan's map moves, are at halves of what boxes are measured in.
    return cv2.perspectiveTransform(corners.reshape(-1, 1, 2) - 0.5, matrix).reshape(corners.shape) + 0.5


def measure_sheet(sheet: Sheet, aligns: Mapping[Way, Align], reads: Mapping[Way, Read]) -> Outcome:
    """Align a page in each way, and read it if it is the form."""
    start = perf_counter()
    grey = sheet.scan.decode()
    decoding = perf_counter() - start
    placings, answers = {}, {}
    for way, align in aligns.items():
        start = perf_counter()
        alignment = align(grey)
        seconds = perf_counter() - start
        errors = None if alignment is None else find_errors(alignment, sheet.scan.matrix)
        if sheet.sort is not Sort.FORM and way in reads and reads[way](grey).error is not None:
            errors = None  # some pages that may be aligned are refused when nothing is filled in
        placings[way] = Placing(errors, seconds)
    if sheet.sort is Sort.FORM:
        for way, read in reads.items():
            answers[way] = find_answers(read(grey), sheet.values)
    return Outcome(sheet.sort, sheet.quarters, decoding, placings, answers)


def find_errors(alignment: Alignment, matrix: NDArray[np.float64]) -> tuple[float, ...]:
    """Find how far off the fields of a page are, in their heights."""
    corners = find_corners(MEMBERSHIP.fields)
    points = corners.reshape(-1, 2)
    truth = lay_on_scan(corners, matrix)
    straightening = alignment.straightening
    found = straightening.back(points * straightening.size / (WIDTH, HEIGHT))
    return measure_errors(truth, found.reshape(corners.shape))


def find_answers(result: PageResult, values: Mapping[str, str]) -> tuple[Answer, ...]:
    """Find how each field was read."""
    given = {field.name: (field.value, field.status, field.confidence) for field in result.fields}
    return tuple(
        Answer(
            field.name,
            field.kind,
            field.is_sure,
            values[field.name],
            *((None, "refused", 0.0) if result.error else given[field.name]),
        )
        for field in MEMBERSHIP.fields
    )


@cache
def open_tools(options: Options) -> Tools:
    """Open what pages are measured with, once in each process.

    Raises:
        UsageError: Some of the ten digits are not among the data.
    """
    cv2.setNumThreads(1)
    digits = load_digits(options.data)
    classifier = load_classifier(options.model)
    reference = options.folder / REFERENCE
    templates = {
        Way.REFERENCE: make_template(MEMBERSHIP, reference),
        Way.BOXES: make_template(MEMBERSHIP, None),
        Way.UNCHECKED: make_template(MEMBERSHIP, reference, checked=False),
    }
    aligners = {way: Aligner(templates[way].pages[0], templates[way].folder) for way in ALIGNED}
    tools = Tools(
        digits,
        {way: aligner.align for way, aligner in aligners.items()},
        {way: Reader(classifier, template=template).read_page for way, template in templates.items()},
    )
    measure_sheet(draw_sheet(Sort.FORM, 0, digits), tools.aligns, {})  # to warm up
    return tools


def measure(options: Options, which: tuple[Sort, int]) -> Outcome:
    """Draw and measure a page."""
    tools = open_tools(options)
    return measure_sheet(draw_sheet(*which, tools.digits, options.seed), tools.aligns, tools.reads)


def measure_all(options: Options, pages: int, jobs: int) -> Iterator[Outcome]:
    """Measure all pages for so many of the form, in as many processes."""
    sheets = list_sheets(pages)
    open_tools(options)
    if jobs == 1:
        yield from (measure(options, which) for which in sheets)
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(partial(measure, options), sheets, chunksize=4)


def draw_montage(digits: Digits, seed: int, path: Path) -> None:
    """Draw the first scans into a PNG file, a row for each sort, turned ones last.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = []
    for sort in Sort:
        pictures = []
        for number in (*range(ROW - 1), len(TURNS) - 1):
            grey = draw_sheet(sort, number, digits, seed).scan.decode()
            size = (round(grey.shape[1] * MONTAGE / len(grey)), MONTAGE)
            pictures.append(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
        rows.append(np.hstack(pictures))
    write_montage(rows, path)


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = make_parser(__doc__)
    add_data(parser)
    add_model(parser)
    parser.add_argument("--pages", type=positive, default=500, help="how many of the form")
    parser.add_argument("--seed", type=positive, default=SEED, help="of all that is random but the forms")
    parser.add_argument("--jobs", type=positive, default=1, help="processes")
    parser.add_argument("--montage", type=Path, help="PNG file to draw the first scans into")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        options = Options(arguments.data, arguments.model, arguments.seed, Path(folder))
        cv2.imwrite(str(Path(folder, REFERENCE)), print_form(MEMBERSHIP))
        if arguments.montage:
            draw_montage(open_tools(options).digits, arguments.seed, arguments.montage)
        outcomes = list(
            track(
                measure_all(options, arguments.pages, arguments.jobs),
                total=len(list_sheets(arguments.pages)),
                console=Console(stderr=True),
                transient=True,
            )
        )
    console = Console(width=120)  # wide enough for rows to stay whole
    for table in (
        *(draw_alignment(outcomes, way) for way in ALIGNED),
        draw_fields(outcomes),
        draw_check(outcomes, "card"),
        draw_refusals(outcomes),
        draw_times(outcomes),
    ):
        console.print(table)


if __name__ == "__main__":
    run(main)
