"""Time the reading of pages: beside decoding them, step by step, and beside RapidOCR and Tesseract.

Usage: python benchmarks/page_speed.py [--data mnist.npz] [--model DIR] [--form PNG] [--repeats N] [--pages N]
    [--few N] [--seed N]

The first table: a page in this process, warm, all that ``digitscan read`` does in each of its processes from
the file's name to its fields, beside OpenCV's decoding of the same file to grey, both in one thread; the two
take turns, and medians count. One page is a dense
form in black and white, 2560 x 3300 pixels, ``--form`` or a drawn one; the other a grey JPEG of 300 dpi with
100 handwritten digits. The second: the share of each step of that, as Python's profiler sees it. The third:
pages a second with all cores on scanned forms that were filled in with MNIST's test digits, whole processes
of ``digitscan read``, and the engines that are installed beside it on the first few of the same pages, each
with its own detection of text; and the share of the fields for digits that are read exactly. What an engine
reads in a field are its digits with their middles in the field's printed box, wherever on the scan that is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import cv2
import numpy as np
from form_drawing import fill_form, print_form
from form_layout import MEMBERSHIP, make_template
from form_scanning import Scan, scan
from measuring import (
    Ratio,
    add_data,
    add_model,
    draw_ratios,
    load_digits,
    make_parser,
    positive,
    run,
    time_in_turns,
)
from page_drawing import draw_form, draw_grey
from page_peers import ReadPages, find_text, open_peers
from page_steps import measure_steps
from processes import run_digitscan
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scanned_forms import find_corners, lay_on_scan

from digitscan.classifier import model_directory
from digitscan.data import Digits
from digitscan.errors import UsageError
from digitscan.executors.pages import PageReader
from digitscan.executors.tasks import PageTask, ReadingPlan
from digitscan.forms.toml import template_text
from digitscan.options import MAX_MEGAPIXELS, REVIEW_BELOW, Layout
from digitscan.sources import Source

SEED = 20240611
FORM, GREY = "form of one bit", "grey JPEG, 100 digits"
ASKED = {FORM: "at most 8", GREY: "at most 5"}
FASTER = {"RapidOCR": "at least 20", "Tesseract": "at least 8"}
OURS = "digitscan"

FIELDS = [field for field in MEMBERSHIP.fields if field.kind == "digits"]


class Sheet(NamedTuple):
    """A scanned form, and the text of each of its fields."""

    scan: Scan
    values: dict[str, str]


class Speed(NamedTuple):
    """What a reader made of scanned forms.

    Attributes:
        pages: How many it was timed on.
        seconds: It took.
        exact: Share of the fields read exactly, on the pages that all readers read.
    """

    pages: int
    seconds: float
    exact: float


def time_pages(files: dict[str, Path], model: Path | None, repeats: int) -> tuple[list[Ratio], Table]:
    """Time the reading of files beside their decoding, and take it apart.

    Args:
        files: Pages by name.
        model: What reads them; None for the bundled model.
        repeats: How often each is read.

    Returns:
        The ratios, and a table of the shares of the steps.
    """
    threads = cv2.getNumThreads()
    plan = ReadingPlan(model_directory(model), Layout.AUTO, None, REVIEW_BELOW, False, 300, MAX_MEGAPIXELS)
    reader = PageReader(plan)
    ratios = []
    shares = {}
    for name, path in files.items():
        read = partial(reader.read, PageTask(Source(str(path), path), 1))
        if read().page is None:
            raise UsageError(f"{path}: cannot be read")
        sides: dict[str, Callable[[], object]] = {
            "read": read,
            "decode": partial(cv2.imread, str(path), cv2.IMREAD_GRAYSCALE),
        }
        time_in_turns(sides, 2)
        seconds = time_in_turns(sides, repeats)
        values = (1000 * seconds["read"], "decoding it", 1000 * seconds["decode"])
        ratios.append(Ratio(f"read, {name}", *values, "ms", ASKED[name]))
        shares[name] = measure_steps(read, max(1, repeats // 5))
    table = Table("share of the time", *shares, title="steps", title_justify="left", box=box.MARKDOWN)
    for step in dict.fromkeys(step for given in shares.values() for step in given):
        table.add_row(step, *(f"{given.get(step, 0):.1%}" for given in shares.values()))
    cv2.setNumThreads(threads)  # for the engines beside it
    return ratios, table


def draw_sheet(number: int, digits: Digits, seed: int) -> Sheet:
    """Fill a form in and scan it upright."""
    rng = np.random.default_rng([seed, number])
    page, values = fill_form(MEMBERSHIP, digits, rng)
    return Sheet(scan(page, 0, rng), values)


def time_digitscan(sheets: Sequence[Sheet], few: int, model: Path | None, folder: Path) -> Speed:
    """Read scanned forms with a process of ``digitscan read`` and all cores.

    Args:
        sheets: The forms.
        few: How many of them are looked at for what was read.
        model: What reads them; None for the bundled model.
        folder: To write them to.

    Raises:
        UsageError: Nothing was read.
    """
    template, results, scans = folder / "form.toml", folder / "results.json", folder / "scans"
    cv2.imwrite(str(folder / "blank.png"), print_form(MEMBERSHIP))
    template.write_text(template_text(make_template(MEMBERSHIP, folder / "blank.png")), "utf-8")
    scans.mkdir()
    for number, sheet in enumerate(sheets):
        (scans / f"{number:05}.jpg").write_bytes(sheet.scan.data)
    options = ("--template", template, "--jobs", os.cpu_count() or 1, "-o", results)
    chosen = ("--model", model) if model else ()
    done = run_digitscan("read", scans, *options, *chosen, allowed=(0, 3))
    exact = []
    for document, sheet in zip(json.loads(results.read_text())["documents"], sheets[:few], strict=False):
        fields = [field for page in document["pages"] for field in page["fields"]]
        given = {field["name"]: field["text"] for field in fields}
        exact += [given.get(field.name) == sheet.values[field.name] for field in FIELDS]
    return Speed(len(sheets), done.seconds, float(np.mean(exact)))


def time_peer(read: ReadPages, sheets: Sequence[Sheet]) -> Speed:
    """Read scanned forms with an engine, which has read one before."""
    pages = [sheet.scan.decode() for sheet in sheets]
    read(pages[:1])
    start = perf_counter()
    found = read(pages)
    seconds = perf_counter() - start
    exact = []
    for digits, sheet in zip(found, sheets, strict=True):
        places = lay_on_scan(find_corners(FIELDS), sheet.scan.matrix)
        for field, corners in zip(FIELDS, places, strict=True):
            exact.append(find_text(digits, corners) == sheet.values[field.name])
    return Speed(len(sheets), seconds, float(np.mean(exact)))


def draw_speeds(speeds: dict[str, Speed]) -> Table:
    """Draw a table of readers; ours is the first, and the others stand beside it."""
    columns = ("whole pages", "pages", "pages a second", "ours is faster", "asked", "fields exact")
    table = Table(*columns, title="whole pages, all cores", title_justify="left", box=box.MARKDOWN)
    ours = speeds[OURS].pages / speeds[OURS].seconds
    for name, (pages, seconds, exact) in speeds.items():
        faster = "" if name == OURS else f"{ours * seconds / pages:.1f} times"
        table.add_row(
            name, str(pages), f"{pages / seconds:.2f}", faster, FASTER.get(name, ""), f"{exact:.1%}"
        )
    return table


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = make_parser(__doc__)
    add_data(parser)
    add_model(parser)
    parser.add_argument("--form", type=Path, help="PNG of a form in black and white; without it a drawn one")
    parser.add_argument("--repeats", type=positive, default=25, help="times that a page is read")
    parser.add_argument("--pages", type=positive, default=100, help="scanned forms that digitscan reads")
    parser.add_argument("--few", type=positive, default=8, help="of these, how many all others read")
    parser.add_argument("--seed", type=positive, default=SEED, help="of all that is random")
    arguments = parser.parse_args()
    digits = load_digits(arguments.data)
    console = Console(width=120)
    with TemporaryDirectory() as name:
        folder = Path(name)
        rng = np.random.default_rng(arguments.seed)
        drawn = {FORM: ("form.png", draw_form(digits, rng)), GREY: ("grey.jpg", draw_grey(digits, rng))}
        files = {}
        for page, (file, data) in drawn.items():
            files[page] = folder / file
            files[page].write_bytes(data)
        if arguments.form:
            files[FORM] = arguments.form
        ratios, steps = time_pages(files, arguments.model, arguments.repeats)
        console.print(draw_ratios("a page in the process, warm", ratios))
        console.print(steps)
        numbers = track(range(arguments.pages), console=Console(stderr=True), transient=True)
        sheets = [draw_sheet(number, digits, arguments.seed) for number in numbers]
        speeds = {OURS: time_digitscan(sheets, arguments.few, arguments.model, folder)}
        for peer, read in open_peers().items():
            speeds[peer] = time_peer(read, sheets[: arguments.few])
        console.print(draw_speeds(speeds))


if __name__ == "__main__":
    run(main)
