"""Strips that are learnt from: all of them once an epoch, varied, with a frame for each digit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.strips import HEIGHT
from digitscan.training.transcriber.batches import STRIPS, strip_batches
from digitscan.training.transcriber.strips import (
    Strips,
    gather_strips,
    is_learnable,
    join_strips,
    least_width,
)
from digitscan.training.transcriber.vary import vary_strip

COUNT = 150

Batch = tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]


def bar(width: int, ink: int) -> NDArray[np.uint8]:
    picture = np.zeros((HEIGHT, width), np.uint8)
    picture[6:26, 8:-8] = ink
    return picture


@pytest.fixture(scope="module")
def strips() -> Strips:
    """Texts are numbers; those of even ones are black, of odd ones grey, and 0 is called nothing."""
    widths = np.random.default_rng(0).integers(40, 200, COUNT).tolist()
    pictures = [bar(width, 100 if i % 2 else 255) for i, width in enumerate(widths)]
    return gather_strips(pictures, ["", *map(str, range(1, COUNT))])


def stream(strips: Strips, first: int, epochs: int) -> list[Batch]:
    return [
        (taken.numpy(), digits.numpy(), frames.numpy())
        for taken, (digits, frames) in strip_batches(strips, seed=7, first=first, epochs=epochs)
    ]


def texts_of(batch: Batch) -> list[str]:
    return ["".join(str(digit) for digit in row if digit < 10) for row in batch[1]]


def test_every_strip_once_an_epoch_with_its_text(strips: Strips) -> None:
    batches = stream(strips, 0, 2)
    sizes = sorted(len(frames) for _, _, frames in batches)
    assert sizes == 2 * [COUNT % STRIPS] + 4 * [STRIPS]
    for epoch in (batches[:3], batches[3:]):
        texts = [text for batch in epoch for text in texts_of(batch)]
        assert sorted(texts) == sorted(strips.texts.tolist())
    for batch in batches:
        assert batch[0].dtype == np.float32 and batch[0].max() <= 1
        for strip, text in zip(batch[0], texts_of(batch), strict=True):
            assert (np.median(strip[strip > 0.1]) < 0.7) == (int(text or 0) % 2 == 1)


def test_batches_hold_strips_of_similar_widths(strips: Strips) -> None:
    spread = np.mean([np.ptp(frames) for _, _, frames in stream(strips, 0, 1)])
    assert spread < 0.7 * np.ptp(strips.widths) / 2


def test_an_epoch_is_the_same_wherever_the_stream_begins(strips: Strips) -> None:
    whole, rest = stream(strips, 0, 3), stream(strips, 2, 3)
    assert len(rest) == len(whole) // 3
    for one, other in zip(whole[-len(rest) :], rest, strict=True):
        assert all(np.array_equal(array, same) for array, same in zip(one, other, strict=True))


def test_strips_are_varied_anew_in_each_epoch(strips: Strips) -> None:
    one = gather_strips([bar(80, 255)], ["8"])
    first, second = stream(one, 0, 2)
    assert not np.array_equal(first[0], second[0])
    assert np.array_equal(one.pictures, bar(80, 255))  # the strip itself stays


def test_varied_strips_are_about_what_they_were() -> None:
    rng, picture = np.random.default_rng(0), bar(80, 255)
    varied = [vary_strip(picture, 0, rng) for _ in range(300)]
    widths = np.array([one.shape[1] for one in varied])
    assert {one.shape[0] for one in varied} == {HEIGHT} and len({*widths.tolist()}) > 20
    assert 78 < widths.mean() < 88 and widths.min() > 50 and widths.max() < 125
    shares = np.array([(one > 127).mean() for one in varied]) / (picture > 127).mean()
    assert 0.9 < shares.mean() < 1.1 and shares.min() > 0.6


def test_a_frame_for_each_digit_is_left() -> None:
    narrow, text = bar(least_width("11111111"), 255), "11111111"
    assert is_learnable(narrow, text)
    for _, _, frames in stream(gather_strips([narrow] * 100, [text] * 100), 0, 1):
        assert frames.min() >= len(text) + sum(one == other for one, other in pairwise(text))


@pytest.mark.parametrize(
    ("width", "text", "learnable"),
    [(16, "", True), (300, "", True), (301, "12", False), (16, "12345678", True), (28, "11111111", False)],
)
def test_which_strips_are_learnt_from(width: int, text: str, learnable: bool) -> None:
    assert is_learnable(np.zeros((HEIGHT, width), np.uint8), text) is learnable


def test_strips_put_together_come_apart_again(strips: Strips) -> None:
    empty = gather_strips([], [])
    joined = join_strips([strips, empty, gather_strips([bar(33, 9)], ["12345678"])])
    assert joined.texts.tolist() == [*strips.texts.tolist(), "12345678"]
    for one, other in zip(joined.each(), [*strips.each(), bar(33, 9)], strict=True):
        assert np.array_equal(one, other)
    assert empty.each() == []
