"""What the benchmarks share: options, the way from a picture to its digit, edits, processes and errors."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.table import Table

from digitscan.classifier import Classifier, model_directory
from digitscan.classify import classify_sources
from digitscan.data import Digits, load_test
from digitscan.errors import DigitscanError, OutputError, UsageError
from digitscan.sources import Source

PAPER, INK = 235, 30
"""Grey of the paper and of the ink of a usual scan."""


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """Make a parser whose help is the docstring of the benchmark, as it is set."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add ``--data``: MNIST, as ``digitscan train`` takes it."""
    parser.add_argument(
        "--data", default="mnist", help="mnist.npz or a folder of IDX files; without it Keras downloads MNIST"
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``: what is measured."""
    parser.add_argument("--model", type=Path, help="model directory; without it the bundled one")


def positive(text: str) -> int:
    """Parse a number of things, of which there is at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: give a number from 1 on")
    return int(text)


def load_classifier(model: Path | None) -> Classifier:
    """Load what ``--model`` names, or the bundled model."""
    return Classifier(model_directory(model))


def load_digits(data: str) -> Digits:
    """Load the test digits that ``--data`` names.

    Raises:
        UsageError: Some of the ten digits are not among them.
    """
    digits = load_test([data])
    if len(np.unique(digits.labels)) < 10:
        raise UsageError(f"{data}: some of the ten digits are not among its test digits")
    return digits


def classify_pictures(pictures: Iterable[NDArray[np.uint8]], classifier: Classifier) -> NDArray[np.int64]:
    """Tell the digit of each picture, all the way that ``digitscan classify`` goes.

    Args:
        pictures: ``(H, W)`` grey pictures of one digit each.
        classifier: Names the crops.

    Returns:
        ``(N,)`` digits; -1 where none was found.
    """
    sources = (
        Source(str(number), None, data=cv2.imencode(".png", picture)[1].tobytes())
        for number, picture in enumerate(pictures)
    )
    digits = [result.digit for result in classify_sources(sources, classifier)]
    return np.array([-1 if digit is None else digit for digit in digits], np.int64)


def write_montage(rows: Sequence[NDArray[np.uint8]], path: Path) -> None:
    """Write rows of pictures below each other into a PNG file.

    Args:
        rows: ``(H, W)`` each; narrow ones get white paper behind them.
        path: The file.

    Raises:
        OutputError: The file cannot be written.
    """
    width = max(row.shape[1] for row in rows)
    sheet = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1])), constant_values=255) for row in rows])
    try:
        path.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as error:
        raise OutputError(f"{path}: cannot write the montage: {error.strerror}") from error


def count_edits(one: str, other: str) -> int:
    """Count the digits to change, add or leave out to make one string of the other.

    >>> count_edits("0403", "043")
    1
    """
    row = list(range(len(other) + 1))
    for i, digit in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (digit != against))
    return row[-1]


def time_in_turns(sides: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Call each side in turn, many times.

    Args:
        sides: What to call, by name.
        repeats: Calls of each.

    Returns:
        Median seconds of each.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, call in sides.items():
            start = perf_counter()
            call()
            seconds[name].append(perf_counter() - start)
    return {name: median(taken) for name, taken in seconds.items()}


def run_python(arguments: Sequence[str]) -> None:
    """Run Python with arguments, in a process of its own, to its end.

    Raises:
        UsageError: It failed; the message is the last line of its own.
    """
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UsageError("".join(done.stderr.strip().splitlines()[-1:]) or f"exit code {done.returncode}")


class Ratio(NamedTuple):
    """Something measured beside something else.

    Attributes:
        what: Its name.
        value: Of it.
        beside: The name of the other.
        reference: The value of the other.
        unit: Of both.
        asked: What is asked of the ratio of the two.
    """

    what: str
    value: float
    beside: str
    reference: float
    unit: str
    asked: str


def draw_ratios(title: str, ratios: Iterable[Ratio]) -> Table:
    """Draw a table of ratios, and of what is asked of them."""
    columns = ("", "measured", "beside", "measured", "ratio", "asked")
    table = Table(*columns, title=title, title_justify="left", box=box.MARKDOWN)
    for what, value, beside, reference, unit, asked in ratios:
        one, other = (f"{number:,.{0 if number >= 1000 else 2}f} {unit}" for number in (value, reference))
        table.add_row(what, one, beside, other, f"{value / reference:.2f}", asked)
    return table


def run(main: Callable[[], None]) -> None:
    """Run a benchmark; what is wrong with its data or its model is said in one line."""
    try:
        main()
    except DigitscanError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
