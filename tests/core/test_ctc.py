"""Frame by frame probabilities and the strings that they stand for."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from digitscan.ctc import BLANK, field_probabilities, likely_strings, string_probabilities

from .drawing import arbitrary

FEW = (3, 7, BLANK)
"""Digits that the frames of these tests tell apart, so that all paths can be walked."""


def frames_of(shares: NDArray[np.float64]) -> NDArray[np.float32]:
    """Log probabilities from shares of ``FEW``, ``(T, 3)``."""
    rows = np.full((len(shares), BLANK + 1), 1e-12)
    rows[:, FEW] = shares / shares.sum(axis=1, keepdims=True)
    return np.log(rows).astype(np.float32)


def brute_force(frames: NDArray[np.float32]) -> dict[str, float]:
    """Probability of each string: the sum over its paths, walked one by one."""
    sums: dict[str, float] = defaultdict(float)
    for path in product(FEW, repeat=len(frames)):
        chance = float(np.exp(sum(float(row[column]) for row, column in zip(frames, path, strict=True))))
        sums["".join(str(column) for column, _ in groupby(path) if column != BLANK)] += chance
    return sums


@arbitrary
@given(arrays(np.float64, st.tuples(st.integers(1, 5), st.just(3)), elements=st.floats(0.01, 1.0)))
def test_probabilities_and_best_strings_are_those_of_all_paths(shares: NDArray[np.float64]) -> None:
    frames = frames_of(shares)
    sums = brute_force(frames)
    found = np.exp(string_probabilities(frames, list(sums)))
    np.testing.assert_allclose(found, list(sums.values()), atol=1e-6)
    assert sums[likely_strings([frames], 100)[0][0]] == pytest.approx(max(sums.values()))


def test_fields_do_not_change_each_others_probabilities() -> None:
    rng = np.random.default_rng(0)
    fields = [frames_of(rng.uniform(0.01, 1.0, (length, 3))) for length in (1, 30, 7)]
    texts = [["3", ""], ["37", "7373", "377"], []]
    for frames, own, found in zip(fields, texts, field_probabilities(fields, texts), strict=True):
        np.testing.assert_allclose(found, string_probabilities(frames, own), rtol=1e-9)
    assert field_probabilities([], []) == []


@arbitrary
@given(
    arrays(np.float64, st.tuples(st.integers(1, 5), st.just(3)), elements=st.floats(0.01, 1.0)),
    st.sampled_from(["", "3", "37", "777"]),
)
def test_strings_begin_as_they_may(shares: NDArray[np.float64], beginning: str) -> None:
    frames = frames_of(shares)
    (found,) = likely_strings([frames], 100, lambda text: text.startswith(beginning[: len(text)]))
    sums = brute_force(frames)
    whole = [text for text in found if text.startswith(beginning)]
    assert all(beginning.startswith(text) for text in found if text not in whole)
    possible = {text: chance for text, chance in sums.items() if text.startswith(beginning) and chance > 1e-4}
    assert not possible or sums[whole[0]] == pytest.approx(max(possible.values()))


@arbitrary
@given(
    st.lists(
        arrays(np.float64, st.tuples(st.integers(1, 2), st.just(3)), elements=st.floats(0.01, 1.0)),
        min_size=1,
        max_size=3,
    )
)
def test_strings_are_searched_across_sure_blanks(runs: list[NDArray[np.float64]]) -> None:
    """Those of all runs joined are those of all paths through all frames."""
    blank = np.array([[1e-6, 1e-6, 1.0]])
    sums = brute_force(frames := frames_of(np.concatenate([part for run in runs for part in (run, blank)])))
    (found,) = likely_strings([frames], 100)
    best = sorted((chance for chance in sums.values() if chance > 1e-3), reverse=True)
    np.testing.assert_allclose([sums[text] for text in found[: len(best)]], best, rtol=1e-3)


def test_strings_of_several_fields() -> None:
    rng = np.random.default_rng(1)
    fields = [frames_of(rng.uniform(0.01, 1.0, (length, 3))) for length in (4, 1, 9)]
    empty = np.zeros((0, BLANK + 1), np.float32)
    assert likely_strings([*fields, empty], 5) == [*(likely_strings([one], 5)[0] for one in fields), [""]]
    assert likely_strings([], 5) == []


def test_string_longer_than_the_frames_is_impossible() -> None:
    frames = frames_of(np.ones((3, 3)))
    assert string_probabilities(frames, ["3737", "33"]).tolist()[0] == -np.inf
    assert string_probabilities(frames, ["33"])[0] > -np.inf  # with the blank that it needs between


def test_no_strings_have_no_probabilities() -> None:
    assert string_probabilities(frames_of(np.ones((3, 3))), []).shape == (0,)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(60, 400))
def test_long_strips_neither_overflow_nor_vanish(seed: int, length: int) -> None:
    rows = np.random.default_rng(seed).dirichlet([*[0.02] * 10, 1.0], length)
    frames = np.log(np.maximum(rows, 1e-9)).astype(np.float32)
    (texts,) = likely_strings([frames], 8)
    assert np.isfinite(string_probabilities(frames, texts)).all()
    assert len(set(texts)) == len(texts) <= 8


def test_certain_frames_read_as_they_say() -> None:
    path = [BLANK, 5, 5, BLANK, 5, 0, 0, BLANK, BLANK]
    frames = np.full((len(path), BLANK + 1), np.log(1e-4), np.float32)
    frames[np.arange(len(path)), path] = 0.0
    assert likely_strings([frames], 4)[0][0] == "550"
