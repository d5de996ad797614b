"""The networks that options make, beside what somebody would write with Keras."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.options import Loss, Normalise
from digitscan.training.export import export
from digitscan.training.network import build_network, probabilities, trained_part
from digitscan.training.plan import NetworkPlan

Crops = NDArray[np.float32]


@pytest.fixture(scope="module")
def crops() -> Crops:
    """Some crops, with columns without ink as nearly all have, and an empty one."""
    crops = np.random.default_rng(0).random((20, 28, 28), np.float32)
    crops[:, :, :5] = 0
    crops[0] = 0
    return crops


def kinds_of(network: keras.Model) -> list[str]:
    """Kinds of the layers behind the input."""
    return [type(layer).__name__ for layer in network.layers[1:]]


def test_default_is_the_classic_network_to_the_bit(crops: Crops) -> None:
    keras.utils.set_random_seed(3)
    classic = keras.Sequential(
        [
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    expected = classic(crops).numpy()
    keras.utils.set_random_seed(3)
    network = build_network(NetworkPlan(), 10)
    assert network.count_params() == 109_386
    assert kinds_of(network) == ["Flatten", "Dense", "Dense", "Dense"]
    assert np.array_equal(probabilities(network, crops), expected)


@pytest.mark.parametrize(
    ("plan", "kinds", "parameters"),
    [
        (NetworkPlan(()), "Flatten Dense", 7850),
        (NetworkPlan((16,)), "Flatten Dense Dense", 12_730),
        (NetworkPlan((16,), dropout=0.2), "Flatten Dense Dropout Dense", 12_730),
        (NetworkPlan((16,), loss=Loss.LOGITS), "Flatten Dense Dense Softmax", 12_730),
        (NetworkPlan((16,), Normalise.L2), "UnitNormalization Flatten Dense Dense", 12_730),
        (
            NetworkPlan((16,), batch_norm=True, dropout=0.2),
            "Flatten Dense BatchNormalization ReLU Dropout Dense",
            12_730 - 16 + 4 * 16,
        ),
    ],
)
def test_layers(plan: NetworkPlan, kinds: str, parameters: int) -> None:
    network = build_network(plan, 10)
    assert kinds_of(network) == kinds.split()
    assert network.count_params() == parameters


def test_l2_is_what_keras_normalize_does(crops: Crops) -> None:
    network = build_network(NetworkPlan((16,), Normalise.L2), 10)
    without = keras.Sequential([layer for layer in network.layers if layer.name not in ("crop", "l2")])
    expected = probabilities(without, keras.utils.normalize(crops, axis=1))
    assert np.abs(probabilities(network, crops) - expected).max() < 1e-6
    assert np.abs(probabilities(without, crops) - expected).max() > 1e-2


def test_network_for_logits_gives_probabilities(crops: Crops) -> None:
    network = build_network(NetworkPlan((16,), loss=Loss.LOGITS), 10)
    logits = probabilities(trained_part(network, Loss.LOGITS), crops)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert logits.min() < 0
    assert np.abs(probabilities(network, crops) - shares).max() < 1e-6


@pytest.mark.parametrize(
    "plan",
    [
        NetworkPlan((16,), Normalise.L2, loss=Loss.LOGITS),
        NetworkPlan((16, 8), batch_norm=True, dropout=0.5),
        NetworkPlan(()),
        NetworkPlan((16,), Normalise.DIRECTIONS),
    ],
    ids=["l2", "batch norm", "softmax regression", "directions"],
)
def test_both_files_give_what_the_network_gives(plan: NetworkPlan, crops: Crops, tmp_path: Path) -> None:
    network = build_network(plan, 10)
    export(network, tmp_path / "model.keras", tmp_path / "model.tflite")
    expected = probabilities(network, crops)
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.abs(probabilities(again, crops) - expected).max() < 1e-6
    with native_chatter_silenced():
        interpreter = Interpreter(model_path=str(tmp_path / "model.tflite"))
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], crops.shape)
        interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], crops)
    interpreter.invoke()
    given = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.abs(given - expected).max() < 1e-5  # false for what is no number
