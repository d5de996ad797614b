"""Draw MNIST's test digits as ink on pages, find and crop them, and compare with the crops they came from.

Usage: python benchmarks/round_trip.py [--data mnist.npz] [--first N]

For each enlargement it prints the mean absolute difference of the crops (0 to 1), the accuracy of the
classifier on MNIST's own crops and on those that came back, and the share of digits that ``digitscan read
--layout field`` reads as they are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from digitscan.classifier import Classifier, default_model
from digitscan.crops import make_crop
from digitscan.ink import find_ink
from digitscan.options import Layout
from digitscan.reader import Reader
from digitscan.written import written_on

PAPER, INK = 235, 30


def draw(digit: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Draw a digit ``(28, 28)``, enlarged, as dark ink on a light page with a margin."""
    large = cv2.resize(np.pad(digit, 4), None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR)
    return np.round(PAPER - large.astype(np.float32) / 255 * (PAPER - INK)).astype(np.uint8)


def recover(page: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Find the ink on a page and make one crop of all of it."""
    density = find_ink(page).density
    height, width = density.shape
    return make_crop(written_on(density).cut_out([(0, 0, width, height)])[0].density)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="mnist.npz; without it Keras downloads MNIST")
    parser.add_argument("--first", type=int, default=10_000, help="how many of the test digits")
    arguments = parser.parse_args()
    if arguments.data:
        with np.load(arguments.data) as file:
            images, labels = file["x_test"], file["y_test"]
    else:
        import keras

        _, (images, labels) = keras.datasets.mnist.load_data()
    images, labels = images[: arguments.first], labels[: arguments.first]
    classifier = Classifier(default_model())
    reader = Reader(classifier, layout=Layout.FIELD)
    original = images.astype(np.float32) / 255
    direct = np.mean(classifier.classify(original)[:, :10].argmax(axis=1) == labels)
    table = Table(
        "enlarged",
        "mean difference",
        "MNIST's crops",
        "crops from the page",
        "points lost",
        "read as a field",
    )
    for times in (3, 5, 8):
        pages = [draw(image, times) for image in images]
        crops = np.stack([recover(page) for page in pages])
        found = np.mean(classifier.classify(crops)[:, :10].argmax(axis=1) == labels)
        texts = [reader.read_page(page).fields[0].text for page in pages]
        read = np.mean([text == str(label) for text, label in zip(texts, labels, strict=True)])
        table.add_row(
            f"{times} x",
            f"{np.abs(crops - original).mean():.4f}",
            f"{direct:.2%}",
            f"{found:.2%}",
            f"{(direct - found) * 100:.2f}",
            f"{read:.2%}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
