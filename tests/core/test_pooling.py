"""The classifier's and the transcriber's readings of a field made one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.components import find_components
from digitscan.constraints import Constraints
from digitscan.ctc import BLANK, string_probabilities
from digitscan.decoding import BEAM, Reading, find_paths
from digitscan.geometry import unknown_geometry
from digitscan.pooling import Read, pool
from digitscan.segmentation import Candidate, Segmentation
from digitscan.texts import TextWeights
from digitscan.weighing import Classes, Weights, weigh_candidates

CLASSES = Classes(noise=10, part=11)
INK = np.full((4, 4), 255, np.uint8)
NO_INK = find_components(np.zeros((1, 1), np.uint8))


def lattice(pieces: int) -> Segmentation:
    """So many pieces, each a candidate by itself."""
    candidates = [Candidate(i, i + 1, (10.0 * i, 0.0, 8.0, 20.0), INK) for i in range(pieces)]
    return Segmentation(pieces, tuple(candidates), 20.0, unknown_geometry(len(candidates)), NO_INK)


def judged(*shares: dict[int, float]) -> NDArray[np.float32]:
    """The classifier's output, what is left over given to the noise."""
    rows = np.zeros((len(shares), 12), np.float32)
    for row, share in zip(rows, shares, strict=True):
        for digit, probability in share.items():
            row[digit] = probability
        row[10] = 1 - row.sum() - 1e-3
        row[11] = 1e-3
    return rows


def heard(*shares: dict[int, float]) -> NDArray[np.float32]:
    """The transcriber's output: a frame for each digit with a blank behind it."""
    rows = np.full((2 * len(shares), BLANK + 1), 1e-6)
    for i, share in enumerate(shares):
        for digit, probability in share.items():
            rows[2 * i, digit] = probability
    rows[:, BLANK] = 1 - rows[:, :BLANK].sum(axis=1)
    return np.log(rows).astype(np.float32)


def weigh(field: Segmentation, seen: NDArray[np.float32]) -> Weights:
    (weights,) = weigh_candidates([field], [seen], CLASSES, [None])
    return weights


def decode(weights: Weights) -> list[Reading]:
    (paths,) = find_paths([weights], [None])
    return paths.readings()


def read(field: Segmentation, seen: NDArray[np.float32], looks: NDArray[np.float32]) -> Read:
    """What both networks read in a field."""
    weights = weigh(field, seen)
    return Read(decode(weights), weights, looks)


def pooled(
    seen: NDArray[np.float32], one: NDArray[np.float32], other: NDArray[np.float32] | None = None
) -> list[tuple[str, float]]:
    """Texts and probabilities of a field; both looks see the same without another."""
    looks = np.stack([one, one if other is None else other])
    (readings,) = pool([read(lattice(len(seen)), seen, looks)])
    return [(reading.text, reading.probability) for reading in readings]


def test_each_network_settles_what_the_other_doubts() -> None:
    seen = judged({1: 0.5, 7: 0.4}, {4: 0.9})
    frames = heard({1: 0.1, 7: 0.8}, {4: 0.45, 9: 0.5})
    assert decode(weigh(lattice(2), seen))[0].text == "14"
    (text, probability), *_ = pooled(seen, frames)
    assert text == "74"
    assert probability > 0.5


@pytest.mark.parametrize("other", [{3: 1e-5, 5: 0.99}, {2: 0.9}], ids=["both looks", "one look"])
def test_string_that_only_the_transcriber_thinks_of_is_found(other: dict[int, float]) -> None:
    seen = judged({3: 0.97, 5: 2e-4})
    assert "5" not in [reading.text for reading in decode(weigh(lattice(1), seen))]
    looks = heard({3: 1e-5, 5: 0.99}), heard(other)
    for ordered in (looks, looks[::-1]):
        assert "5" in [text for text, _ in pooled(seen, *ordered)]
    assert pooled(seen, looks[0])[0][0] == "5"


def test_probabilities_are_products_that_sum_to_that_of_what_was_found() -> None:
    seen = judged({1: 0.6, 7: 0.3}, {0: 0.7, 6: 0.2})
    looks = heard({1: 0.5, 7: 0.3}, {0: 0.5, 6: 0.4}), heard({1: 0.2, 7: 0.7}, {0: 0.8, 6: 0.1})
    found = dict(pooled(seen, *looks))
    texts = list(found)
    weighed = TextWeights([weigh(lattice(2), seen)], [texts]).logs
    by_looks = [string_probabilities(frames, texts) for frames in looks]
    shares = [
        np.exp(logs) / np.exp(logs).sum() + astray
        for logs, astray in zip([weighed, *by_looks], (0.02, 0.01, 0.01), strict=True)
    ]
    products = shares[0] * np.sqrt(shares[1] * shares[2])
    of_found = max(np.exp(logs).sum() for logs in by_looks)
    np.testing.assert_allclose(list(found.values()), of_found * products / products.sum(), rtol=2e-3)
    assert len(found) <= BEAM


