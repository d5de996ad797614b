"""Damage files in many ways and read all of them in one run, which none of them may end.

Usage: python benchmarks/faults.py [--files N] [--seed N] [--jobs N] [--page-timeout SECONDS] [--keep DIR]

Small pages are drawn as PNG, JPEG, BMP, WebP, TIFF and PDF, several kinds of each, and damaged in five ways:
bits flipped, ends cut off, parts swapped as the format has them, and numbers overwritten that tell how much
there is of something, or how wide and high it is. Most of the damaged PNGs have right checksums. All are read
by one process of ``digitscan read``, whose memory is measured with that of all its workers. Asked are that
the run ends by itself, that each file is read or has an error, none of them an ``internal_error``, that no
page is waited for longer than the timeout, and that no process takes more than 2 GiB. As results come in
order, the longest wait for the next one is about what the slowest page took. ``--keep`` leaves the files in a
folder.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from fault_drawing import draw_files
from fault_mutations import Mutation, mutate
from measuring import make_parser, positive, run
from processes import Finished, run_digitscan
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from digitscan.errors import ExitCode, UsageError

SEED = 20240611
MOST_MEMORY = 2 * 2**30
"""Bytes that a process may take."""

DIFFERENT = 17
"""Pages that are drawn; files have them over and over, each page in every format."""

READ = "read"
"""What became of a file that has no error."""

OUTPUT = "results.jsonl"


Counts = dict[tuple[str, Mutation], Counter[str]]
"""How often each outcome was that of a format and a mutation."""


class Fault(NamedTuple):
    """A damaged file: its format, what was done to it, and its bytes."""

    kind: str
    mutation: Mutation
    data: bytes

    def name(self, number: int) -> str:
        """Name the file."""
        return f"{number:05}.{self.kind.lower()}"


def draw_fault(number: int, seed: int) -> Fault:
    """Draw a file and damage it.

    Args:
        number: Of the file; its format and what is done to it follow from it, the rest from it and the seed.
        seed: Of all that is random.
    """
    rng = np.random.default_rng([seed, number])
    files = _draw_files(number % DIFFERENT, seed)
    kind = list(files)[number % len(files)]
    mutation = list(Mutation)[number // len(files) % len(Mutation)]
    data = files[kind][int(rng.integers(len(files[kind])))]
    return Fault(kind, mutation, mutate(data, kind, mutation, rng))


@cache
def _draw_files(number: int, seed: int) -> dict[str, list[bytes]]:
    return draw_files(np.random.default_rng([seed, number, 0]))


def read_faults(folder: Path, output: Path, jobs: int, page_timeout: float) -> Finished:
    """Read a folder of damaged files in one run; its exit code says that some could not be read.

    Raises:
        UsageError: The run crashed, or ended in another way than it should.
    """
    options = ("--jobs", jobs, "--page-timeout", page_timeout, "-o", output)
    allowed = (ExitCode.OK, ExitCode.UNREADABLE)
    return run_digitscan("read", folder, *options, allowed=allowed, growing=output, watched=True)


def find_outcomes(output: Path) -> dict[str, str]:
    """Find what became of each file, by name: ``read``, or the code of its error.

    Raises:
        UsageError: A file is there twice.
    """
    outcomes: dict[str, str] = {}
    for line in output.read_text("utf-8").splitlines():
        document = json.loads(line)
        if "run" in document:
            continue
        name = Path(document["source"]).name
        if name in outcomes:
            raise UsageError(f"{name}: was written twice")
        outcomes[name] = document["error"]["code"] if document["error"] else READ
    return outcomes


def count_outcomes(faults: Mapping[str, Fault], outcomes: Mapping[str, str]) -> Counts:
    """Count the outcomes of each format and mutation.

    Raises:
        UsageError: A file has none.
    """
    counts: Counts = {}
    for name, fault in faults.items():
        if name not in outcomes:
            raise UsageError(f"{name}: was neither read nor has an error")
        counts.setdefault((fault.kind, fault.mutation), Counter())[outcomes[name]] += 1
    return dict(sorted(counts.items(), key=lambda item: (item[0][0], list(Mutation).index(item[0][1]))))


def draw_counts(counts: Counts) -> Table:
    """Draw a table of outcomes, a row for each format and mutation and one for all."""
    total = Counter[str]()
    for count in counts.values():
        total.update(count)
    codes = [READ, *sorted(total.keys() - {READ})]
    table = Table("format", "damage", *codes, title="damaged files", title_justify="left", box=box.MARKDOWN)
    for (kind, mutation), count in counts.items():
        table.add_row(kind, mutation, *(str(count[code]) for code in codes))
    table.add_row("all", "", *(str(total[code]) for code in codes))
    return table


def draw_run(done: Finished, files: int, page_timeout: int) -> Table:
    """Draw a table of what the run took."""
    table = Table("the run", "measured", "asked", box=box.MARKDOWN)
    table.add_row("files a second", f"{files / done.seconds:.1f}", "")
    table.add_row("longest wait for the next result", f"{done.stillest:.1f} s", f"at most {page_timeout} s")
    table.add_row("most memory of one process", _show_size(done.single), f"at most {_show_size(MOST_MEMORY)}")
    table.add_row("most memory of all processes", _show_size(done.tree), "")
    return table


@contextmanager
def open_folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder that is kept, or one that vanishes."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with TemporaryDirectory() as folder:
        yield Path(folder)


def write_faults(numbers: Iterable[int], seed: int, folder: Path) -> dict[str, Fault]:
    """Draw, damage and write files; give them by name."""
    faults = {}
    for number in numbers:
        fault = draw_fault(number, seed)
        faults[fault.name(number)] = fault
        (folder / fault.name(number)).write_bytes(fault.data)
    return faults


def _show_size(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = make_parser(__doc__)
    parser.add_argument("--files", type=positive, default=2000, help="how many")
    parser.add_argument("--seed", type=positive, default=SEED, help="of all that is random")
    parser.add_argument("--jobs", type=positive, default=2, help="processes that read")
    parser.add_argument("--page-timeout", type=positive, default=30, help="seconds that a page may take")
    parser.add_argument("--keep", type=Path, help="folder to leave the files and the results in")
    arguments = parser.parse_args()
    with open_folder(arguments.keep) as folder:
        files, output = folder / "files", folder / OUTPUT
        files.mkdir(exist_ok=True)
        numbers = track(range(arguments.files), console=Console(stderr=True), transient=True)
        faults = write_faults(numbers, arguments.seed, files)
        done = read_faults(files, output, arguments.jobs, arguments.page_timeout)
        counts = count_outcomes(faults, find_outcomes(output))
    console = Console(width=140)
    console.print(draw_counts(counts))
    console.print(draw_run(done, len(faults), arguments.page_timeout))


if __name__ == "__main__":
    run(main)
