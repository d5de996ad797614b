"""The card of a model directory: what the network is, how it was made, what it was measured to do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import exp, log
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitscan.errors import ModelError

MODEL_KERAS = "model.keras"
MODEL_LITERT = "model.tflite"
MODEL_CARD = "model.json"
TRANSCRIBER_KERAS = "transcriber.keras"
TRANSCRIBER_LITERT = "transcriber.tflite"

DIGITS = tuple("0123456789")
NOISE = "noise"
"""Class of what is whole but no digit: separators, dirt, letters."""
PART = "part"
"""Class of pieces and merges of digits."""


class Part(BaseModel):
    """Base of the card's parts: unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Layer(Part):
    """One layer of the network."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int


class Recipe(Part):
    """How the network was trained.

    A key with a default is newer than some cards; the default is what was done before there was a choice.
    """

    data: str
    start: str | None = None
    """SHA-256 of the ``.keras`` file whose weights were the first ones; None for random ones."""
    share: float = 1.0
    """Share of what was learnt in the weights; the rest are the first ones."""
    teacher: str | None = None
    """SHA-256 of the ``.keras`` file whose probabilities were learnt beside the labels; None for none."""
    hidden: tuple[int, ...]
    batch_norm: bool = False
    dropout: float = 0.1
    loss: str = "probabilities"
    epochs: int
    """Those that were planned."""
    epochs_run: int | None = None
    """Those before training stopped, None for all."""
    patience: int | None = None
    batch_size: int
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    weight_decay: float = 0.0
    seed: int
    augment: str = "none"
    degrade: float = 0.0
    strings: int
    bfloat16: bool = False


class Calibration(Part):
    """How the probability of a string that decoding gives becomes a confidence.

    The confidence is the logistic function of ``slope * logit(probability) + offset``.
    """

    slope: Annotated[float, Field(gt=0)] = 1.0
    offset: float = 0.0

    def apply(self, probability: float) -> float:
        """Turn the probability that decoding gives a string into a confidence."""
        clipped = min(max(probability, 1e-6), 1 - 1e-6)
        return 1 / (1 + exp(-self.slope * log(clipped / (1 - clipped)) - self.offset))

    def apply_to_all(self, probabilities: Sequence[float]) -> list[float]:
        """Turn the probabilities of strings that exclude each other into confidences.

        Args:
            probabilities: At least one, the greatest first, of sum 1 at the most.

        Returns:
            For the first its own confidence, of which the others share what is left as they did before; none
            has more than the first.
        """
        first, *others = probabilities
        best = self.apply(first)
        left = (1 - best) / (1 - first) if first < 1 else 0.0
        return [best, *(min(best, left * other) for other in others)]


class TranscriberCard(Part):
    """The network that reads fields as a whole; its recipe is the classifier's."""

    layers: tuple[Layer, ...]
    parameters: int


class ModelCard(Part):
    """``model.json``."""

    name: str
    classes: tuple[str, ...]
    normalisation: Literal["scale", "l2", "directions"] = "scale"
    """What the network itself does with crops between 0 and 1: nothing, L2 normalisation by columns, or
    filters that find the directions of strokes."""
    layers: tuple[Layer, ...]
    parameters: int
    transcriber: TranscriberCard | None = None
    """None when the model has none: then the classifier alone reads fields."""
    calibration: Calibration = Calibration()
    cell_calibration: Calibration = Calibration()
    """That of the cells of combs, each of which is a string of one digit or none."""
    recipe: Recipe | None
    """None when the network was trained elsewhere, and nobody knows how."""
    figures: dict[str, float]
    sha256: dict[str, str]

    def column(self, name: str) -> int | None:
        """Column of a class in the network's output, or None when it has no such class."""
        return self.classes.index(name) if name in self.classes else None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def network_file(directory: Path, name: str, card: ModelCard) -> Path:
    """Find the file of a network in a model directory.

    Raises:
        ModelError: It is missing, or is not the one that the card describes.
    """
    path = directory / name
    if not path.is_file():
        raise ModelError(f"{directory}: {name} is missing")
    if sha256_of(path) != card.sha256.get(name):
        raise ModelError(f"{path}: is not the file that {MODEL_CARD} describes (SHA-256 differs)")
    return path


def load_card(directory: Path) -> ModelCard:
    """Read and check the card of a model directory.

    Raises:
        ModelError: The directory or the card is missing, is no card, or does not begin with the ten digits.
    """
    path = directory / MODEL_CARD
    if not directory.is_dir():
        raise ModelError(f"{directory}: no such model directory")
    try:
        card = ModelCard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{directory}: cannot read {MODEL_CARD}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise ModelError(f"{path}: {key}: {first['msg']}") from error
    if card.classes[:10] != DIGITS:
        raise ModelError(f"{path}: classes: the first ten must be the digits 0 to 9")
    return card