def test_strings_that_were_not_looked_for_keep_their_share() -> None:
    seen = judged({4: 0.8}, {4: 0.8}, {4: 0.8})
    vague = {4: 0.3} | dict.fromkeys((0, 1, 2, 3, 5, 6, 7, 8, 9), 0.077)
    (best, settled), *_ = pooled(seen, heard(*[{4: 0.98}] * 3))
    found = pooled(seen, heard(*[vague] * 3))
    assert best == found[0][0] == "444"
    assert settled > 0.95 and found[0][1] < 0.75
    assert sum(probability for _, probability in found) < 0.9


def test_network_that_is_wrong_altogether_is_overruled() -> None:
    certain = heard({9: 0.9999}, {0: 0.9999})
    seen = judged({4: 0.6, 9: 1e-5}, {6: 0.9, 0: 0.05})  # by the product alone it could not be 90
    assert pooled(seen, certain)[0][0] == "90"


def test_transcriber_is_followed_where_each_is_sure_of_another_string() -> None:
    sure = 0.9999
    (text, probability), (other, _), *_ = pooled(judged({4: 0.998}, {6: 0.998}), heard({9: sure}, {0: sure}))
    assert (text, other) == ("90", "46")
    assert 0.5 < probability < 0.8


def test_places_are_those_of_the_string() -> None:
    seen = judged({3: 0.9}, {5: 0.02, 8: 0.9}, {6: 0.9})
    field = lattice(3)
    looks = np.stack([heard({3: 0.9}, {5: 0.999, 8: 1e-6}, {6: 0.9})] * 2)
    ((best, *_),) = pool([read(field, seen, looks)])
    assert best.text == "356"
    assert [place.digit for place in best.places] == [3, 5, 6]
    assert [place.candidate for place in best.places] == list(field.candidates)


def test_runners_up_have_places_where_they_are_asked_for() -> None:
    field = read(lattice(1), judged({3: 0.6, 5: 0.3}), np.stack([heard({3: 0.6, 5: 0.3})] * 2))
    obeying = field._replace(constraints=Constraints(pattern="5"))
    for given in (pool([field], all_placed=True), pool([obeying])):
        for reading in given[0]:
            assert "".join(str(place.digit) for place in reading.places) == reading.text


def test_more_digits_than_pieces_are_no_reading() -> None:
    texts = [text for text, _ in pooled(judged({1: 0.9}), heard({1: 0.9}, {1: 0.9}))]
    assert "11" not in texts
    assert texts[0] == "1"


def test_weights_are_those_of_decoding() -> None:
    weights = weigh(lattice(2), judged({1: 0.6, 7: 0.3}, {1: 0.2, 7: 0.7}))
    readings = {reading.text: reading for reading in decode(weights)}
    texts = list(readings)
    weighed = TextWeights([weights], [texts])
    ratios = weighed.logs - np.log([reading.probability for reading in readings.values()])
    np.testing.assert_allclose(ratios, ratios[0], atol=1e-3)
    assert {"", "1", "17", "71"} <= set(texts)
    for number, text in enumerate(texts):
        assert [str(place.digit) for place in weighed.places(number)] == list(text)
    assert weighed.places(texts.index("17")) == readings["17"].places


def test_fields_are_pooled_alone_as_they_are_together() -> None:
    shares = ({4: 0.8, 9: 0.1}, {1: 0.6, 7: 0.3}, {0: 0.9, 6: 0.05}, {5: 0.5, 3: 0.4})
    fields = []
    for count in (2, 4, 1, 3):
        looks = np.stack([heard(*shares[:count]), heard(*shares[:count][::-1])])
        fields.append(read(lattice(count), judged(*shares[:count]), looks))
    for field, together in zip(fields, pool(fields), strict=True):
        (alone,) = pool([field])
        assert [(one.text, one.places) for one in together] == [(one.text, one.places) for one in alone]
        np.testing.assert_allclose([one.probability for one in together], [one.probability for one in alone])
    assert pool([]) == []
