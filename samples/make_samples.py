"""Draws the sample pages: printed forms filled in with real handwritten digits, as a scanner gives them.

Run as `python samples/make_samples.py [OUTPUT_DIR]`; the folder of this file is the default. The texts are
fixed and so is every seed, so a second run draws the same pixels.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path
from typing import Any

import club
import numpy as np
import pages
from paper import Page
from PIL import Image

SEED = 20240611
SAMPLES = {
    "invoice_form.png": (pages.invoice_form, 300),
    "membership_comb.png": (pages.membership_comb, 200),
    "readings_table.png": (pages.readings_table, 200),
    "photo_tally.jpg": (pages.photo_tally, 170),
    "two_pages.tif": (pages.two_pages, 200),
    "columns.pdf": (pages.columns, 200),
    "white_on_black.png": (pages.white_on_black, 200),
    "rowing_club.png": (club.blank_form, 200),
    "rowing_club_filled.jpg": (club.filled_form, 200),
}
"""What draws each file's pages, and their resolution in dots per inch."""

CLUB = ("rowing_club.png", "rowing_club_filled.jpg")
"""Those that are to be read with a template, and have a truth of their own."""


def save_pages(drawn: list[Page], path: Path, dpi: int) -> None:
    """Writes pages in the format of the suffix; flat pages take one bit a pixel."""
    pictures = [Image.fromarray(page.image) for page in drawn]
    if all(np.isin(page.image, (0, 255)).all() for page in drawn):
        pictures = [picture.convert("1", dither=Image.Dither.NONE) for picture in pictures]
    first, rest = pictures[0], pictures[1:]
    options: dict[str, dict[str, Any]] = {
        ".png": {"dpi": (dpi, dpi), "optimize": True},
        ".jpg": {"dpi": (dpi, dpi), "quality": 70},
        ".tif": {"dpi": (dpi, dpi), "compression": "group4", "save_all": True, "append_images": rest},
        ".pdf": {
            "resolution": dpi,
            "save_all": True,
            "append_images": rest,
            # Without fixed dates no two runs would give the same bytes.
            "creationDate": time.gmtime(0),
            "modDate": time.gmtime(0),
        },
    }
    first.save(path, **options[path.suffix])


def write_truth(samples: dict[str, list[Page]], path: Path) -> None:
    """Writes the true value and box of every field as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source", "page", "field", "text", "x", "y", "width", "height"])
        for source, drawn in samples.items():
            for number, page in enumerate(drawn, start=1):
                for field in page.fields:
                    writer.writerow([source, number, field.name, field.text, *field.box])


def write_template(name: str, page: Page, path: Path) -> None:
    """Writes a form template, in TOML, that names the fields of a page."""
    height, width = page.image.shape
    lines = [f'name = "{name}"', "", "[page]", f"width = {width}", f"height = {height}"]
    for field in page.fields:
        lines += ["", "[[fields]]", f'name = "{field.name}"', f"box = {list(field.box)}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_samples(directory: Path) -> None:
    """Writes the samples, their truth and the template of the invoice form into a folder."""
    directory.mkdir(parents=True, exist_ok=True)
    samples = {}
    for index, (name, (draw, dpi)) in enumerate(SAMPLES.items()):
        # A seed of its own: to change one sample leaves the others as they are.
        samples[name] = draw(np.random.default_rng([SEED, index]))
        save_pages(samples[name], directory / name, dpi)
    of_club = {name: samples.pop(name) for name in CLUB}
    write_truth(samples, directory / "truth.csv")
    write_truth(of_club, directory / "rowing_club.csv")
    write_template("invoice_form", samples["invoice_form.png"][0], directory / "invoice_form.toml")


def main() -> None:
    """Runs the script."""
    parser = argparse.ArgumentParser(description="Draws the sample pages.")
    parser.add_argument("output_dir", nargs="?", type=Path, default=Path(__file__).parent)
    make_samples(parser.parse_args().output_dir)


if __name__ == "__main__":
    main()
