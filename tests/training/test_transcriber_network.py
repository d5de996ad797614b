"""The transcriber's network: frames of a strip, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier.transcriber import LOOKS, PAD, STEP, pad_strips
from digitscan.strips import HEIGHT
from digitscan.training.export import export
from digitscan.training.network import describe
from digitscan.training.transcriber.network import build_transcriber


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """One that shifts and stretches what it normalises, as a trained one does."""
    keras.utils.set_random_seed(0)
    built, rng = build_transcriber(), np.random.default_rng(0)
    for layer in built.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weights.shape) for weights in layer.get_weights()])
    return built


def noise(width: int, seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, width), np.uint8)


def frames(network: keras.Model, *pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    given: NDArray[np.float32] = network(pad_strips(pictures), training=False).numpy()
    return given


@pytest.mark.parametrize("width", [16, 17, 61, 300])
def test_a_frame_of_each_step(network: keras.Model, width: int) -> None:
    given = frames(network, noise(width, 1))
    assert given.shape == (1, -(-width // STEP), LOOKS, 11)
    assert np.allclose(np.exp(given).sum(axis=3), 1, atol=1e-5)


def test_frames_do_not_depend_on_the_others_of_a_batch(network: keras.Model) -> None:
    strip, wider = noise(45, 1), noise(200, 2)
    alone, together = frames(network, strip)[0], frames(network, strip, wider)[0]
    assert np.abs(together[: len(alone)] - alone).max() < 1e-4
    assert np.ptp(alone, axis=0).max(axis=1).min() > 0.1  # in either look


@pytest.mark.parametrize("look", range(LOOKS))
def test_a_frame_looks_at_48_columns(look: int, network: keras.Model) -> None:
    plain, column, middle = noise(120, 1), 60, 60 // STEP
    changed = plain.copy()
    changed[:, column] = 255 - changed[:, column]
    different = np.abs(frames(network, plain)[0] - frames(network, changed)[0])[:, look].max(axis=1) > 1e-4
    seen = np.flatnonzero(different)
    assert len(seen) == (2 * PAD + STEP) // STEP
    assert {middle - PAD // STEP, middle + PAD // STEP} <= {*seen.tolist(), seen[0] - 1, seen[-1] + 1}


@pytest.mark.parametrize(("in_bytes", "apart"), [(False, 1e-5), (True, 0.05)], ids=["as it is", "in bytes"])
def test_litert_gives_the_same_frames(
    network: keras.Model, in_bytes: bool, apart: float, tmp_path: Path
) -> None:
    export(network, tmp_path / "t.keras", tmp_path / "t.tflite", in_bytes=in_bytes)
    strips = pad_strips([noise(45, 1), noise(200, 2)])
    with native_chatter_silenced():
        interpreter = Interpreter(model_path=str(tmp_path / "t.tflite"))
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], strips.shape)
        interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], strips)
    interpreter.invoke()
    given = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    expected = network(strips, training=False).numpy()
    assert np.abs(np.exp(given) - np.exp(expected)).max() < apart  # false for what is no number


def test_layers_on_the_card(network: keras.Model) -> None:
    layers = describe(network)
    assert sum(layer.parameters for layer in layers) == network.count_params() == 1_997_278
    for look in ("by_directions", "by_pixels"):
        windows = [layer.output for layer in layers if layer.name.startswith(f"{look}_window")]
        assert windows == [(-1, units) for units in (256, 256, 320, 256)]
    assert (layers[-1].name, layers[-1].output) == ("looks", (-1, LOOKS, 11))
