"""A network in LiteRT's format, checked against its model card and loaded once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier.card import ModelCard, sha256_of
from digitscan.errors import ModelError


class LiteRtNetwork:
    """A network with one input and one output, both ``float32``.

    Args:
        directory: A model directory.
        name: The network's file in it.
        card: The directory's card, which knows the file's SHA-256.
        threads: Threads that LiteRT uses.

    Raises:
        ModelError: The file is missing, is not the one that the card describes, or no network; one line says
            which.
    """

    def __init__(self, directory: Path, name: str, card: ModelCard, threads: int) -> None:
        path = directory / name
        if not path.is_file():
            raise ModelError(f"{directory}: {name} is missing")
        if sha256_of(path) != card.sha256.get(name):
            raise ModelError(f"{path}: is not the file that model.json describes (SHA-256 differs)")
        from ai_edge_litert.interpreter import Interpreter

        try:
            with native_chatter_silenced():
                self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path}: not a LiteRT model") from error
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        self._allocated: tuple[int, ...] | None = None

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of one example and of what is given for it, -1 for sides of any length."""
        taken, given = (
            tuple(int(side) for side in details["shape_signature"][1:])
            for details in (self._input, self._output)
        )
        return taken, given

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run a batch of at least one example; the first side of the result is the batch's."""
        if batch.shape != self._allocated:
            self._interpreter.resize_tensor_input(self._input["index"], batch.shape)
            with native_chatter_silenced():
                self._interpreter.allocate_tensors()
            self._allocated = batch.shape
        self._interpreter.set_tensor(self._input["index"], np.ascontiguousarray(batch, np.float32))
        self._interpreter.invoke()
        output: NDArray[np.float32] = self._interpreter.get_tensor(self._output["index"])
        return output
