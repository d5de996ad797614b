"""What was written stays whole, and what is resumed ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitscan.errors import UsageError
from digitscan.options import Layout
from digitscan.results import TemplateRecord

from .runs import KINDS, RUN, Interrupted, files_of, go, put

SCHEMA = Path(__file__).parents[2] / "docs" / "result.schema.json"

kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def scans(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "scans"
    folder.mkdir()
    contents = {"a.png": "2", 'b",\né.png': "12", "c.png": "!", "d.png": "0", "e.png": "1!"}
    return [put(folder / name, content) for name, content in contents.items()]


def restore(output: Path, files: dict[str, bytes]) -> None:
    for path in output.parent.glob("out*"):
        path.unlink()
    for name, content in files.items():
        output.with_name(name).write_bytes(content)


def torn(files: dict[str, bytes]) -> list[dict[str, bytes]]:
    """Each file cut at each byte, the others as they are."""
    return [
        {**files, name: content[:size]} for name, content in files.items() for size in range(len(content) + 1)
    ]


@kinds
def test_file_torn_at_any_byte_is_completed(kind: str, scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    inputs = scans[:3]
    go(output, kind, inputs)
    unbroken = files_of(output)
    assert len(unbroken) == (1 if kind == "jsonl" else 2)
    for files in torn(unbroken):
        restore(output, files)
        go(output, kind, inputs, resume=True)
        assert files_of(output) == unbroken
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*unbroken, "scans"])


@kinds
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_files_that_were_written_in_part(
    kind: str, scans: list[Path], tmp_path: Path, data: st.DataObject
) -> None:
    """After a power failure each file may have any of its bytes, and others in between."""
    output = tmp_path / "out"
    go(output, kind, scans)
    unbroken = files_of(output)
    files = {}
    for name, content in unbroken.items():
        size = data.draw(st.integers(0, len(content)))
        start = data.draw(st.integers(content.index(b"\n") + 1, max(size, content.index(b"\n") + 1)))
        junk = data.draw(st.sampled_from([b"", b"\0" * 7, b"{}\n", b'x"\n']))
        files[name] = content[:start] + junk + content[start + len(junk) : size]
    restore(output, files)
    go(output, kind, scans, resume=True)
    assert files_of(output) == unbroken


STEPS = st.fixed_dictionaries(
    {
        "inputs": st.lists(st.integers(0, 4), max_size=7),
        "changed": st.dictionaries(st.integers(0, 4), st.text("012!", max_size=3), max_size=2),
        "stop_after": st.none() | st.integers(0, 3),
        "retry_failed": st.booleans(),
        "torn": st.integers(0, 200),
    }
)


@kinds
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=4), inputs=st.lists(st.integers(0, 4), max_size=7))
def test_whatever_went_before_the_end_is_that_of_one_run(
    kind: str, steps: list[dict[str, Any]], inputs: list[int], scans: list[Path], tmp_path: Path
) -> None:
    """Inputs come, go, change and are named twice; runs are interrupted, and killed while they write."""
    output = tmp_path / "out"
    restore(output, {})
    for path in scans:  # those of the example before had times of its own
        put(path, "1", modified=9_000)
    for time, step in enumerate(steps):
        for number, content in step["changed"].items():
            put(scans[number], content, modified=time)
        with suppress(Interrupted):
            named = [scans[number] for number in step["inputs"]]
            options = {key: step[key] for key in ("stop_after", "retry_failed")}
            go(output, kind, named, resume=True, **options)
        os.truncate(output, max(output.stat().st_size - step["torn"], 0))
    named = [scans[number] for number in (*inputs, *{0, 1, 2, 3, 4}.difference(inputs))]
    go(output, kind, named, resume=True)
    resumed = files_of(output)
    go(output, kind, named)
    assert files_of(output) == resumed


@kinds
@pytest.mark.parametrize("done", range(5))
def test_interrupted_run_is_whole_and_goes_on(
    kind: str, done: int, scans: list[Path], tmp_path: Path
) -> None:
    output, other = tmp_path / "out", tmp_path / "other" / "out"
    other.parent.mkdir()
    with pytest.raises(Interrupted):
        go(output, kind, scans, stop_after=done)
    go(other, kind, scans[:done])
    assert files_of(output) == files_of(other)
    read, skipped = go(output, kind, scans, resume=True)
    assert read == [str(path) for path in scans[done:]]
    assert skipped.documents == done
    go(other, kind, scans)
    assert files_of(output) == files_of(other)


@kinds
def test_resuming_without_a_file_begins(kind: str, scans: list[Path], tmp_path: Path) -> None:
    fresh, resumed = tmp_path / "fresh" / "out", tmp_path / "resumed" / "out"
    for output, resume in ((fresh, False), (resumed, True)):
        output.parent.mkdir()
        assert len(go(output, kind, scans, resume=resume)[0]) == len(scans)
    assert files_of(resumed) == files_of(fresh)


@kinds
def test_fresh_run_replaces_what_is_there(kind: str, scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("old")
    with pytest.raises(Interrupted):
        go(output, kind, scans, stop_after=0)
    assert b"old" not in output.read_bytes()
    assert len(output.read_bytes().splitlines()) == 1


@kinds
def test_inputs_that_changed_came_or_went(kind: str, scans: list[Path], tmp_path: Path) -> None:
    output, other = tmp_path / "out", tmp_path / "other" / "out"
    other.parent.mkdir()
    go(output, kind, scans)
    put(scans[0], "21")  # another size at the same time
    put(scans[3], "1", modified=2_000)  # the same size at another time
    scans[4].unlink()
    new = put(scans[0].with_name("0.png"), "2")
    inputs = [new, scans[3], *scans[:3], scans[4]]
    read, skipped = go(output, kind, inputs, resume=True)
    assert read == [str(path) for path in (new, scans[3], scans[0], scans[4])]
    assert (skipped.documents, skipped.failed, skipped.doubtful) == (2, 1, 1)
    go(other, kind, inputs)
    assert files_of(output) == files_of(other)


@kinds
def test_what_was_read_stays_when_it_is_not_named_any_more(
    kind: str, scans: list[Path], tmp_path: Path
) -> None:
    """Scans are put away when they are done; what could not be read is no loss."""
    output, other = tmp_path / "out", tmp_path / "other" / "out"
    other.parent.mkdir()
    missing = scans[0].with_name("missing.png")
    new = put(scans[0].with_name("0.png"), "2")
    go(output, kind, [scans[0], missing, scans[1]])
    read, skipped = go(output, kind, [new, scans[1]], resume=True)
    assert (read, skipped.documents) == ([str(new)], 1)
    go(other, kind, [scans[0], new, scans[1]])
    assert files_of(output) == files_of(other)


@kinds
def test_what_failed_is_kept_unless_it_is_to_be_retried(kind: str, scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    inputs = [*scans, scans[0].with_name("missing.png")]
    go(output, kind, inputs)
    unbroken = files_of(output)
    assert go(output, kind, inputs, resume=True)[0] == []
    assert files_of(output) == unbroken
    read, skipped = go(output, kind, inputs, resume=True, retry_failed=True)
    assert read == [str(inputs[place]) for place in (2, 4, 5)]
    assert (skipped.documents, skipped.failed) == (3, 0)
    assert files_of(output) == unbroken


@kinds
def test_source_named_twice_counts_as_two(kind: str, scans: list[Path], tmp_path: Path) -> None:
    output, other = tmp_path / "out", tmp_path / "other" / "out"
    other.parent.mkdir()
    a, b, c = scans[:3]
    with pytest.raises(Interrupted):
        go(output, kind, [a, b, a, c, c], stop_after=2)
    assert go(output, kind, [a, b, a, c, c], resume=True)[0] == [str(a), str(c), str(c)]
    go(other, kind, [a, b, a, c, c])
    assert files_of(output) == files_of(other)
    # Retried in part: the last records count.
    with pytest.raises(Interrupted):
        go(output, kind, [a, b, a, c, c], resume=True, retry_failed=True, stop_after=1)
    assert go(output, kind, [a, b, a, c, c], resume=True)[0] == []
    assert files_of(output) == files_of(other)


@kinds
def test_what_comes_through_a_pipe_is_read_again(kind: str, tmp_path: Path) -> None:
    output = tmp_path / "out"
    device = Path("/dev/null")
    go(output, kind, [device])
    assert go(output, kind, [device], resume=True)[0] == [str(device)]


@kinds
def test_symbolic_link_stays(kind: str, scans: list[Path], tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    link = tmp_path / "latest"
    link.symlink_to(tmp_path / "results" / "out")
    with pytest.raises(Interrupted):
        go(link, kind, scans, stop_after=2)
    assert len(go(link, kind, scans[::-1], resume=True)[0]) == 3
    assert link.is_symlink()
    assert {path.name for path in (tmp_path / "results").iterdir()} <= {"out", "out.journal"}


@kinds
def test_records_in_order_are_not_written_again(kind: str, scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    go(output, kind, scans[:2])
    before = output.stat().st_ino
    go(output, kind, scans, resume=True)
    assert output.stat().st_ino == before


def test_first_line_of_json_lines_is_the_run(scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    go(output, "jsonl", [*scans, tmp_path / "missing.png"])
    first, *documents = [json.loads(line) for line in output.read_bytes().splitlines()]
    assert first == {"schema": "digitscan/1", "run": json.loads(RUN.model_dump_json())}
    assert [(document.get("size"), document.get("modified")) for document in documents] == [
        *((path.stat().st_size, 1_000) for path in scans),
        (None, None),
    ]
    assert "size" not in documents[-1]
    jsonschema.validate({**first, "documents": documents}, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_journal_tells_where_the_rows_are(scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    go(output, "csv", scans)
    first, *lines = [json.loads(line) for line in (tmp_path / "out.csv.journal").read_bytes().splitlines()]
    assert first["run"]["digitscan"] == "1.0"
    rows = output.read_bytes()
    assert [line["source"] for line in lines] == [str(path) for path in scans]
    assert rows[lines[0]["start"] : lines[0]["end"]].count(b"a.png,1,") == 2
    assert [line["error"] and line["error"]["code"] for line in lines] == [
        None,
        None,
        "damaged",
        None,
        "damaged",
    ]


# What is refused


@kinds
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"digitscan": "2.0"}, "digitscan was 1.0, is 2.0"),
        ({"model": {"model.tflite": "1" * 64}}, "the model is another one"),
        ({"template": TemplateRecord(name="f", sha256="2" * 64)}, "the template is another one"),
        ({"layout": Layout.LINES, "dpi": 200}, "layout was auto, is lines; dpi was 300, is 200"),
        ({"review_below": 0.8}, "review_below was 0.9, is 0.8"),
        ({"keep_separators": True}, "keep_separators was false, is true"),
    ],
)
def test_another_run_is_refused(
    kind: str, change: dict[str, object], told: str, scans: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    go(output, kind, scans[:2])
    before = files_of(output)
    with pytest.raises(UsageError) as refused:
        go(output, kind, scans, resume=True, run=RUN.model_copy(update=change))
    assert str(refused.value) == f"cannot resume {output}: {told}"
    assert files_of(output) == before


@kinds
@pytest.mark.parametrize("content", ["old", "{}\n", '{"run":1}\n', "source,page\n", "[]\n"])
def test_what_is_no_output_of_a_run_is_refused(
    kind: str, content: str, scans: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    output.write_text(content)
    with pytest.raises(UsageError, match="cannot resume"):
        go(output, kind, scans, resume=True)
    assert output.read_text() == content


def test_other_columns_are_refused(scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    go(output, "csv", scans)
    with pytest.raises(UsageError, match="columns"):
        go(output, "wide", scans, resume=True)


def test_csv_without_its_journal_is_refused(scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    go(output, "csv", scans)
    (tmp_path / "out.journal").unlink()
    with pytest.raises(UsageError, match=r"its journal out\.journal is not there"):
        go(output, "csv", scans, resume=True)


def test_rows_that_somebody_changed_are_read_again(scans: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    go(output, "csv", scans)
    unbroken = files_of(output)
    output.write_bytes(output.read_bytes().replace(b",00,", b",11,"))
    assert go(output, "csv", scans, resume=True)[0] == [str(scans[1]), str(scans[4])]
    assert files_of(output) == unbroken


# Files that go on arriving


@kinds
def test_records_of_arriving_files_stay_and_the_last_counts(
    kind: str, scans: list[Path], tmp_path: Path
) -> None:
    output, other = tmp_path / "out", tmp_path / "other" / "out"
    other.parent.mkdir()
    go(output, kind, scans[:3], arriving=True)
    put(scans[0], "1", modified=3_000)
    scans[1].unlink()
    assert go(output, kind, [scans[0], *scans[2:]], arriving=True, resume=True)[0] == [
        str(scans[place]) for place in (0, 3, 4)
    ]
    put(scans[1], "12")
    go(other, kind, [scans[place] for place in (1, 2, 0, 3, 4)])
    assert files_of(output) == files_of(other)
    shutil.rmtree(scans[0].parent)
    assert go(output, kind, [], arriving=True, resume=True)[0] == []
    assert files_of(output) == files_of(other)
