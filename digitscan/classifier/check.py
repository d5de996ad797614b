"""Whether the files of a model directory are those that its card describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from digitscan.classifier.archive import read_layers
from digitscan.classifier.card import (
    MODEL_KERAS,
    MODEL_LITERT,
    TRANSCRIBER_KERAS,
    TRANSCRIBER_LITERT,
    Layer,
    ModelCard,
    sha256_of,
)


def disagreements(directory: Path, card: ModelCard) -> Iterator[str]:
    """Compare a card with the files beside it, as far as that goes without Keras.

    Args:
        directory: The model directory.
        card: Its card.

    Yields:
        One line for each disagreement: hashes, layers, numbers of parameters and classes.

    Raises:
        ModelError: A ``.keras`` file is none, or holds code.
    """
    networks = [(MODEL_KERAS, card.layers, card.parameters)]
    files = [MODEL_KERAS, MODEL_LITERT]
    if card.transcriber is not None:
        networks.append((TRANSCRIBER_KERAS, card.transcriber.layers, card.transcriber.parameters))
        files += [TRANSCRIBER_KERAS, TRANSCRIBER_LITERT]
    for name in files:
        path = directory / name
        if not path.is_file():
            yield f"{name} is missing"
        elif name not in card.sha256:
            yield f"{name}: the card does not give its SHA-256"
        elif (found := sha256_of(path)) != card.sha256[name]:
            yield f"{name}: SHA-256 is {found[:12]}..., by the card {card.sha256[name][:12]}..."
    for name, layers, parameters in networks:
        total = sum(layer.parameters for layer in layers)
        if total != parameters:
            yield f"{name}: the card's layers have {total:,} parameters, its total is {parameters:,}"
    if card.layers and card.layers[-1].output != (len(card.classes),):
        yield f"the card's last layer gives {card.layers[-1].output}, its classes are {len(card.classes)}"
    for name, layers, _ in networks:
        if (directory / name).is_file():
            yield from _layers_disagree(directory / name, layers)


def _layers_disagree(path: Path, layers: Sequence[Layer]) -> Iterator[str]:
    described = [layer for layer in layers if layer.kind != "InputLayer"]
    stored = read_layers(path)
    kinds = [layer.kind for layer in stored], [layer.kind for layer in described]
    if kinds[0] != kinds[1]:
        yield f"{path.name}: layers are {', '.join(kinds[0])}, by the card {', '.join(kinds[1])}"
        return
    for one, other in zip(stored, described, strict=True):
        if one.name != other.name:
            yield f"{path.name}: layer {one.name} is called {other.name} on the card"
        if one.parameters is not None and one.parameters != other.parameters:
            yield (
                f"{path.name}: layer {one.name} has {one.parameters:,} parameters,"
                f" by the card {other.parameters:,}"
            )
