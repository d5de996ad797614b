from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, product, zip_longest
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitscan import weighing
from digitscan.components import find_components
from digitscan.constraints import Constraints
from digitscan.decoding import BEAM, OBEYING, Paths, Reading, find_paths, join_cells
from digitscan.geometry import unknown_geometry
from digitscan.segmentation import Candidate, Segmentation
from digitscan.weighing import Classes, Place, weigh_candidates

from .drawing import arbitrary

FULL = Classes(noise=10, part=11)
DIGITS_ALONE = Classes()
INK = np.full((4, 4), 255, np.uint8)
NO_INK = find_components(np.zeros((1, 1), np.uint8))


def lattice_of(pieces: int, candidates: tuple[Candidate, ...], digit_height: float) -> Segmentation:
    return Segmentation(pieces, candidates, digit_height, unknown_geometry(len(candidates)), NO_INK)


def candidate(start: int, stop: int, height: float = 20.0) -> Candidate:
    return Candidate(start, stop, (10.0 * start, 0.0, 8.0, height), INK)


def row(likely: dict[int, float], noise: float = 0.0, part: float = 0.0) -> list[float]:
    """A classifier's output for one candidate."""
    return [*(likely.get(digit, 0.0) for digit in range(10)), noise, part]


def table(*rows: list[float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 12)


def paths_of(
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    most_digits: int | None = None,
    height: float | None = None,
) -> Paths:
    (paths,) = find_paths(weigh_candidates([lattice], [probabilities], classes, [height]), [most_digits])
    return paths


def decode(
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    *,
    most_digits: int | None = None,
    height: float | None = None,
    constraints: Constraints | None = None,
) -> list[Reading]:
    return paths_of(lattice, probabilities, classes, most_digits, height).readings(constraints)


def brute_force(
    lattice: Segmentation,
    probabilities: NDArray[np.float32],
    classes: Classes,
    most_digits: int | None,
    height: float | None,
) -> dict[str, float]:
    """Probability of each string: the weights of all its paths, walked one by one, by those of all paths."""
    usual = height or lattice.digit_height
    least = weighing._LEAST
    sums: dict[str, float] = defaultdict(float)

    def walk(piece: int, text: str, weight: float) -> None:
        if piece == lattice.pieces:
            sums[text] += weight
            return
        for one, columns in zip(lattice.candidates, probabilities.astype(float), strict=True):
            if one.start != piece:
                continue
            if classes.part is not None:
                doubt = columns[classes.part]
            else:
                doubt = 0.3 if one.stop - one.start > 1 else 0.1
            whole = max(doubt, least) ** -weighing._EVIDENCE
            ratio = one.box[3] / usual
            if one.stop == one.start + 1:
                noise = columns[classes.noise] if classes.noise is not None else 0.05
                low = exp(-0.5 * (ratio / weighing._NOISE_HEIGHT) ** 2)
                walk(one.stop, text, weight * max(noise, least) * whole * low)
            if most_digits is not None and len(text) == most_digits:
                continue
            like = exp(-0.5 * (log(ratio) / weighing._HEIGHT_SPREAD) ** 2)
            best = max(range(10), key=lambda digit: (columns[digit], -digit))
            for digit in range(10):
                if columns[digit] > 1e-3 or digit == best:
                    walk(one.stop, text + str(digit), weight * max(columns[digit], least) * whole * like)

    walk(0, "", 1.0)
    everything = sum(sums.values())
    return {text: weight / everything for text, weight in sums.items()}


@st.composite
def lattices(
    draw: st.DrawFn, most_pieces: int, most_classes: int
) -> tuple[Segmentation, NDArray[np.float32], float | None]:
    """Small lattices, and what a classifier might say of their candidates."""
    pieces = draw(st.integers(0, most_pieces))
    heights = st.floats(4, 40)
    candidates = []
    for start in range(pieces):
        candidates.append(candidate(start, start + 1, draw(heights)))
        for stop in range(start + 2, pieces + 1):
            if draw(st.booleans()):
                candidates.append(candidate(start, stop, draw(heights)))
    rows = []
    for _ in candidates:
        names = draw(st.lists(st.integers(0, 9), min_size=1, max_size=most_classes, unique=True))
        weights = [draw(st.integers(1, 50)) for _ in names]
        noise, part = draw(st.integers(0, 50)), draw(st.integers(0, 50) | st.just(90_000))
        whole = sum(weights) + noise + part
        rows.append(
            row(
                {name: w / whole for name, w in zip(names, weights, strict=True)}, noise / whole, part / whole
            )
        )
    lattice = lattice_of(pieces, tuple(candidates), draw(heights) if pieces else 0.0)
    return lattice, table(*rows), draw(st.none() | heights)


UNLIKELY = 1e-4
"""What is less probable may be passed over by the search."""


@arbitrary
@given(lattices(4, 3), st.sampled_from([r"[1-5].*", r"\d*[02468]", r"(\d\d)*", r"7{3}"]), st.integers(1, 4))
def test_all_likely_readings_that_obey_are_found(
    case: tuple[Segmentation, NDArray[np.float32], float | None], pattern: str, most: int
) -> None:
    lattice, probabilities, height = case
    constraints = Constraints(pattern=pattern, max_length=most)
    free = decode(lattice, probabilities, FULL, height=height)
    readings = decode(lattice, probabilities, FULL, height=height, constraints=constraints)
    true = brute_force(lattice, probabilities, FULL, None, height)
    found = {reading.text: reading.probability for reading in readings}
    obeying = sorted((p for text, p in true.items() if constraints.obeyed(text)), reverse=True)
    given = sorted((p for text, p in found.items() if constraints.obeyed(text)), reverse=True)
    both = list(zip_longest(given, obeying, fillvalue=0.0))[:OBEYING]
    assert [one for one, _ in both] == pytest.approx([other for _, other in both], rel=1e-3, abs=UNLIKELY)
    assert {reading.text for reading in free} <= set(found)
    for text, probability in found.items():  # what need not obey comes from a narrower beam
        assert probability <= true[text] * (1 + 1e-3)
        if constraints.obeyed(text):
            assert probability == pytest.approx(true[text], rel=1e-3, abs=UNLIKELY)
    assert [reading.probability for reading in readings] == sorted(found.values(), reverse=True)


def test_an_obeying_string_is_found_that_the_narrow_beam_drops() -> None:
    runs = ((0, 1), (0, 2), (1, 2), (2, 3))
    lattice = lattice_of(3, tuple(candidate(*run, height=4.0) for run in runs), 15.0)
    third = 1 / 3
    probabilities = table(
        row({0: 0.33, 1: 0.35, 2: 0.32}),
        row({0: 1.0}),
        row({0: third, 1: third}, noise=third),
        row({0: 0.5}, noise=0.5),
    )
    free = {r.text: r.probability for r in decode(lattice, probabilities, FULL)}
    ruled = decode(lattice, probabilities, FULL, constraints=Constraints(pattern=r"[1-5].*", max_length=2))
    found = {reading.text: reading.probability for reading in ruled}
    true = brute_force(lattice, probabilities, FULL, None, None)
    assert "20" not in free and true["20"] > min(free.values())
    assert found["20"] == pytest.approx(true["20"], rel=1e-4)


@arbitrary
@given(
    lattices(3, 2),
    st.sampled_from([FULL, DIGITS_ALONE, Classes(noise=10), Classes(part=11)]),
    st.sampled_from([None, 1, 2]),
)
def test_readings_are_those_of_all_paths(
    case: tuple[Segmentation, NDArray[np.float32], float | None], classes: Classes, most_digits: int | None
) -> None:
    """With so few paths nothing is dropped on the way but what is hopeless."""
    lattice, probabilities, height = case
    readings = decode(lattice, probabilities, classes, most_digits=most_digits, height=height)
    true = brute_force(lattice, probabilities, classes, most_digits, height)
    likely = sum(probability > 1e-6 for probability in true.values())
    assert min(BEAM, likely) <= len(readings) <= min(BEAM, len(true))
    found = {reading.text: reading.probability for reading in readings}
    assert len(found) == len(readings)
    for text, probability in found.items():
        assert probability == pytest.approx(true[text], rel=1e-4, abs=1e-9)
    assert [r.probability for r in readings] == sorted(found.values(), reverse=True)
    assert readings[0].probability == pytest.approx(max(true.values()), rel=1e-4)
    assert sum(found.values()) <= 1 + 1e-6
    if len(true) <= BEAM:
        assert sum(found.values()) == pytest.approx(1, abs=1e-6)


@arbitrary
@given(lattices(5, 3), st.sampled_from([None, 1, 3]))
def test_crowded_lattices_never_promise_too_much(
    case: tuple[Segmentation, NDArray[np.float32], float | None], most_digits: int | None
) -> None:
    lattice, probabilities, height = case
    readings = decode(lattice, probabilities, FULL, most_digits=most_digits, height=height)
    true = brute_force(lattice, probabilities, FULL, most_digits, height)
    assert 1 <= len(readings) <= BEAM
    assert sum(reading.probability for reading in readings) <= 1 + 1e-6
    for reading in readings:
        assert reading.probability <= true[reading.text] * (1 + 1e-4) + 1e-9
        assert most_digits is None or len(reading.text) <= most_digits
        assert reading.text == "".join(str(place.digit) for place in reading.places)
        ends = [(place.candidate.start, place.candidate.stop) for place in reading.places]
        assert all(stop <= start for (_, stop), (start, _) in pairwise(ends))


@arbitrary
@given(st.lists(st.tuples(lattices(3, 2), st.sampled_from([None, 1, 2])), max_size=4))
def test_fields_are_read_alone_as_they_are_together(
    cases: list[tuple[tuple[Segmentation, NDArray[np.float32], float | None], int | None]],
) -> None:
    given = [case for case, _ in cases]
    weights = weigh_candidates(
        [lattice for lattice, _, _ in given], [said for _, said, _ in given], FULL, [h for _, _, h in given]
    )
    together = find_paths(weights, [most for _, most in cases])
    for (case, most), paths in zip(cases, together, strict=True):
        alone = decode(*case[:2], FULL, most_digits=most, height=case[2])
        assert [one.text for one in paths.readings()] == [one.text for one in alone]
        found = [one.probability for one in paths.readings()]
        assert found == pytest.approx([one.probability for one in alone])


@arbitrary
@given(lattices(4, 3))
def test_best_path_is_one_of_those_that_read_its_string(
    case: tuple[Segmentation, NDArray[np.float32], float | None],
) -> None:
    lattice, probabilities, height = case
    best = paths_of(lattice, probabilities, FULL, height=height).best()
    true = brute_force(lattice, probabilities, FULL, None, height)
    assert best.text == "".join(str(place.digit) for place in best.places)
    assert best.probability <= true[best.text] * (1 + 1e-4)
    if true[best.text] > 0.5:
        assert best.text == decode(lattice, probabilities, FULL, height=height)[0].text


@pytest.mark.parametrize("most_digits", [None, 1, 5])
def test_empty_lattice_reads_nothing_for_certain(most_digits: int | None) -> None:
    nothing = lattice_of(0, (), 0.0)
    assert decode(nothing, table(), FULL, most_digits=most_digits) == [Reading("", 1.0, ())]


def test_crowd_of_doubtful_specks_is_read_with_no_certainty() -> None:
    """All their paths together weigh more than numbers can tell."""
    count = 900
    specks = lattice_of(count, tuple(candidate(i, i + 1) for i in range(count)), 20.0)
    said = np.repeat(table(row({1: 0.3, 7: 0.3}, noise=0.98, part=0.02)), count, axis=0)
    said[:3] = table(row({4: 1.0}), row({5: 1.0}), row({6: 1e-6}, noise=1.0))
    readings = decode(specks, said, FULL)
    assert len(readings) == BEAM and all(reading.text.startswith("45") for reading in readings)
    assert all(0 <= reading.probability < 1e-6 for reading in readings)


def test_clear_digits_are_read() -> None:
    lattice = lattice_of(2, (candidate(0, 1), candidate(0, 2), candidate(1, 2)), 20.0)
    said = table(row({4: 0.97, 9: 0.02}, part=0.01), row({0: 0.1}, part=0.9), row({2: 0.98}, part=0.01))
    best = decode(lattice, said, FULL)[0]
    assert best.text == "42"
    assert best.probability > 0.9
    first, second = best.places
    assert (first.digit, first.candidate, second.candidate) == (
        4,
        lattice.candidates[0],
        lattice.candidates[2],
    )
    assert first.probability == pytest.approx(0.97)


def test_parts_are_read_as_one_digit() -> None:
    lattice = lattice_of(2, (candidate(0, 1, 12), candidate(0, 2), candidate(1, 2, 10)), 20.0)
    said = table(row({5: 0.2}, part=0.8), row({5: 0.98}, part=0.01), row({7: 0.3}, noise=0.4, part=0.3))
    best = decode(lattice, said, FULL)[0]
    assert (best.text, best.places[0].candidate) == ("5", lattice.candidates[1])


def test_low_noise_is_passed_over() -> None:
    lattice = lattice_of(3, (candidate(0, 1), candidate(1, 2, 3), candidate(2, 3)), 20.0)
    said = table(row({3: 0.99}, part=0.01), row({1: 0.2}, noise=0.79, part=0.01), row({8: 0.99}, part=0.01))
    assert decode(lattice, said, FULL)[0].text == "38"


def test_known_height_overrules_that_of_the_field() -> None:
    lattice = lattice_of(1, (candidate(0, 1, 5),), 5.0)
    said = table(row({1: 0.5}, noise=0.4, part=0.1))
    assert decode(lattice, said, FULL)[0].text == "1"
    assert decode(lattice, said, FULL, height=40.0)[0].text == ""


def test_cell_holds_one_digit_at_most() -> None:
    lattice = lattice_of(2, (candidate(0, 1), candidate(1, 2)), 20.0)
    said = table(row({4: 0.9}, noise=0.05, part=0.05), row({2: 0.9}, noise=0.05, part=0.05))
    assert decode(lattice, said, FULL)[0].text == "42"
    texts = [reading.text for reading in decode(lattice, said, FULL, most_digits=1)]
    assert sorted(texts) == ["", "2", "4"]


@st.composite
def cells(draw: st.DrawFn) -> list[list[Reading]]:
    """Combs of up to three cells, with up to three readings each."""
    found = []
    for cell in range(draw(st.integers(0, 2))):
        texts = draw(st.lists(st.sampled_from(["", "1", "2", "7"]), min_size=1, max_size=3, unique=True))
        weights = sorted((draw(st.integers(1, 30)) for _ in texts), reverse=True)
        whole = sum(weights) + draw(st.integers(0, 5))
        readings = []
        for text, weight in zip(texts, weights, strict=True):
            places = (Place(int(text), 0.5, candidate(cell, cell + 1)),) if text else ()
            readings.append(Reading(text, weight / whole, places))
        found.append(readings)
    return found


@arbitrary
@given(cells())
def test_comb_joins_its_cells(comb: list[list[Reading]]) -> None:
    true: dict[str, float] = defaultdict(float)
    for choice in product(*comb):
        probability = 1.0
        for reading in choice:
            probability *= reading.probability
        true["".join(reading.text for reading in choice)] += probability
    joined = join_cells(comb)
    assert {reading.text for reading in joined} <= set(true)
    assert len({reading.text for reading in joined}) == len(joined) == min(BEAM, len(true))
    for reading in joined:
        assert reading.probability == pytest.approx(true[reading.text])
        assert reading.text == "".join(str(place.digit) for place in reading.places)
    assert [r.probability for r in joined] == sorted((r.probability for r in joined), reverse=True)


def test_blank_cells_of_a_comb() -> None:
    cell = [Reading("7", 0.95, (Place(7, 0.95, candidate(0, 1)),)), Reading("", 0.05, ())]
    blank = [Reading("", 1.0, ())]
    assert [reading.text for reading in join_cells([blank, cell, blank])] == ["7", ""]
    best = join_cells([cell] * 9)[0]
    assert best.text == "7" * 9
    assert best.probability == pytest.approx(0.95**9)
    assert len(best.places) == 9
