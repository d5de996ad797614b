from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from digitscan.components import find_components
from digitscan.crops import make_crop
from digitscan.cuts import Hand, find_cuts
from digitscan.segmentation import Candidate, Field, Segmentation, Whole, segment, segment_all

from .drawing import Array, Box, arbitrary, canvas, enlarged, ink_box, inked, shared, strays

PAIRS = [(20, 4520), (1520, 4020), (3520, 1020)]
"""Digits that are drawn beside each other."""


def around(lattice: Segmentation, box: Box, slack: float) -> list[Candidate]:
    """The candidates whose box is this one; the grey edge of strokes belongs to a candidate's box."""
    return [candidate for candidate in lattice.candidates if strays(candidate.box, box) <= slack]


def ink_of(candidate: Candidate, shape: tuple[int, int]) -> Array:
    """A candidate's ink on paper of the field's size."""
    x, y, width, height = (round(number) for number in candidate.box)
    density: Array = cv2.resize(candidate.density, (width, height), interpolation=cv2.INTER_AREA)
    density = density[max(0, -y) : shape[0] - y, max(0, -x) : shape[1] - x]
    return canvas(*shape, (density, max(0, x), max(0, y)))


@pytest.mark.parametrize("times", [1, 2, 3, 6])
@pytest.mark.parametrize(("left", "right"), [(0, 1), (6, 9), (3, 8), (7, 2), (1, 1), (5, 4)])
def test_digits_apart_are_candidates(digits: Array, left: int, right: int, times: int) -> None:
    pair = [
        canvas(34 * times, 80 * times, (enlarged(digits[500 * digit + 20], times), x * times, 3 * times))
        for digit, x in ((left, 3), (right, 42))
    ]
    lattice = segment(np.maximum(*pair), (1000.0, 500.0))
    boxes = [ink_box(one) for one in pair]
    found = [
        around(lattice, (x + 1000, y + 500, width, height), max(4, times)) for x, y, width, height in boxes
    ]
    assert found[0] and found[1]
    assert any(one.stop == other.start for one in found[0] for other in found[1])
    assert lattice.digit_height == pytest.approx(np.mean([box[3] for box in boxes]), rel=0.25)


def touching(left: Array, right: Array, overlap: int) -> tuple[Array, Array]:
    """Two digits on one paper, moved together until the ink of both covers so many columns."""
    one = canvas(104, 230, (left, 10, 10))
    for x in range(130, 10, -1):
        other = canvas(104, 230, (right, x, 10))
        if int(((one >= 128) & (other >= 128)).any(axis=0).sum()) >= overlap:
            break
    return one, other


def test_touching_digits_are_cut(digits: Array) -> None:
    """Of four in five pairs, two neighbouring candidates share more than 70 % of the digits' ink."""
    rng = np.random.default_rng(3)
    cut = []
    for i in range(60):
        chosen = digits[rng.integers(len(digits), size=2)]
        one, other = touching(enlarged(chosen[0], 3), enlarged(chosen[1], 3), 1 + i % 3)
        lattice = segment(np.maximum(one, other))
        inks = [ink_of(candidate, (one.shape[0], one.shape[1])) for candidate in lattice.candidates]
        stops = {c.stop for c, ink in zip(lattice.candidates, inks, strict=True) if shared(ink, one) > 0.7}
        starts = {
            c.start for c, ink in zip(lattice.candidates, inks, strict=True) if shared(ink, other) > 0.7
        }
        cut.append(bool(stops & starts))
    assert np.mean(cut) >= 0.8


