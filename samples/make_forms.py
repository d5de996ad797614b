"""Draws filled forms of the rowing club, each filled in and scanned in another way, to try a run in bulk on.

Run as `python samples/make_forms.py OUTPUT_DIR [--forms N] [--seed N]`. It writes `form_001.jpg` and on, and
what is written on them to `truth.csv`, a row a form. The same seed draws the same pixels, and a form is the
same however many there are.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from club import BLANK, print_club_form, random_texts, scan_club_form
from make_samples import save_pages
from paper import Page

SEED = 20240917
DPI = 200
UPSIDE_DOWN = 0.3
"""How many of the forms were fed upside down;"""
ASKEW, SHIFT = 3.0, 25
"""all are turned by up to so many degrees to either side, and shifted by up to so many pixels."""


def draw_form(number: int, seed: int) -> tuple[Page, dict[str, str]]:
    """Draws the scan of a filled form, and gives what is written in each field."""
    rng = np.random.default_rng([seed, number])
    texts = random_texts(rng)
    page = print_club_form(texts, rng)
    degrees = float(rng.uniform(-ASKEW, ASKEW)) + (180.0 if rng.random() < UPSIDE_DOWN else 0.0)
    right, down = (int(pixels) for pixels in rng.integers(-SHIFT, SHIFT, 2, endpoint=True))
    paper, softness = int(rng.integers(225, 262)), float(rng.uniform(0.5, 1.1))
    return scan_club_form(page, degrees, (right, down), rng, paper, softness), texts


def make_forms(directory: Path, forms: int, seed: int = SEED) -> None:
    """Writes forms and their truth into a folder."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["source", *(field.name for field in BLANK)], lineterminator="\n")
        writer.writeheader()
        for number in range(1, forms + 1):
            name = f"form_{number:03}.jpg"
            page, texts = draw_form(number, seed)
            save_pages([page], directory / name, DPI)
            writer.writerow({"source": name, **texts})


def main() -> None:
    """Runs the script."""
    parser = argparse.ArgumentParser(description="Draws filled forms of the rowing club.")
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--forms", type=int, default=100, help="how many, 100 unless you say otherwise")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    make_forms(arguments.output_dir, arguments.forms, arguments.seed)


if __name__ == "__main__":
    main()
