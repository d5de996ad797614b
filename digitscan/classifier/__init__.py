"""The classifier: what digit each crop is, by the network of a model directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitscan.classifier.card import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, ModelCard
from digitscan.model_choice import default_model, model_directory

if TYPE_CHECKING:
    from digitscan.classifier.network import Classifier

__all__ = [
    "MODEL_CARD",
    "MODEL_KERAS",
    "MODEL_LITERT",
    "Classifier",
    "ModelCard",
    "default_model",
    "model_directory",
]


def __getattr__(name: str) -> type[Classifier]:
    """Load what runs the network when it is asked for: the program looks at cards where others read."""
    if name != "Classifier":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from digitscan.classifier.network import Classifier

    return Classifier
