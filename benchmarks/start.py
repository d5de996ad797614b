"""Time ``digitscan read`` of one page and ``digitscan --version`` as whole processes, beside two imports.

Usage: python benchmarks/start.py [--image FILE] [--repeats N]

Reading stands beside ``import tensorflow``, which most readers of digits begin with, and ``--version`` beside
``import numpy``. Each is a process of its own from its start to its end; the sides take turns, so that what
else the machine does slows all of them, and medians count. Files are in the disk cache after the first turn,
which does not count.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from measuring import Ratio, draw_ratios, make_parser, positive, run, run_python, time_in_turns
from rich.console import Console

SAMPLE = Path(__file__).parents[1] / "samples" / "white_on_black.png"

READ, VERSION = "digitscan read one.png", "digitscan --version"
TENSORFLOW, NUMPY = "import tensorflow", "import numpy"


def time_starts(image: Path, repeats: int) -> dict[str, float]:
    """Time the processes; median seconds by name, without TensorFlow's where that is not installed.

    Raises:
        UsageError: One of them failed.
    """
    commands: dict[str, Sequence[str]] = {
        READ: ("-m", "digitscan", "read", str(image)),
        TENSORFLOW: ("-c", TENSORFLOW),
        VERSION: ("-m", "digitscan", "--version"),
        NUMPY: ("-c", NUMPY),
    }
    if importlib.util.find_spec("tensorflow") is None:
        print("TensorFlow is not installed: nothing to hold the reading against", file=sys.stderr)
        del commands[TENSORFLOW]
    sides: dict[str, Callable[[], object]] = {
        name: partial(run_python, command) for name, command in commands.items()
    }
    time_in_turns(sides, 1)
    return time_in_turns(sides, repeats)


def compare(seconds: dict[str, float]) -> list[Ratio]:
    """Hold what was timed against what is asked."""
    rows = ((READ, TENSORFLOW, "at most 0.25"), (VERSION, NUMPY, "at most 3"))
    return [
        Ratio(what, 1000 * seconds[what], beside, 1000 * seconds[beside], "ms", asked)
        for what, beside, asked in rows
        if beside in seconds
    ]


def main() -> None:
    """Run the benchmark and print its table."""
    parser = make_parser(__doc__)
    parser.add_argument("--image", type=Path, default=SAMPLE, help="what is read; without it a sample")
    parser.add_argument("--repeats", type=positive, default=15, help="processes of each side")
    arguments = parser.parse_args()
    seconds = time_starts(arguments.image, arguments.repeats)
    Console(width=120).print(draw_ratios("start, whole processes", compare(seconds)))


if __name__ == "__main__":
    run(main)
