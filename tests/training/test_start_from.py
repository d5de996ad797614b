"""Which networks training can go on from, and what is taken from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from digitscan.classifier import default_model
from digitscan.errors import ModelError
from digitscan.options import Loss, Normalise
from digitscan.training.network import build_network
from digitscan.training.plan import NetworkPlan
from digitscan.training.start import load_start
from digitscan.training.transcriber.network import build_transcriber

Dense = keras.layers.Dense


def save(path: Path, network: keras.Model) -> keras.Model:
    for weights in network.trainable_weights:  # no biases of 0, no scales of 1
        weights.assign(np.random.default_rng(1).normal(0, 0.3, weights.shape).astype(np.float32))
    network.save(path)
    return network


@pytest.mark.parametrize(
    "plan",
    [
        NetworkPlan((16, 8)),
        NetworkPlan((16,), Normalise.L2),
        NetworkPlan((16,), batch_norm=True),
        NetworkPlan(()),
        NetworkPlan((16,), Normalise.DIRECTIONS),
    ],
)
@pytest.mark.parametrize("loss", Loss)
def test_own_models(plan: NetworkPlan, loss: Loss, tmp_path: Path) -> None:
    made = NetworkPlan(plan.hidden, plan.normalise, plan.batch_norm, 0.2, loss)
    network = save(tmp_path / "model.keras", build_network(made, 12))
    start = load_start(tmp_path)
    assert (start.named, start.network, start.classes) == (tmp_path, plan, 12)
    assert all(
        np.array_equal(one, other) for one, other in zip(start.weights, network.get_weights(), strict=True)
    )


def test_bundled_model() -> None:
    start = load_start(default_model())
    assert start.classes == 12
    assert start.transcriber is not None
    shapes = [weights.shape for weights in build_transcriber().get_weights()]
    assert [weights.shape for weights in start.transcriber] == shapes


def test_transcriber_of_another_kind(tmp_path: Path) -> None:
    save(tmp_path / "model.keras", build_network(NetworkPlan((16,)), 12))
    save(tmp_path / "transcriber.keras", build_network(NetworkPlan((16,)), 12))
    with pytest.raises(ModelError, match=r"transcriber\.keras: is no transcriber as it is built today$"):
        load_start(tmp_path)
    assert load_start(tmp_path, with_transcriber=False).transcriber is None


def test_classic_script_with_logits_and_flat_input(tmp_path: Path) -> None:
    layers = [Dense(16), keras.layers.Activation("relu"), keras.layers.Dropout(0.5), Dense(10)]
    save(tmp_path / "mine.keras", keras.Sequential([keras.Input((784,)), *layers]))
    assert load_start(tmp_path / "mine.keras").network == NetworkPlan((16,))


@pytest.mark.parametrize(
    ("layers", "cause"),
    [
        (lambda: [keras.layers.Conv2D(4, 3), keras.layers.Flatten(), Dense(10)], "is a Conv2D"),
        (lambda: [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), Dense(10)], "is a Rescaling"),
        (lambda: [keras.layers.Flatten(), Dense(16, "tanh"), Dense(10, "softmax")], "is not Dense layers"),
        (
            lambda: [keras.layers.Flatten(), Dense(16, "relu", use_bias=False), Dense(10)],
            "is not Dense layers",
        ),
        (lambda: [Dense(16, "relu"), keras.layers.Flatten(), Dense(10)], "is not Dense layers"),
    ],
)
def test_other_networks(layers: Callable[[], list[keras.Layer]], cause: str, tmp_path: Path) -> None:
    built = layers()
    shape = (28, 28, 1) if isinstance(built[0], keras.layers.Conv2D) else (28, 28)
    path = tmp_path / "other.keras"
    save(path, keras.Sequential([keras.Input(shape), *built]))
    with pytest.raises(ModelError) as caught:
        load_start(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and cause in message and "\n" not in message


def test_no_network(tmp_path: Path) -> None:
    (tmp_path / "text.keras").write_text("no network")
    for name in ("text.keras", "missing.keras", "."):
        with pytest.raises(ModelError) as caught:
            load_start(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path))
