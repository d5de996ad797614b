"""The classifier: what digit each crop is, by the network of a model directory."""

from __future__ import annotations

from digitscan.classifier.card import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, ModelCard
from digitscan.classifier.locate import model_directory
from digitscan.classifier.network import Classifier, default_model

__all__ = [
    "MODEL_CARD",
    "MODEL_KERAS",
    "MODEL_LITERT",
    "Classifier",
    "ModelCard",
    "default_model",
    "model_directory",
]
