"""MNIST, downloaded once by Keras and kept where Keras looks for it."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stdout
from pathlib import Path

from digitscan.chatter import native_chatter_silenced
from digitscan.data.digits import Digits, Part
from digitscan.data.npz import load_npz
from digitscan.errors import UsageError


def load_mnist(part: Part) -> Digits:
    """Load the 60,000 training or the 10,000 test digits of MNIST.

    Keras, and with it TensorFlow, is imported only when there is no copy yet.

    Raises:
        SourceError: The copy is damaged.
        UsageError: There is no copy and it cannot be downloaded.
    """
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    copy = home / "datasets" / "mnist.npz"
    if not copy.is_file():
        _download()
    return load_npz(copy, part)


def _download() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        # Keras tells of the download on standard output, which is for results.
        with native_chatter_silenced(), redirect_stdout(io.StringIO()):
            import keras

            keras.datasets.mnist.load_data()
    except ImportError as error:
        raise UsageError(
            "downloading MNIST needs TensorFlow; install it with: pip install 'digitscan[train]',"
            " or give a local copy with --data mnist.npz"
        ) from error
    except Exception as error:
        raise UsageError("MNIST cannot be downloaded; give a local copy with --data mnist.npz") from error
