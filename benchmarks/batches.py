"""Time batches of pages with one worker, with two and on Dask, and measure the memory that long ones take.

Usage: python benchmarks/batches.py [--data mnist.npz] [--model DIR] [--pages N] [--small N] [--tiff N]
    [--repeats N] [--seed N]

Speed is that of whole processes of ``digitscan read`` on a folder of grey slips, A5 at 150 dpi with 20
handwritten digits each: with one worker, with two, in the program's own process (``--jobs 1`` alone), and
with ``--scheduler`` and a cluster of two workers on this machine. That is started before and has read a few
pages, and is up for its own turns alone, as it takes some of a core while it waits. They take turns, and
medians count. Memory is that of the process and of all its workers at one time, looked at over and over: on
Linux the proportional set size, in which memory that they share counts once. It is measured with two workers
on folders of small pages, one ten times as long as the other, and on one TIFF of many pages beside one of
ten.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from fault_drawing import draw_page
from form_texts import Rng
from measuring import (
    Ratio,
    add_data,
    add_model,
    draw_ratios,
    load_digits,
    make_parser,
    positive,
    run,
)
from numpy.typing import NDArray
from page_drawing import INK, NOISE, PAPER, write
from PIL import Image
from processes import Finished, run_digitscan
from rich.console import Console
from string_writing import Hand

from digitscan.data import Digits

SEED = 20240611
DIFFERENT = 20
"""Pages that are drawn; longer batches have them over and over."""

SLIP, DIGIT, NUMBERS = (874, 1240), 36, 4
"""Width and height of a slip and height of its digits in pixels; its numbers of five digits."""

FEW = 32
"""Slips that a cluster reads first: its workers load the model with them."""

SHORT_TIFF = 10
"""Pages of the TIFF that a long one stands beside."""

ONE, TWO, OWN, DASK = "one worker", "two workers", "its own process", "two workers on Dask"
TIMEOUT = 120
"""Seconds that a page may take; where they are asked for, one job is a worker and not the program itself."""


def draw_slip(digits: Digits, rng: Rng) -> NDArray[np.uint8]:
    """Draw a slip of handwritten numbers: grey ``(H, W)``."""
    width, height = SLIP
    page = np.full((height, width), PAPER, np.float32)
    hand = Hand(digits, DIGIT, 0.0, rng)
    for number in range(NUMBERS):
        text = "".join(map(str, rng.integers(0, 10, 5)))
        for x, y, ink in write(text, (150 + 60 * number, 250 + 230 * number), hand, rng):
            page[y : y + len(ink), x : x + ink.shape[1]] -= ink * (PAPER - INK)
    page += np.float32(NOISE) * rng.standard_normal(page.shape, np.float32)
    return np.clip(np.round(page), 0, 255).astype(np.uint8)


def write_folder(pages: Sequence[NDArray[np.uint8]], count: int, folder: Path) -> Path:
    """Write as many PNG files as asked for, with these pages over and over."""
    folder.mkdir()
    files = [cv2.imencode(".png", page)[1].tobytes() for page in pages]
    for number, data in enumerate(islice(cycle(files), count)):
        (folder / f"{number:06}.png").write_bytes(data)
    return folder


def write_tiff(pages: Sequence[NDArray[np.uint8]], count: int, path: Path) -> Path:
    """Write a TIFF of as many pages, with these over and over."""
    first, *others = (Image.fromarray(page) for page in islice(cycle(pages), count))
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw")
    return path


@contextmanager
def open_cluster() -> Iterator[str]:
    """Start Dask with two workers on this machine; gives its address."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


def read_on_dask(read: Callable[..., Finished], folder: Path, few: Path) -> Finished:
    """Read a folder on a cluster that has read a few pages."""
    with open_cluster() as scheduler:
        read(few, "--scheduler", scheduler)
        return read(folder, "--scheduler", scheduler)


def compare_speeds(
    read: Callable[..., Finished], folder: Path, few: Path | None, pages: int, repeats: int
) -> list[Ratio]:
    """Time a folder of pages with one worker, with two, and on Dask where there is a folder of a few."""
    sides = {
        ONE: partial(read, folder, "--jobs", 1, "--page-timeout", TIMEOUT),
        TWO: partial(read, folder, "--jobs", 2, "--page-timeout", TIMEOUT),
        OWN: partial(read, folder, "--jobs", 1),
    }
    if few:
        sides[DASK] = partial(read_on_dask, read, folder, few)
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            taken[name].append(side().seconds)
    speeds = {name: pages / median(seconds) for name, seconds in taken.items()}
    ratios = [
        Ratio(TWO, speeds[TWO], ONE, speeds[ONE], "pages/s", "at least 1.8"),
        Ratio(TWO, speeds[TWO], OWN, speeds[OWN], "pages/s", ""),
    ]
    if few:
        ratios.append(Ratio(DASK, speeds[DASK], TWO, speeds[TWO], "pages/s", "at least 0.85"))
    return ratios


def compare_memory(
    measure: Callable[[Path], int], long: Path, short: Path, names: tuple[str, str], asked: str
) -> Ratio:
    """Measure the most memory that two batches take, in MiB."""
    of_short, of_long = measure(short), measure(long)
    return Ratio(names[0], of_long / 2**20, names[1], of_short / 2**20, "MiB", asked)


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = make_parser(__doc__)
    add_data(parser)
    add_model(parser)
    parser.add_argument("--pages", type=positive, default=400, help="slips that are timed")
    parser.add_argument("--small", type=positive, default=4000, help="small pages whose memory is measured")
    parser.add_argument("--tiff", type=positive, default=1000, help="pages of the TIFF")
    parser.add_argument("--repeats", type=positive, default=3, help="times that the slips are read each way")
    parser.add_argument("--seed", type=positive, default=SEED, help="of all that is random")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    slips = [draw_slip(load_digits(arguments.data), rng) for _ in range(DIFFERENT)]
    small = [draw_page(rng) for _ in range(DIFFERENT)]
    chosen = ("--model", arguments.model) if arguments.model else ()
    with TemporaryDirectory() as name:
        folder = Path(name)
        output = folder / "results.json"
        read = partial(run_digitscan, "read", *chosen, "-o", output)

        def measure(source: Path) -> int:
            return read(source, "--jobs", 2, watched=True).tree

        timed = write_folder(slips, arguments.pages, folder / "slips")
        few = write_folder(slips, FEW, folder / "few slips") if find_spec("distributed") else None
        if few is None:
            print("Dask is not installed: left out", file=sys.stderr)
        speeds = compare_speeds(read, timed, few, arguments.pages, arguments.repeats)
        tenth = max(1, arguments.small // 10)
        memory = [
            compare_memory(
                measure,
                write_folder(small, arguments.small, folder / "many"),
                write_folder(small, tenth, folder / "few"),
                (f"{arguments.small} pages", f"{tenth} pages"),
                "at most 1.1",
            ),
            compare_memory(
                measure,
                write_tiff(small, arguments.tiff, folder / "many.tif"),
                write_tiff(small, SHORT_TIFF, folder / "few.tif"),
                (f"TIFF of {arguments.tiff} pages", f"of {SHORT_TIFF} pages"),
                "at most 1.5",
            ),
        ]
    console = Console(width=120)
    console.print(draw_ratios(f"speed, {arguments.pages} slips", speeds))
    console.print(draw_ratios("most memory of all processes", memory))


if __name__ == "__main__":
    run(main)
