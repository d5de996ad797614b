"""Checkpoints: what is kept, and what a kill or a changed plan does to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.errors import OutputError, UsageError
from digitscan.geometry import GEOMETRY
from digitscan.training.checkpoint import Checkpoint, State
from digitscan.training.examples import DrawnExamples, Examples
from digitscan.training.history import Epoch
from digitscan.training.transcriber.strips import gather_strips

PLAN = {"--epochs": "5", "--hidden": "128,64"}
NAME = "classifier"


def state(value: float) -> State:
    weights: list[NDArray[np.float32]] = [np.full((3, 2), value, np.float32), np.arange(11, dtype=np.float32)]
    epoch = Epoch(1, 0.1 + value, 0.9, float(np.nextafter(0.2, 1)), 0.8, 1e-3, 2.5)
    return State(weights, [np.array(7), *weights], [epoch], weights[:1])


def check_is(loaded: State | None, expected: State) -> None:
    assert loaded is not None
    assert loaded.history == expected.history
    for kind in ("network", "optimiser", "best"):
        for one, other in zip(getattr(loaded, kind), getattr(expected, kind), strict=True):
            assert one.dtype == other.dtype and np.array_equal(one, other)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "model")
    checkpoint.begin(PLAN)
    assert checkpoint.load(NAME) is None and checkpoint.load_strings() is None
    strings = [
        DrawnExamples(
            Examples(
                np.full((n, 28, 28), n, np.uint8),
                np.full((n, len(GEOMETRY)), n / 3, np.float16),
                np.arange(n, dtype=np.uint8),
            ),
            gather_strips([np.full((32, 9 + i), i, np.uint8) for i in range(n)], ["", "07", "7"][:n]),
        )
        for n in (3, 2)
    ]
    checkpoint.save_strings(strings)
    checkpoint.save(NAME, state(1))
    checkpoint.save(NAME, state(2))
    checkpoint.save("transcriber", state(3))
    again = Checkpoint(tmp_path / "model")
    again.resume(PLAN)
    check_is(again.load(NAME), state(2))
    check_is(again.load("transcriber"), state(3))
    for one, other in zip(again.load_strings() or [], strings, strict=True):
        for records, others in ((one.candidates, other.candidates), (one.strips, other.strips)):
            for name in records._fields:
                array, kept = getattr(records, name), getattr(others, name)
                assert array.dtype == kept.dtype and np.array_equal(array, kept)


def test_a_kill_while_writing_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Checkpoint(tmp_path / "model")
    checkpoint.begin(PLAN)
    checkpoint.save(NAME, state(1))

    def half(file: object, **_: object) -> None:
        file.write(b"PK\x03\x04 half a file")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(np, "savez", half)
        checkpoint.save(NAME, state(2))
    check_is(checkpoint.load(NAME), state(1))


def test_beginning_anew_forgets_what_was_there(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "model")
    checkpoint.begin(PLAN)
    checkpoint.save(NAME, state(1))
    checkpoint.begin(PLAN)
    assert checkpoint.load(NAME) is None


def test_removed_with_nothing_of_others(tmp_path: Path) -> None:
    checkpoint, other = Checkpoint(tmp_path / "model"), Checkpoint(tmp_path / "other")
    folders = tmp_path / "model.training", tmp_path / "other.training"
    for one in (checkpoint, other):
        one.begin(PLAN)
        one.save(NAME, state(1))
        one.save("transcriber", state(1))
        one.save_strings([])
    (folders[1] / "notes.txt").write_text("mine")
    checkpoint.remove()
    other.remove()
    assert not folders[0].exists()
    assert [path.name for path in folders[1].iterdir()] == ["notes.txt"]


def test_another_plan(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "model")
    checkpoint.begin(PLAN)
    with pytest.raises(UsageError) as caught:
        checkpoint.resume({"--epochs": "6", "--hidden": "128,64", "--loss": "logits"})
    message = str(caught.value)
    assert message.endswith("--epochs was 5, now 6; --loss was not known, now logits")
    assert "--hidden" not in message and "\n" not in message


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"no unfinished training of .*model: .*model\.training is not there"
    ):
        Checkpoint(tmp_path / "model").resume(PLAN)


def test_damaged_state(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "model")
    checkpoint.begin(PLAN)
    checkpoint.save(NAME, state(1))
    path = tmp_path / "model.training" / "classifier.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UsageError, match=r"classifier\.npz: is damaged"):
        checkpoint.load(NAME)


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "model.training").write_text("a file")
    with pytest.raises(OutputError, match="cannot write the checkpoint"):
        Checkpoint(tmp_path / "model").begin(PLAN)
