"""Which model directory is used: the bundled one, or what ``--model`` names.

It stands alone so that who only passes a model on need not load what runs it.
"""

from __future__ import annotations

from pathlib import Path

from digitscan.errors import ModelError


def default_model() -> Path:
    """Directory of the bundled model: in the package when installed, beside it in a checkout.

    Raises:
        ModelError: There is none, which only a broken installation explains.
    """
    package = Path(__file__).resolve().parent
    for directory in (package / "models" / "default", package.parent / "models" / "default"):
        if (directory / "model.json").is_file():
            return directory
    raise ModelError("the bundled model is missing; install digitscan again or name a model with --model")


def model_directory(named: Path | None) -> Path:
    """Find the model directory that the user means.

    Args:
        named: A model directory, a ``.keras`` file, a directory with nothing of a model but a
            ``model.keras``, or None for the bundled model.

    Returns:
        A model directory; whether it is usable shows when it is loaded.

    Raises:
        ModelError: A ``.keras`` file is no digit classifier that can be used.
        UsageError: It must be converted and TensorFlow is not installed.
    """
    if named is None:
        return default_model()
    from digitscan.classifier.locate import named_directory

    return named_directory(named)