def share_joined(digits: Array, gap: int, *beside: tuple[Array, int, int]) -> float:
    """Share of broken digits whose crop comes from one candidate."""
    joined = []
    for digit in digits[10::50]:
        broken = canvas(104, 220, (enlarged(digit, 3), 10, 10))
        rows = np.flatnonzero((broken >= 128).any(axis=1))
        middle = int(rows[0] + rows[-1]) // 2
        broken[middle - gap // 2 : middle + gap - gap // 2] = 0
        crop = make_crop(broken)
        lattice = segment(np.maximum(broken, canvas(104, 220, *beside)))
        joined.append(any(np.abs(make_crop(c.density) - crop).mean() < 0.05 for c in lattice.candidates))
    return float(np.mean(joined))


@pytest.mark.parametrize("gap", [2, 4])
def test_broken_digit_is_joined(digits: Array, gap: int) -> None:
    assert share_joined(digits, gap, (enlarged(digits[2222], 3), 115, 10)) >= 0.75


@pytest.mark.parametrize("gap", [2, 4])
def test_broken_digit_by_itself_is_joined(digits: Array, gap: int) -> None:
    assert share_joined(digits, gap) >= 0.75


def test_dust_is_left_out(digits: Array) -> None:
    digit = canvas(130, 240, (enlarged(digits[1600], 4), 10, 8), (enlarged(digits[4700], 4), 120, 8))
    dusty = digit.copy()
    for x, y in ((3, 3), (120, 20), (118, 60), (233, 100), (236, 9)):
        dusty[y : y + 2, x : x + 2] = 255
    clean, found = segment(digit), segment(dusty)
    assert [c.box for c in found.candidates] == [c.box for c in clean.candidates]
    assert found.pieces == clean.pieces > 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (60, 60)])
@pytest.mark.parametrize("level", [0, 1, 127])
def test_paper_has_no_pieces(shape: tuple[int, int], level: int) -> None:
    lattice = segment(np.full(shape, level, np.uint8))
    assert (lattice.pieces, lattice.candidates, lattice.digit_height) == (0, (), 0.0)


def check(lattice: Segmentation, density: Array) -> None:
    """What holds for every lattice."""
    height, width = density.shape
    starts = [candidate.start for candidate in lattice.candidates]
    assert starts == sorted(starts)
    assert {i for i in range(lattice.pieces)} == {
        c.start for c in lattice.candidates if c.stop == c.start + 1
    }
    assert len({(c.start, c.stop) for c in lattice.candidates}) == len(lattice.candidates)
    for candidate in lattice.candidates:
        assert 0 <= candidate.start < candidate.stop <= lattice.pieces
        x, y, across, down = candidate.box
        assert across > 0 and down > 0
        assert x >= -2 and y >= -2 and x + across <= width + 2 and y + down <= height + 2
        assert candidate.density.dtype == np.uint8
        assert candidate.density.any(axis=0).sum() > 0
        scale = candidate.density.shape[0] / down
        assert candidate.density.shape[1] / across == pytest.approx(scale)


@arbitrary
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=80)))
def test_any_ink_gives_a_lattice(density: Array) -> None:
    lattice = segment(density)
    check(lattice, density)
    assert bool(lattice.pieces) == bool(lattice.candidates) == (lattice.digit_height > 0)


@pytest.mark.parametrize("seed", range(12))
def test_any_scribble_gives_a_lattice(digits: Array, seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(1, 81, 2))
    density = rng.choice(np.array([0, 0, 60, 130, 255], np.uint8), (height, width))
    check(segment(density), density)
    crowd = canvas(100, 300, *((enlarged(digits[rng.integers(5000)], 3), 10 + 40 * i, 8) for i in range(5)))
    check(segment(crowd), crowd)


def test_pieces_hold_all_the_ink_once(digits: Array) -> None:
    density = canvas(104, 250, *((enlarged(digits[333 + 900 * i], 3), 5 + 50 * i, 10) for i in range(4)))
    lattice = segment(density)
    seen = np.zeros(density.shape, int)
    for candidate in lattice.candidates:
        if candidate.stop == candidate.start + 1:
            x, y, across, down = candidate.box
            assert candidate.density.shape == (down, across), "digits of this size are not enlarged"
            seen[int(y) : int(y + down), int(x) : int(x + across)] += candidate.density > 0
    assert np.array_equal(seen[inked(density) > 0], np.ones(np.count_nonzero(inked(density)), int))
    assert seen.max() == 1
    assert lattice.pieces >= 4


