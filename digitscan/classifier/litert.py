"""A network in LiteRT's format, checked against its model card and loaded once."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier.card import ModelCard, network_file
from digitscan.errors import ModelError


class LiteRtNetwork:
    """A network with one output, which like its inputs is ``float32``.

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
        path = network_file(directory, name, card)
        from ai_edge_litert.interpreter import Interpreter

        try:
            with native_chatter_silenced():
                self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path}: not a LiteRT model") from error
        # Called serving_default_crop:0 where Keras called it crop.
        self._inputs = {
            details["name"].partition(":")[0].removeprefix("serving_default_"): details
            for details in self._interpreter.get_input_details()
        }
        self._output = self._interpreter.get_output_details()[0]
        self._allocated: dict[str, tuple[int, ...]] = {}

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """Shape of one example by the name of the input, -1 for sides of any length."""
        return {name: _shape(details) for name, details in self._inputs.items()}

    @property
    def output(self) -> tuple[int, ...]:
        """Shape of what is given for one example."""
        return _shape(self._output)

    def run(self, **batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run a batch of at least one example, given by the names of the inputs.

        The first side of the result is the batch's.
        """
        shapes = {name: part.shape for name, part in batch.items()}
        if shapes != self._allocated:
            for name, shape in shapes.items():
                self._interpreter.resize_tensor_input(self._inputs[name]["index"], shape)
            # LiteRT announces its way to compute when it first makes room.
            with nullcontext() if self._allocated else native_chatter_silenced():
                self._interpreter.allocate_tensors()
            self._allocated = shapes
        for name, part in batch.items():
            self._interpreter.set_tensor(self._inputs[name]["index"], np.ascontiguousarray(part, np.float32))
        self._interpreter.invoke()
        output: NDArray[np.float32] = self._interpreter.get_tensor(self._output["index"])
        return output


def named_shapes(inputs: dict[str, tuple[int, ...]]) -> str:
    """Name inputs and their shapes for a message."""
    return ", ".join(f"{name} {shape}" for name, shape in inputs.items())


def _shape(details: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(side) for side in details["shape_signature"][1:])
