"""Running the network of a model directory with LiteRT."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier.card import MODEL_LITERT, NOISE, PART, ModelCard, load_card
from digitscan.classifier.litert import LiteRtNetwork, named_shapes
from digitscan.classifier.transcriber import Transcriber
from digitscan.crops import CROP_SIZE
from digitscan.errors import ModelError
from digitscan.geometry import GEOMETRY, unknown_geometry
from digitscan.weighing import Classes

BATCH = 1024
"""Crops that go through the network at a time, to bound the memory of a crowded page."""

_CROP = {"crop": (CROP_SIZE, CROP_SIZE)}

_INPUTS = (_CROP, {**_CROP, "geometry": (len(GEOMETRY),)})
"""What a network may take: a crop, or a candidate's geometry beside it."""


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
        inputs, output = self._network.inputs, self._network.output
        if inputs not in _INPUTS or output != (len(self.card.classes),):
            raise ModelError(
                f"{directory / MODEL_LITERT}: takes {named_shapes(inputs)} and gives {output},"
                " not what model.json describes"
            )

    @cached_property
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

    @cached_property
    def sees_geometry(self) -> bool:
        """Whether the network takes a candidate's geometry beside its crop."""
        return "geometry" in self._network.inputs

    def classify(
        self, crops: NDArray[np.float32], geometry: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Probabilities of each class for each crop.

        Args:
            crops: ``(N, 28, 28)``, 0 for paper to 1 for ink.
            geometry: ``(N, len(GEOMETRY))`` of candidates, for a network that takes it; None when the crops
                are digits by themselves.

        Returns:
            ``(N, classes)``; rows sum to 1, columns 0 to 9 are the digits.
        """
        if not len(crops):
            return np.zeros((0, len(self.card.classes)), np.float32)
        batch = {"crop": crops}
        if self.sees_geometry:
            batch["geometry"] = unknown_geometry(len(crops)) if geometry is None else geometry
        parts = [
            self._network.run(**{name: values[i : i + BATCH] for name, values in batch.items()})
            for i in range(0, len(crops), BATCH)
        ]
        return np.concatenate(parts)