def test_fields_of_a_page_are_segmented_each_for_itself(digits: Array) -> None:
    pairs = [np.maximum(*touching(enlarged(digits[i], 3), enlarged(digits[j], 3), 4)) for i, j in PAIRS]
    small = cv2.resize(pairs[0], None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    apart = np.concatenate([pairs[1], canvas(104, 100, (enlarged(digits[0], 3), 8, 10))], axis=1)
    components = find_components(apart)
    last = int(components.boxes[:, 0].argmax())
    x, y, width, height = components.boxes[last].tolist()
    seen = np.full(12, 1 / 12, np.float32)
    whole = Whole(apart[y : y + height, x : x + width], (x, y), seen)
    fields = [
        Field(density, (100.0 * i, 7.0), find_components(density), {})
        for i, density in enumerate([*pairs, np.zeros((60, 90), np.uint8), small, 255 - small])
    ]
    fields.append(Field(apart, (0.0, 900.0), components, {last: whole}))
    for field, lattice in zip(fields, segment_all(fields), strict=True):
        alone = segment(*field)
        assert (lattice.pieces, lattice.digit_height) == (alone.pieces, alone.digit_height)
        assert np.array_equal(lattice.geometry, alone.geometry)
        for one, other in zip(lattice.candidates, alone.candidates, strict=True):
            assert one[:3] == other[:3] and np.array_equal(one.density, other.density)
    taken = [candidate for candidate in lattice.candidates if candidate.seen is not None]
    assert [candidate.density.shape for candidate in taken] == [(height, width)]


def peak_of(call: Callable[[], object]) -> int:
    """Most bytes that a call takes for arrays at one time."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_large_digits_are_cut_where_small_ones_are(digits: Array) -> None:
    one, other = (enlarged(digits[500 * digit + 20], 2) for digit in (3, 5))
    pair = np.maximum(canvas(68, 130, (one, 4, 6)), canvas(68, 130, (other, 40, 6)))
    times = 20
    large = cv2.resize(pair, None, fx=times, fy=times, interpolation=cv2.INTER_NEAREST)
    (small_cuts,), (large_cuts,) = (
        find_cuts([ink], [Hand(40 * scale, 6 * scale, 0.0)]) for ink, scale in ((pair, 1), (large, times))
    )
    assert len(small_cuts) and len(large_cuts)
    for cut in large_cuts:
        assert cut.shape == (len(large),)
        assert min(np.abs(cut[::times] / times - small).mean() for small in small_cuts) < 4
    assert peak_of(lambda: find_cuts([large], [Hand(40 * times, 6 * times, 0.0)])) < 60_000_000


def test_many_components_take_little_more_memory_than_few(digits: Array) -> None:
    one, other = (enlarged(digits[500 * digit + 20], 4) for digit in (3, 5))
    pair = np.maximum(canvas(130, 240, (one, 8, 12)), canvas(130, 240, (other, 80, 12)))
    hand = Hand(80, 12, 0.0)
    (alone,) = find_cuts([pair], [hand])
    assert all(np.array_equal(cuts, alone) for cuts in find_cuts([pair] * 50, [hand] * 50))
    few = peak_of(lambda: find_cuts([pair] * 5, [hand] * 5))
    assert peak_of(lambda: find_cuts([pair] * 50, [hand] * 50)) < 2 * few


def test_noise_takes_no_more_memory_than_writing() -> None:
    specks = np.zeros((900, 900), np.uint8)
    specks[::6, ::6] = specks[1::6, ::6] = 255
    assert peak_of(lambda: find_components(specks)) < 30 * specks.size
