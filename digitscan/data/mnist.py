"""MNIST, downloaded once by Keras and kept where Keras looks for it."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitscan.chatter import native_chatter_silenced
from digitscan.data.digits import Digits, Part, make_digits
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
    if copy.is_file():
        return load_npz(copy, part)
    images, labels = _download()[part]
    return make_digits(images, labels, "MNIST")


def _download() -> dict[Part, tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        # Keras tells of the download on standard output, which is for results.
        with native_chatter_silenced(), redirect_stdout(io.StringIO()):
            import keras

            train, test = keras.datasets.mnist.load_data()
    except ImportError as error:
        raise UsageError(
            "downloading MNIST needs TensorFlow; install it with: pip install 'digitscan[train]',"
            " or give a local copy with --data mnist.npz"
        ) from error
    except Exception as error:
        raise UsageError("MNIST cannot be downloaded; give a local copy with --data mnist.npz") from error
    return {"train": train, "test": test}
