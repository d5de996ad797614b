"""Turns a clean page into what a scanner or a camera gives: skewed, soft, noisy, specked, unevenly lit.

Pillow resizes and blurs in whole numbers, the same everywhere.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from paper import Box, Gray, Page
from PIL import Image, ImageFilter


def rotate_page(page: Gray, degrees: float, shift: tuple[int, int] = (0, 0)) -> Gray:
    """Turns the page counter-clockwise about its middle and shifts it, white coming in at the edges."""
    turned = Image.fromarray(page).rotate(degrees, Image.Resampling.BICUBIC, translate=shift, fillcolor=255)
    return np.asarray(turned)


def rotate_box(box: Box, degrees: float, width: int, height: int) -> Box:
    """Returns the upright box around a box turned by `rotate_page` on a page of this size.

    Examples:
        >>> rotate_box((10, 20, 30, 40), 90, 100, 100)
        (20, 60, 40, 30)
    """
    left, top, wide, tall = box
    angle = math.radians(degrees)
    corners = [(x, y) for x in (left, left + wide) for y in (top, top + tall)]
    offsets = [(x - width / 2, y - height / 2) for x, y in corners]
    xs = [width / 2 + x * math.cos(angle) + y * math.sin(angle) for x, y in offsets]
    ys = [height / 2 - x * math.sin(angle) + y * math.cos(angle) for x, y in offsets]
    # A corner on a whole pixel stays there, whatever the last bit of a sine is.
    x, y = math.floor(min(xs) + 1e-6), math.floor(min(ys) + 1e-6)
    return x, y, math.ceil(max(xs) - 1e-6) - x, math.ceil(max(ys) - 1e-6) - y


def skew(page: Page, degrees: float, shift: tuple[int, int] = (0, 0)) -> Page:
    """Turns a page and the boxes of its fields counter-clockwise, and shifts them right and down."""
    height, width = page.image.shape
    fields = []
    for field in page.fields:
        x, y, wide, tall = rotate_box(field.box, degrees, width, height)
        fields.append(replace(field, box=(x + shift[0], y + shift[1], wide, tall)))
    return Page(rotate_page(page.image, degrees, shift), tuple(fields))


def blur(page: Gray, radius: float) -> Gray:
    """Blurs a page; the radius is about the standard deviation in pixels."""
    return np.asarray(Image.fromarray(page).filter(ImageFilter.GaussianBlur(radius)))


def add_noise(page: Gray, sigma: float, rng: np.random.Generator) -> Gray:
    """Returns the page with Gaussian noise of this standard deviation in grey levels."""
    noisy = page + np.rint(rng.normal(0.0, sigma, page.shape))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def mottle(shape: tuple[int, ...], coarse: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Returns soft clouds, -1 to 1, of about `coarse` pixels on a page of this height and width."""
    height, width = shape
    seeds = rng.integers(0, 256, (height // coarse + 2, width // coarse + 2)).astype(np.uint8)
    clouds = Image.fromarray(seeds).resize((width, height), Image.Resampling.BICUBIC)
    return (np.asarray(clouds, dtype=np.float64) - 128) / 128


def scan_flat(page: Gray, rng: np.random.Generator, specks: int) -> Gray:
    """Returns a 1-bit scan: ragged edges of a threshold, and dark specks of up to 3 pixels each way."""
    flat = np.where(add_noise(blur(page, 0.8), 18, rng) >= 128, 255, 0).astype(np.uint8)
    height, width = page.shape
    for _ in range(specks):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        wide, tall = rng.integers(1, 4, 2)
        flat[y : y + tall, x : x + wide] = 0
    return flat


def scan_grey(page: Gray, rng: np.random.Generator, paper: int, softness: float) -> Gray:
    """Returns a grey scan of 64 levels on uneven paper.

    Args:
        page: The clean page.
        rng: Draws clouds and noise.
        paper: Grey of the blank paper; above 255 it clips to white.
        softness: Radius of the blur in pixels.
    """
    toned = blur(page, softness).astype(np.float64) * (paper - 40) / 255 + 40
    seen = toned + mottle(page.shape, 160, rng) * 2 + rng.normal(0.0, 1.6, page.shape)
    levels: Gray = np.clip(np.rint(seen / 4) * 4, 0, 255).astype(np.uint8)
    return levels


def photograph(page: Gray, rng: np.random.Generator) -> Gray:
    """Returns a photo of the page: soft, darker to one side, a shadow at a corner, sensor noise."""
    height, width = page.shape
    across, down = np.linspace(0.0, 1.0, width)[None, :], np.linspace(0.0, 1.0, height)[:, None]
    light = 1.0 - 0.28 * across - 0.12 * down
    shadow = 1.0 - 0.3 / (1.0 + np.exp(-(across + 0.8 * down - 1.45) * 14))
    paper = blur(page, 1.0).astype(np.float64) * (228 - 48) / 255 + 48
    seen = paper * light * shadow + mottle(page.shape, 60, rng) * 3 + rng.normal(0.0, 5.0, page.shape)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)
