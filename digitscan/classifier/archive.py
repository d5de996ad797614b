"""The configuration within a ``.keras`` file, read without Keras.

A ``.keras`` file is a zip archive; its ``config.json`` describes the network. Keras can also store code in
it, which loading would run: such files are refused.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from digitscan.errors import ModelError

_CONFIG = "config.json"

_LARGEST = 32 * 2**20
"""Bytes of a configuration beyond which it is none."""

_CODE = frozenset(
    {"Lambda", "__lambda__", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer", "function"}
)
"""Kinds of object that hold code, or name code elsewhere."""

_WEIGHTLESS = frozenset(
    {
        "InputLayer",
        "Flatten",
        "Reshape",
        "Dropout",
        "Activation",
        "ReLU",
        "Softmax",
        "Rescaling",
        "Concatenate",
    }
    | {"MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "ZeroPadding2D"}
)


class ArchivedLayer(NamedTuple):
    """A layer by the configuration: its name, kind and weights, None where that takes Keras to tell."""

    name: str
    kind: str
    parameters: int | None


def read_layers(path: Path) -> tuple[ArchivedLayer, ...]:
    """List the layers of a ``.keras`` file, without those that only stand for the input.

    Raises:
        ModelError: It is no such file, or it holds code.
    """
    config = _read_config(path)
    layers = config.get("config", {}).get("layers", [])
    try:
        return tuple(_layer(layer) for layer in layers if layer["class_name"] != "InputLayer")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ModelError(f"{path}: {_CONFIG} is not what Keras writes") from error


def refuse_code(path: Path) -> None:
    """Make sure that a ``.keras`` file holds a network of Keras' own layers and nothing else.

    Raises:
        ModelError: It does not.
    """
    _read_config(path)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_CONFIG).file_size > _LARGEST:
                raise ModelError(f"{path}: {_CONFIG} is too large")
            config = json.loads(archive.read(_CONFIG))
    except OSError as error:
        raise ModelError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelError(f"{path}: not a .keras file") from error
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ModelError(f"{path}: not a .keras file")
    # How it was trained is never loaded.
    code = next(_code_in({key: value for key, value in config.items() if key != "compile_config"}), None)
    if code is not None:
        raise ModelError(f"{path}: refused: it holds code or needs some ({code}); a model is data alone")
    return config


def _code_in(value: Any) -> Iterator[str]:
    """Names of the objects in a configuration that are not Keras' own, or that hold code."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            kind, module = value.get("class_name"), value.get("module")
            if not isinstance(kind, str):
                continue
            foreign = isinstance(module, str) and module.split(".")[0] != "keras"
            if kind in _CODE or foreign or (value.get("registered_name") or kind) != kind:
                yield kind


def _layer(layer: dict[str, Any]) -> ArchivedLayer:
    kind, config = layer["class_name"], layer["config"]
    shape = (layer.get("build_config") or {}).get("input_shape")
    parameters = None
    if kind in _WEIGHTLESS:
        parameters = 0
    elif kind == "Dense" and shape:
        parameters = config["units"] * (shape[-1] + bool(config["use_bias"]))
    elif kind == "Conv2D" and shape and config["data_format"] == "channels_last":
        kernel = prod(config["kernel_size"]) * shape[-1] // config["groups"]
        parameters = config["filters"] * (kernel + bool(config["use_bias"]))
    return ArchivedLayer(config["name"], kind, parameters)
