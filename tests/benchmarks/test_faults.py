from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

import cv2
import faults
import numpy as np
import pytest
from fault_drawing import HEIGHT, WIDTH, draw_files
from fault_mutations import Mutation, Number, list_lengths, list_parts, list_sizes, mutate, repair_png
from faults import Fault, count_outcomes, draw_counts, draw_fault, find_outcomes, write_faults
from rich.table import Table

from digitscan.errors import UsageError
from digitscan.sources import Source, open_pages

FORMATS = ("PNG", "JPEG", "BMP", "WebP", "TIFF", "PDF")


@pytest.fixture(scope="module")
def files() -> dict[str, list[bytes]]:
    return draw_files(np.random.default_rng(1))


def value(data: bytes, number: Number) -> int:
    given = data[number.at : number.at + number.size]
    return int(given) if number.order == "text" else int.from_bytes(given, number.order)


def test_drawn_files_are_good(files: dict[str, list[bytes]]) -> None:
    assert tuple(files) == FORMATS
    for data in (data for kind in FORMATS for data in files[kind]):
        for page in open_pages(Source("-", None, data)):
            assert sorted(page.image.shape) == [HEIGHT, WIDTH] or data.startswith(b"%PDF")
            assert np.ptp(page.image) > 150


@pytest.mark.parametrize("kind", FORMATS)
def test_parts_lengths_and_sizes_lie_within_the_file(kind: str, files: dict[str, list[bytes]]) -> None:
    for data in files[kind]:
        parts = list_parts(data, kind)
        assert all(0 <= start < end <= len(data) for start, end in parts)
        assert parts == sorted(parts)
        lengths, sizes = list_lengths(data, kind), list_sizes(data, kind)
        assert lengths and sizes and not set(lengths) & set(sizes)
        assert all(number.at + number.size <= len(data) for number in (*lengths, *sizes))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_sizes_are_width_and_height(kind: str, files: dict[str, list[bytes]]) -> None:
    for data in files[kind]:
        values = {value(data, number) for number in list_sizes(data, kind)}
        assert {WIDTH, HEIGHT} <= values


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("mutation", list(Mutation))
def test_a_damaged_file_is_another_and_always_the_same(
    kind: str, mutation: Mutation, files: dict[str, list[bytes]]
) -> None:
    data = files[kind][0]
    one, again = (mutate(data, kind, mutation, np.random.default_rng(3)) for _ in range(2))
    assert one == again != data


def test_checksums_are_made_right(files: dict[str, list[bytes]]) -> None:
    data = bytearray(files["PNG"][0])
    data[16:20] = (77).to_bytes(4, "big")
    repaired = repair_png(bytes(data))
    assert int.from_bytes(repaired[29:33], "big") == zlib.crc32(repaired[12:29])
    assert repaired[33:] == files["PNG"][0][33:]


def test_every_format_is_damaged_in_every_way() -> None:
    faults = [draw_fault(number, 1) for number in range(len(FORMATS) * len(Mutation))]
    assert len({(fault.kind, fault.mutation) for fault in faults}) == len(faults)
    assert draw_fault(7, 1) == faults[7] != draw_fault(7, 2)


def write_results(path: Path, outcomes: dict[str, str | None]) -> Path:
    lines: list[object] = [{"schema": "digitscan/1", "run": {}}]
    for name, code in outcomes.items():
        error = {"code": code, "message": ""} if code else None
        lines.append({"source": f"somewhere/{name}", "error": error, "pages": []})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_outcomes_are_counted_by_format_and_damage(tmp_path: Path) -> None:
    faults = {name: Fault(name[0], Mutation.CUT, b"") for name in ("a1", "a2", "b1")}
    results = write_results(tmp_path / "out.jsonl", {"a1": None, "a2": "timeout", "b1": "corrupt"})
    counts = count_outcomes(faults, find_outcomes(results))
    table = draw_counts(counts)
    assert [column.header for column in table.columns] == ["format", "damage", "read", "corrupt", "timeout"]
    assert rows(table) == [
        ["a", "truncated", "1", "0", "1"],
        ["b", "truncated", "0", "1", "0"],
        ["all", "", "1", "1", "1"],
    ]


def rows(table: Table) -> list[list[str]]:
    return [list(row) for row in zip(*(map(str, column.cells) for column in table.columns), strict=True)]


def test_files_without_an_outcome_or_with_two_are_told(tmp_path: Path) -> None:
    results = write_results(tmp_path / "out.jsonl", {"a1": None})
    with pytest.raises(UsageError, match="a2: was neither read"):
        count_outcomes({"a2": Fault("a", Mutation.CUT, b"")}, find_outcomes(results))
    with results.open("a") as file:
        file.write(results.read_text().splitlines()[-1])
    with pytest.raises(UsageError, match="a1: was written twice"):
        find_outcomes(results)


def test_files_are_written_under_their_names(tmp_path: Path) -> None:
    faults = write_faults(range(3), 1, tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["00000.png", "00001.jpeg", "00002.bmp"]
    assert (tmp_path / "00002.bmp").read_bytes() == faults["00002.bmp"].data


def test_drawn_pages_hold_digits(files: dict[str, list[bytes]]) -> None:
    page = cv2.imdecode(np.frombuffer(files["BMP"][0], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert page is not None
    assert 0.02 < np.mean(page < 128) < 0.2


def test_all_files_are_read_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--files", "6", "--jobs", "1", "--keep", str(tmp_path / "kept")]
    monkeypatch.setattr(sys, "argv", ["faults.py", *options])
    faults.main()
    told = capsys.readouterr().out
    assert all(kind in told for kind in (*FORMATS, "longest wait", "most memory of one process"))
    assert len(find_outcomes(tmp_path / "kept" / faults.OUTPUT)) == 6
