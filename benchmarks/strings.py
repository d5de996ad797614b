"""Draw strings of MNIST's test digits in many ways, and read them as ``digitscan read --layout field`` does.

Usage: python benchmarks/strings.py [--data mnist.npz] [--model DIR] [--count N] [--seed N] [--montage PNG]

Each string has 3 to 10 digits, as many strings of each length. Each way is as bad as it can be while a person
still reads the strings at a glance; ``--montage`` draws the first eight of each to show that. RapidOCR
(packages rapidocr and onnxruntime) and Tesseract (package pytesseract and the program) read the same pictures
where they are installed, as one line of text of which the digits count. Another seed draws other strings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import cv2
import numpy as np
from measuring import add_data, add_model, count_edits, load_digits, make_parser, positive, run, write_montage
from peers import Answer, Read, open_readers
from rich.console import Console
from rich.progress import track
from rich.table import Table
from string_drawing import CONDITIONS, LENGTHS, SEED, Drawing, draw_string

from digitscan.data import Digits
from digitscan.evaluation.calibration import CalibrationError

MONTAGE = 72
"""Height of a row of the montage in pixels."""


class Outcome(NamedTuple):
    """What became of one string with one reader, and the seconds it took."""

    condition: str
    text: str
    answer: Answer
    seconds: float


def read_all(
    drawings: Iterable[tuple[str, Drawing]], readers: Mapping[str, Read]
) -> dict[str, list[Outcome]]:
    """Read strings with each reader in turn.

    Args:
        drawings: Conditions and drawings; the first is read once more before the others, to warm up.
        readers: By name.

    Returns:
        Outcomes of each reader.
    """
    outcomes: dict[str, list[Outcome]] = {name: [] for name in readers}
    for condition, drawing in drawings:
        for name, read in readers.items():
            if not outcomes[name]:
                read(drawing.picture)
            start = perf_counter()
            answer = read(drawing.picture)
            outcomes[name].append(Outcome(condition, drawing.text, answer, perf_counter() - start))
    return outcomes


def share_exact(outcomes: Sequence[Outcome]) -> str:
    """Share of the strings that were read as they are."""
    return f"{np.mean([outcome.answer.text == outcome.text for outcome in outcomes]):.1%}"


def share_right(outcomes: Sequence[Outcome]) -> str:
    """Share of the digits that were read, less the edits that make one string of the other."""
    edits = sum(min(len(text), count_edits(answer.text, text)) for _, text, answer, _ in outcomes)
    return f"{1 - edits / sum(len(outcome.text) for outcome in outcomes):.1%}"


def mean_confidence(outcomes: Sequence[Outcome]) -> str:
    """Mean confidence in the strings; a dash where a reader has none."""
    given = [answer.confidence for _, _, answer, _ in outcomes if answer.confidence is not None]
    return f"{np.mean(given):.1%}" if given else "-"


def calibration_error(outcomes: Sequence[Outcome]) -> str:
    """Expected calibration error of the confidence in the strings; a dash where a reader has none."""
    calibration = CalibrationError()
    for _, text, answer, _ in outcomes:
        if answer.confidence is None:
            return "-"
        calibration.update(np.array([answer.confidence]), np.array([answer.text == text]))
    return f"{calibration.summary().error:.3f}"


def usual_time(outcomes: Sequence[Outcome]) -> str:
    """Median time for a string in milliseconds."""
    return f"{1000 * median(outcome.seconds for outcome in outcomes):.1f}"


def draw_table(
    title: str,
    outcomes: Mapping[str, Sequence[Outcome]],
    measure: Callable[[Sequence[Outcome]], str],
    group: Callable[[Outcome], str],
) -> Table:
    """Draw a table of a measure, a row for each group of outcomes and for all, a column for each reader."""
    table = Table("", *outcomes, title=title)
    groups: dict[str, dict[str, list[Outcome]]] = {name: defaultdict(list) for name in outcomes}
    for name, given in outcomes.items():
        for outcome in given:
            groups[name][group(outcome)].append(outcome)
    for row in next(iter(groups.values())):
        table.add_row(row, *(measure(groups[name][row]) for name in outcomes))
    table.add_section()
    table.add_row("all", *(measure(given) for given in outcomes.values()))
    return table


def draw_readers(outcomes: Mapping[str, Sequence[Outcome]]) -> Table:
    """Draw a table of how sure and how fast readers are."""
    table = Table("", "exact", "mean confidence", "calibration error", "milliseconds")
    for name, given in outcomes.items():
        measures = (share_exact, mean_confidence, calibration_error, usual_time)
        table.add_row(name, *(measure(given) for measure in measures))
    return table


def draw_montage(digits: Digits, seed: int, path: Path) -> None:
    """Draw the first string of each length, a row for each condition, into a PNG file.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = []
    for condition in CONDITIONS:
        pictures = [draw_string(digits, condition, number, seed).picture for number in range(len(LENGTHS))]
        sizes = [(round(each.shape[1] * MONTAGE / len(each)), MONTAGE) for each in pictures]
        rows.append(
            np.hstack(
                [
                    cv2.resize(one, size, interpolation=cv2.INTER_AREA)
                    for one, size in zip(pictures, sizes, strict=True)
                ]
            )
        )
    write_montage(rows, path)


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = make_parser(__doc__)
    add_data(parser)
    add_model(parser)
    parser.add_argument("--count", type=positive, default=160, help="how many strings of each condition")
    parser.add_argument("--seed", type=positive, default=SEED, help="of all that is random")
    parser.add_argument("--montage", type=Path, help="PNG file to draw the first strings into")
    arguments = parser.parse_args()
    digits = load_digits(arguments.data)
    if arguments.montage:
        draw_montage(digits, arguments.seed, arguments.montage)
    readers = open_readers(arguments.model)
    numbers = [(condition, number) for condition in CONDITIONS for number in range(arguments.count)]
    drawings = (
        (condition, draw_string(digits, condition, number, arguments.seed))
        for condition, number in track(numbers, console=Console(stderr=True), transient=True)
    )
    outcomes = read_all(drawings, readers)
    console = Console()
    for title, measure in (
        ("exact strings", share_exact),
        ("digits right", share_right),
        ("mean confidence", mean_confidence),
    ):
        console.print(draw_table(title, outcomes, measure, lambda outcome: outcome.condition))
    console.print(
        draw_table("exact strings", outcomes, share_exact, lambda outcome: f"{len(outcome.text)} digits")
    )
    console.print(draw_readers(outcomes))


if __name__ == "__main__":
    run(main)
