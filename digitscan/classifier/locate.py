"""From what ``--model`` names to a model directory.

A ``.keras`` file that somebody trained elsewhere becomes one in the user's cache, on first use: TensorFlow,
which that takes, is needed that one time.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from digitscan.chatter import native_chatter_silenced
from digitscan.classifier.archive import refuse_code
from digitscan.classifier.card import MODEL_CARD, MODEL_KERAS, MODEL_LITERT, load_card, sha256_of
from digitscan.errors import ModelError, UsageError


def named_directory(named: Path) -> Path:
    """Find the model directory that a path means, as ``model_directory`` does.

    Raises:
        ModelError: A ``.keras`` file is no digit classifier that can be used.
        UsageError: It must be converted and TensorFlow is not installed.
    """
    if named.is_dir():
        alone = not (named / MODEL_CARD).exists() and not (named / MODEL_LITERT).exists()
        return _adopted(named / MODEL_KERAS) if alone and (named / MODEL_KERAS).is_file() else named
    if named.suffix.lower() != ".keras" or not named.is_file():
        return named
    return named.parent if _is_described(named) else _adopted(named)


def _is_described(path: Path) -> bool:
    """Whether a ``.keras`` file is the network of the model directory that it lies in."""
    if path.name != MODEL_KERAS or not (path.parent / MODEL_CARD).is_file():
        return False
    with suppress(ModelError):
        return load_card(path.parent).sha256.get(MODEL_KERAS) == sha256_of(path)
    return False


def _adopted(path: Path) -> Path:
    """The model directory in the cache that was made of a ``.keras`` file; made now if there is none."""
    refuse_code(path)
    try:
        directory = _cache() / "digitscan" / "models" / sha256_of(path)
    except OSError as error:
        raise ModelError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    if _is_complete(directory):
        return directory
    if importlib.util.find_spec("tensorflow") is None or importlib.util.find_spec("keras") is None:
        raise UsageError(
            f"{path}: using a .keras file needs TensorFlow once;"
            " install it with: pip install 'digitscan[train]'"
        )
    with native_chatter_silenced():
        from digitscan.training.adopt import adopt

    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=directory.parent) as folder:
            made = Path(folder)
            adopt(path, made)
            directory.mkdir(exist_ok=True)
            # The card comes last: without it the directory is no model.
            for name in (MODEL_KERAS, MODEL_LITERT, MODEL_CARD):
                (made / name).replace(directory / name)
    except OSError as error:
        raise ModelError(
            f"{path}: cannot write {error.filename or directory}: {error.strerror};"
            " XDG_CACHE_HOME names another folder for it"
        ) from error
    return directory


def _is_complete(directory: Path) -> bool:
    """Whether the cache holds a whole model there; what is damaged is made again."""
    try:
        card = load_card(directory)
        return all(sha256_of(directory / name) == hash for name, hash in card.sha256.items())
    except (ModelError, OSError):
        return False


def _cache() -> Path:
    """The user's cache folder; a relative name in the variable does not count, as the XDG standard says."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".cache"
