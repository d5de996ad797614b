"""Running the network of a model directory with LiteRT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier.card import MODEL_LITERT, NOISE, PART, ModelCard, load_card
from digitscan.classifier.litert import LiteRtNetwork
from digitscan.classifier.transcriber import Transcriber
from digitscan.crops import CROP_SIZE
from digitscan.decoding import Classes
from digitscan.errors import ModelError

BATCH = 1024
"""Crops that go through the network at a time, to bound the memory of a crowded page."""


class Classifier:
    """The network of a model directory, loaded once.

    Attributes:
        card: The model's card.

    Args:
        directory: The model directory; the bundled one is ``default_model()``.
        threads: Threads that LiteRT uses.

    Raises:
        ModelError: The directory is no usable model; one line says why.
    """

    def __init__(self, directory: Path, *, threads: int = 1) -> None:
        self.card: ModelCard = load_card(directory)
        self._directory, self._threads = directory, threads
        self._network = LiteRtNetwork(directory, MODEL_LITERT, self.card, threads)
        taken, given = self._network.shapes
        if (taken, given) != ((CROP_SIZE, CROP_SIZE), (len(self.card.classes),)):
            raise ModelError(
                f"{directory / MODEL_LITERT}: takes {taken} and gives {given}, not what model.json describes"
            )

    @property
    def classes(self) -> Classes:
        """Which columns of the output mean something other than a digit."""
        return Classes(noise=self.card.column(NOISE), part=self.card.column(PART))

    def open_transcriber(self) -> Transcriber | None:
        """Load the model's other network, which reads whole fields; None when it has none.

        Raises:
            ModelError: The card tells of one that is missing or damaged; one line says why.
        """
        if self.card.transcriber is None:
            return None
        return Transcriber(self._directory, self.card, threads=self._threads)

    def classify(self, crops: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities of each class for each crop.

        Args:
            crops: ``(N, 28, 28)``, 0 for paper to 1 for ink.

        Returns:
            ``(N, classes)``; rows sum to 1, columns 0 to 9 are the digits.
        """
        if not len(crops):
            return np.zeros((0, len(self.card.classes)), np.float32)
        parts = [self._network.run(crops[i : i + BATCH]) for i in range(0, len(crops), BATCH)]
        return np.concatenate(parts)


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
