"""The classifier: what digit each crop is, by the network of a model directory."""

from __future__ import annotations

from digitscan.classifier.card import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, ModelCard
from digitscan.classifier.network import Classifier
from digitscan.model_choice import default_model, model_directory

__all__ = [
    "MODEL_CARD",
    "MODEL_KERAS",
    "MODEL_LITERT",
    "Classifier",
    "ModelCard",
    "default_model",
    "model_directory",
]
