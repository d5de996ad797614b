"""What a training that was killed goes on from: a folder beside the model directory."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from digitscan.errors import OutputError, UsageError
from digitscan.training.examples import DrawnExamples, Examples
from digitscan.training.history import Epoch
from digitscan.training.transcriber.strips import Strips

Arrays = list[NDArray[Any]]

_Record = TypeVar("_Record", Examples, Strips)

_PLAN, _STRINGS = "plan.json", "drawn.npz"

_STATES = {"classifier": "classifier.npz", "transcriber": "transcriber.npz"}
"""Files of the networks' states, by the name of what is taught."""


@dataclass(frozen=True)
class State:
    """The training of one network between two epochs.

    Attributes:
        network: All variables of the network, those of its random generators among them.
        optimiser: All variables of the optimiser.
        history: The epochs that are done, from the first.
        best: The weights after the best of them; none when the last are kept anyway.
    """

    network: Arrays
    optimiser: Arrays
    history: list[Epoch]
    best: Arrays


class Checkpoint:
    """The folder ``DIR.training`` of a model directory ``DIR``, only there while that is being trained.

    Every file appears whole or not at all, so a kill at any moment loses no more than the epoch under way.

    Args:
        output: The model directory.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        place = output.resolve()
        self._folder = place.with_name(f"{place.name}.training")

    def begin(self, plan: Mapping[str, str]) -> None:
        """Begin anew; what an older training left is gone.

        Args:
            plan: Options and what they are, in words, for ``resume`` to compare.

        Raises:
            OutputError: The folder cannot be written.
        """
        self.remove()
        self._write(_PLAN, lambda file: file.write(json.dumps(plan, indent=2).encode()))

    def resume(self, plan: Mapping[str, str]) -> None:
        """Make sure that what is there was left by a training of the same plan.

        Raises:
            UsageError: There is nothing, or the plan was another; one line names the options that differ.
        """
        try:
            old = json.loads((self._folder / _PLAN).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UsageError(
                f"--resume: no unfinished training of {self._output}: {self._folder} is not there"
            ) from None
        except (OSError, ValueError) as error:
            raise UsageError(f"--resume: {self._folder / _PLAN}: cannot be read") from error
        changes = [
            f"{name} was {old.get(name, 'not known')}, now {plan.get(name, 'not known')}"
            for name in {**plan, **old}
            if old.get(name) != plan.get(name)
        ]
        if changes:
            raise UsageError(f"--resume: {self._folder} is of another training: {'; '.join(changes)}")

    def save(self, name: str, state: State) -> None:
        """Keep the state of a network; the one before is replaced.

        Args:
            name: ``"classifier"`` or ``"transcriber"``.
            state: Its state.

        Raises:
            OutputError: It cannot be written.
        """
        arrays = {
            f"{kind}_{index}": array
            for kind in ("network", "optimiser", "best")
            for index, array in enumerate(getattr(state, kind))
        }
        history = np.array(json.dumps([asdict(epoch) for epoch in state.history]))
        self._write(_STATES[name], lambda file: np.savez(file, allow_pickle=False, history=history, **arrays))

    def load(self, name: str) -> State | None:
        """The state of a network kept last; None before the end of its first epoch.

        Args:
            name: ``"classifier"`` or ``"transcriber"``.

        Raises:
            UsageError: The file is damaged.
        """
        arrays = self._load(_STATES[name])
        if arrays is None:
            return None

        def listed(kind: str) -> Arrays:
            return [arrays[f"{kind}_{i}"] for i in range(sum(name.startswith(f"{kind}_") for name in arrays))]

        history = [Epoch(**epoch) for epoch in json.loads(str(arrays["history"]))]
        return State(listed("network"), listed("optimiser"), history, listed("best"))

    def save_strings(self, parts: Sequence[DrawnExamples]) -> None:
        """Keep what there is to learn from drawn strings, which take long to draw.

        Args:
            parts: Strings to learn from, and strings that only measure.

        Raises:
            OutputError: They cannot be written.
        """
        arrays = {
            f"{kind}_{i}": getattr(records, kind)
            for i, part in enumerate(parts)
            for records in part
            for kind in records._fields
        }
        self._write(_STRINGS, lambda file: np.savez(file, allow_pickle=False, **arrays))

    def load_strings(self) -> list[DrawnExamples] | None:
        """What was kept of them; None when they have not all been drawn.

        Raises:
            UsageError: The file is damaged.
        """
        arrays = self._load(_STRINGS)
        if arrays is None:
            return None
        parts = len(arrays) // len((*Examples._fields, *Strips._fields))
        return [
            DrawnExamples(_records(Examples, arrays, part), _records(Strips, arrays, part))
            for part in range(parts)
        ]

    def remove(self) -> None:
        """Remove the folder, when the model is complete; what others put there stays."""
        for name in (_PLAN, *_STATES.values(), _STRINGS):
            for path in (self._folder / name, self._part(name)):
                with suppress(OSError):
                    path.unlink()
        with suppress(OSError):
            self._folder.rmdir()

    def _part(self, name: str) -> Path:
        return self._folder / f"{name}.part"

    def _write(self, name: str, fill: Callable[[BinaryIO], object]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._part(name).open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            self._part(name).replace(self._folder / name)
        except OSError as error:
            raise OutputError(f"{self._folder}: cannot write the checkpoint: {error.strerror}") from error

    def _load(self, name: str) -> dict[str, NDArray[Any]] | None:
        path = self._folder / name
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                return dict(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise UsageError(f"--resume: {path}: is damaged; train without --resume") from error


def _records(kind: type[_Record], arrays: dict[str, NDArray[Any]], part: int) -> _Record:
    """Make one part's records of the arrays in a file."""
    return kind(*(arrays[f"{field}_{part}"] for field in kind._fields))
