"""The stream of batches: every example once an epoch, and nothing depends on where the stream begins."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitscan.geometry import GEOMETRY
from digitscan.options import Augment
from digitscan.training.batches import Variation, batches, vary_geometry
from digitscan.training.examples import Examples

STROKE = GEOMETRY.index("stroke")
COUNT = 5000
"""More than are made at once."""

Batches = list[tuple[NDArray[np.float32], NDArray[np.uint8]]]


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Crops whose corner tells which they are, as does their geometry."""
    crops = np.zeros((COUNT, 28, 28), np.uint8)
    crops[:, 10:18, 12:15] = 255
    crops[:, 0, 0], crops[:, 0, 1] = np.divmod(np.arange(COUNT), 256)
    geometry = np.repeat(np.arange(COUNT, dtype=np.float16)[:, None], len(GEOMETRY), axis=1)
    return Examples(crops, geometry, (np.arange(COUNT) % 10).astype(np.uint8))


def stream(examples: Examples, variation: Variation, batch_size: int, first: int, epochs: int) -> Batches:
    return [
        (crops.numpy(), labels.numpy())
        for crops, _, labels in batches(
            examples, variation, batch_size=batch_size, seed=7, first=first, epochs=epochs
        )
    ]


def numbered(crops: NDArray[np.float32]) -> NDArray[np.int_]:
    return np.round(crops[:, 0, 0] * 255 * 256 + crops[:, 0, 1] * 255).astype(int)


def numbers(stream: Batches) -> list[int]:
    """Which examples they are."""
    crops = np.concatenate([crops for crops, _ in stream])
    return numbered(crops).tolist()


@pytest.mark.parametrize("batch_size", [32, 1000, 4999, 6000])
def test_every_example_once_an_epoch_in_another_order(examples: Examples, batch_size: int) -> None:
    steps = -(-COUNT // batch_size)
    given = stream(examples, Variation(COUNT, Augment.NONE), batch_size, 0, 2)
    assert len(given) == 2 * steps
    sizes = [len(labels) for _, labels in given]
    assert sizes == 2 * (
        [batch_size] * (COUNT // batch_size) + [COUNT % batch_size] * (COUNT % batch_size > 0)
    )
    first, second = numbers(given[:steps]), numbers(given[steps:])
    assert sorted(first) == sorted(second) == list(range(COUNT))
    assert first != second
    labels = np.concatenate([labels for _, labels in given])
    assert labels.tolist() == [number % 10 for number in first + second]
    assert max(crops.max() for crops, _ in given) == 1.0


def test_geometry_stays_beside_its_crop(examples: Examples) -> None:
    variation = Variation(COUNT, Augment.NONE)
    for crops, geometry, _ in batches(examples, variation, batch_size=1000, seed=7, first=0, epochs=1):
        assert geometry.shape == (len(crops), len(GEOMETRY))
        known = geometry.numpy()[:, 0] > 0
        assert known.sum() > 0
        own = numbered(crops.numpy())[known]
        assert np.array_equal(geometry.numpy()[known, STROKE], own.astype(np.float16))


def test_an_epoch_is_the_same_wherever_the_stream_begins(examples: Examples) -> None:
    variation = Variation(COUNT, Augment.ELASTIC)
    whole, rest = stream(examples, variation, 64, 0, 3), stream(examples, variation, 64, 2, 3)
    assert len(rest) == len(whole) // 3
    for (crops, labels), (others, their) in zip(whole[-len(rest) :], rest, strict=True):
        assert np.array_equal(crops, others) and np.array_equal(labels, their)


def test_digits_are_varied_anew_in_each_epoch(examples: Examples) -> None:
    one = Examples(examples.crops[:1], examples.geometry[:1], examples.labels[:1])
    first, second = stream(one, Variation(1, Augment.AFFINE), 1, 0, 2)
    assert not np.array_equal(first[0], second[0])
    assert np.array_equal(one.crops, examples.crops[:1])  # the examples themselves stay


def test_geometry_is_varied_as_by_another_height_and_line() -> None:
    values = np.linspace(0.3, 1.0, len(GEOMETRY), dtype=np.float16)
    values[0] = 1
    geometry = np.tile(values, (4000, 1))
    geometry[3000:] = 0
    varied = vary_geometry(geometry, np.random.default_rng(0))
    assert varied.dtype == np.float32
    assert not varied[3000:].any()  # of digits by themselves nothing is known
    known = varied[:3000, 0] == 1
    assert 0.45 < known.mean() < 0.55 and not varied[:3000][~known].any()
    change = (varied[:3000][known] - values).T
    of = dict(zip(GEOMETRY, change, strict=True))
    for name in ("known", "joins", "several", "stroke"):
        assert not of[name].any()
    for name in set(GEOMETRY) - {"known", "joins", "several", "stroke"}:
        assert abs(of[name].mean()) < 0.15 and 0.08 < of[name].std() < 0.5
    assert np.corrcoef(of["height"], of["width"])[0, 1] > 0.5
    assert np.corrcoef(of["above"], of["below"])[0, 1] < -0.1
    assert np.array_equal(geometry[:3000], np.tile(values, (3000, 1)))  # the examples themselves stay
