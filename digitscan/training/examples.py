"""Many synthetic strings at once, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitscan.data import Digits, Script
from digitscan.geometry import unknown_geometry
from digitscan.training.candidates import NOISE, PART, string_examples
from digitscan.training.transcriber.strips import Strips, gather_strips, is_learnable, join_strips

_CHUNK = 250
"""Strings that a worker draws at a time; part of what a seed means."""

_KEPT = {NOISE: 0.25, PART: 0.6}
"""Share of the candidates of a class that is kept: there are many more of these than of digits."""


class Examples(NamedTuple):
    """What the classifier learns from.

    Attributes:
        crops: ``(N, 28, 28)`` ``uint8``, 255 for ink.
        geometry: ``(N, len(GEOMETRY))`` ``float16``, what is measured of candidates; all 0 for digits by
            themselves.
        labels: ``(N,)`` ``uint8`` their classes.
    """

    crops: NDArray[np.uint8]
    geometry: NDArray[np.float16]
    labels: NDArray[np.uint8]


class DrawnExamples(NamedTuple):
    """What there is to learn from drawn strings.

    Attributes:
        candidates: Those of all strings, for the classifier.
        strips: The strings as a whole, for the transcriber; without those that it cannot learn from.
    """

    candidates: Examples
    strips: Strips


def digit_examples(digits: Digits) -> Examples:
    """Make examples of digits by themselves."""
    geometry = unknown_geometry(len(digits.labels)).astype(np.float16)
    return Examples(digits.images, geometry, digits.labels)


def join_examples(parts: Sequence[Examples]) -> Examples:
    """Put examples, at least one, behind each other."""
    return Examples(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def draw_examples(script: Script, count: int, seed: int, progress: Callable[[int], None]) -> DrawnExamples:
    """Draw strings and keep their candidates and strips.

    Args:
        script: What the strings are written and printed with.
        count: Strings to draw.
        seed: The same seed draws the same strings, on any number of cores.
        progress: Called with the number of strings that have become ready.

    Returns:
        What there is to learn from them.
    """
    sizes = [min(_CHUNK, count - start) for start in range(0, count, _CHUNK)]
    seeds = np.random.SeedSequence(seed).generate_state(len(sizes)).tolist()
    context = multiprocessing.get_context("spawn")
    parts = []
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=_start, initargs=(script,)) as pool:
        for size, part in zip(sizes, pool.map(_draw, sizes, seeds), strict=True):
            parts.append(part)
            progress(size)
    candidates = [part.candidates for part in parts]
    return DrawnExamples(
        join_examples(candidates),
        join_strips([part.strips for part in parts]),
    )


_script: Script


def _start(script: Script) -> None:
    """Keep the script in a worker, so that it travels once."""
    global _script
    _script = script
    import cv2

    cv2.setNumThreads(1)


def _draw(count: int, seed: int) -> DrawnExamples:
    rng = np.random.default_rng([seed, 1])
    examples: list[Examples] = []
    strips, texts = [], []
    for example in string_examples(_script, count, seed):
        share = np.array([_KEPT.get(int(label), 1.0) for label in example.classes])
        kept = rng.random(len(share)) < share
        examples.append(
            Examples(
                (example.crops[kept] * 255).round().astype(np.uint8),
                example.geometry[kept].astype(np.float16),
                example.classes[kept].astype(np.uint8),
            )
        )
        if is_learnable(example.strip, example.text):
            strips.append(example.strip)
            texts.append(example.text)
    return DrawnExamples(join_examples(examples), gather_strips(strips, texts))
