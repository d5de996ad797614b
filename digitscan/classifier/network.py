"""Running the network of a model directory with LiteRT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier.card import MODEL_LITERT, NOISE, PART, ModelCard, load_card, sha256_of
from digitscan.crops import CROP_SIZE
from digitscan.decoding import Classes
from digitscan.errors import ModelError

BATCH = 1024
"""Crops that go through the network at a time, to bound the memory of a crowded page."""


class Classifier:
    """The network of a model directory, loaded once.

    Args:
        directory: The model directory; the bundled one is ``default_model()``.
        threads: Threads that LiteRT uses.

    Raises:
        ModelError: The directory is no usable model; one line says why.
    """

    def __init__(self, directory: Path, *, threads: int = 1) -> None:
        self.card: ModelCard = load_card(directory)
        path = directory / MODEL_LITERT
        if not path.is_file():
            raise ModelError(f"{directory}: {MODEL_LITERT} is missing")
        if sha256_of(path) != self.card.sha256.get(MODEL_LITERT):
            raise ModelError(f"{path}: is not the file that model.json describes (SHA-256 differs)")
        from ai_edge_litert.interpreter import Interpreter

        try:
            with native_chatter_silenced():
                self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path}: not a LiteRT model") from error
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        shape = tuple(self._input["shape"][1:]), tuple(self._output["shape"][1:])
        if shape != ((CROP_SIZE, CROP_SIZE), (len(self.card.classes),)):
            raise ModelError(f"{path}: takes {shape[0]} and gives {shape[1]}, not what model.json describes")
        self._batch = -1

    @property
    def classes(self) -> Classes:
        """Which columns of the output mean something other than a digit."""
        return Classes(noise=self.card.column(NOISE), part=self.card.column(PART))

    def classify(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities of each class for each crop.

        Args:
            crops: ``(N, 28, 28)``, 0 for paper to 1 for ink.

        Returns:
            ``(N, classes)``; rows sum to 1, columns 0 to 9 are the digits.
        """
        if not len(crops):
            return np.zeros((0, len(self.card.classes)), np.float32)
        return np.concatenate([self._run(crops[i : i + BATCH]) for i in range(0, len(crops), BATCH)])

    def _run(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        if len(crops) != self._batch:
            self._interpreter.resize_tensor_input(self._input["index"], crops.shape)
            with native_chatter_silenced():
                self._interpreter.allocate_tensors()
            self._batch = len(crops)
        self._interpreter.set_tensor(self._input["index"], np.ascontiguousarray(crops, np.float32))
        self._interpreter.invoke()
        output: NDArray[np.float32] = self._interpreter.get_tensor(self._output["index"])
        return output


def default_model() -> Path:
    """Directory of the bundled model: in the package when installed, beside it in a checkout.

    Raises:
        ModelError: There is none, which only a broken installation explains.
    """
    package = Path(__file__).resolve().parent.parent
    for directory in (package / "models" / "default", package.parent / "models" / "default"):
        if (directory / "model.json").is_file():
            return directory
    raise ModelError("the bundled model is missing; install digitscan again or name a model with --model")
