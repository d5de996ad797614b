"""What printers, pens, paper and scanners make of the strings of ``strings.py``."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from measuring import INK, PAPER
from numpy.typing import NDArray
from robustness import find_middle
from string_writing import Ink, Mark, Rng, Trait, measure_pen

FINE = 4
"""Strings of low resolution are drawn this many times as large, and reduced by the mean over each pixel."""


def paste(marks: Sequence[Mark], margin: int) -> tuple[Ink, int]:
    """Put marks together.

    Args:
        marks: Each where it was placed.
        margin: Pixels of paper around them.

    Returns:
        All ink, and the row of its top.
    """
    left, top = min(mark.x for mark in marks) - margin, min(mark.y for mark in marks) - margin
    right = max(mark.x + mark.ink.shape[1] for mark in marks) + margin
    bottom = max(mark.y + len(mark.ink) for mark in marks) + margin
    sheet = np.zeros((bottom - top, right - left), np.float32)
    for x, y, ink in marks:
        place = sheet[y - top : y - top + len(ink), x - left : x - left + ink.shape[1]]
        np.maximum(place, ink, out=place)
    return sheet, top


def scan(marks: Sequence[Mark], height: int, length: int, traits: set[Trait], rng: Rng) -> NDArray[np.uint8]:
    """Bring what is written on paper, and scan it.

    Args:
        marks: All of it.
        height: Usual height of a digit.
        length: Number of digits.
        traits: Of the string.
        rng: Of all that is random.

    Returns:
        The grey picture.
    """
    margin = round(height * rng.uniform(0.35, 0.6))
    ink, top = paste(marks, margin)
    sheet = np.full(ink.shape, PAPER, np.float32)
    level = float(INK)
    if Trait.TEXTURED in traits:
        sheet = draw_paper(sheet.shape, height, rng)
    if Trait.COMB in traits:
        comb = draw_comb(ink.shape, 2 * height - top, margin, length, height, rng)
        sheet -= comb * (sheet - rng.uniform(60, 130))
    if Trait.PENCIL in traits:
        ink, level = draw_in_pencil(ink, height, rng), rng.uniform(110, 140)
    if Trait.BROKEN in traits:
        ink = break_strokes(ink, height, rng)
    sheet -= ink * (sheet - np.minimum(sheet, level))
    if Trait.LOW in traits:
        sheet = cv2.resize(sheet, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)
    noise = 8 if Trait.TEXTURED in traits else 3
    sheet = cv2.GaussianBlur(sheet, (0, 0), 0.5) + noise * rng.standard_normal(sheet.shape)
    return np.clip(np.round(sheet), 0, 255).astype(np.uint8)


def draw_paper(shape: tuple[int, ...], height: int, rng: Rng) -> NDArray[np.float32]:
    """Draw paper with two families of fine wavy lines, as cheques have, under light from one side."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / height
    paper = np.full(shape, PAPER, np.float32)
    for _ in range(2):
        direction, start = rng.uniform(0, 2 * np.pi, 2)
        along = x * np.cos(direction) + y * np.sin(direction)
        across = y * np.cos(direction) - x * np.sin(direction)
        period, bend = rng.uniform(0.15, 0.3), rng.uniform(0.05, 0.2)
        waves = 0.5 + 0.5 * np.sin(2 * np.pi * (across + bend * np.sin(3 * along + start)) / period)
        paper -= rng.uniform(20, 45) * waves**3
    direction = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(direction) + y * np.sin(direction)
    return np.asarray(paper * (1 - 0.35 * (along - along.min()) / np.ptp(along)), np.float32)


def draw_comb(shape: tuple[int, ...], floor: int, margin: int, cells: int, height: int, rng: Rng) -> Ink:
    """Print a comb of cells as wide as the writing allows; digits stand on its floor, some across its sides.

    Args:
        shape: Of the sheet.
        floor: The row that the digits stand on.
        margin: Columns of paper left and right of them.
        cells: How many.
        height: Usual height of a digit.
        rng: Of the lines: their thickness, how high the sides are, and whether there is a ceiling.
    """
    pen = max(1, round(height * rng.uniform(0.025, 0.045)))
    left, right = round(margin * 0.6), shape[1] - 1 - round(margin * 0.6)
    share = rng.choice((0.3, 0.5, 1.25))
    ceiling = floor - round(share * height)
    comb = np.zeros(shape, np.uint8)
    cv2.line(comb, (left, floor), (right, floor), 255, pen)
    for x in np.linspace(left, right, cells + 1).round().astype(int).tolist():
        cv2.line(comb, (x, floor), (x, ceiling), 255, pen)
    if share > 1:
        cv2.line(comb, (left, ceiling), (right, ceiling), 255, pen)
    return np.asarray(comb / 255, np.float32)


def draw_in_pencil(ink: Ink, height: int, rng: Rng) -> Ink:
    """Write the same with a fine pencil on paper that takes it in grains."""
    width = max(2, round(0.075 * height))
    nib = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    fine = cv2.dilate(find_middle(ink > 0.5).astype(np.float32), nib)
    blots = cv2.erode(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1)))
    grain = cv2.GaussianBlur(
        rng.standard_normal(ink.shape).astype(np.float32), (0, 0), max(0.5, 0.012 * height)
    )
    return np.asarray(cv2.max(fine, blots) * np.clip(0.85 + 0.25 * grain / grain.std(), 0, 1), np.float32)


def break_strokes(ink: Ink, height: int, rng: Rng) -> Ink:
    """Tear thin gaps into all strokes: rows of the scan that dropped out, or strokes of an eraser."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.5), np.flatnonzero(ink.max(axis=0) > 0.5)
    top, bottom = int(rows[0]), int(rows[-1])
    gaps = np.zeros(ink.shape, np.uint8)
    width = max(2, round(measure_pen(ink) * rng.uniform(0.3, 0.5)))
    if rng.random() < 0.5:
        for share in (rng.uniform(0.15, 0.45), rng.uniform(0.55, 0.85)):
            level = round(top + share * (bottom - top))
            cv2.line(gaps, (0, level), (ink.shape[1], level), 255, width)
    else:
        x = columns[0] + height * rng.uniform(0, 0.4)
        while x < columns[-1]:
            lean = height * rng.uniform(0.35, 0.8) * rng.choice((-1, 1))
            cv2.line(gaps, (round(x - lean), top), (round(x + lean), bottom), 255, width, cv2.LINE_AA)
            x += height * rng.uniform(0.5, 0.9)
    return np.asarray(ink * (1 - gaps.astype(np.float32) / 255), np.float32)
