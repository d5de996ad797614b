"""Spelling: the best strings that the paths through a graph spell, by beam search.

What reads the digits of a field is a path: through the lattice of its pieces, from cell to cell of a comb, or
through the frames of a strip. The weight of a path is the product of its steps', that of a string the sum of
those of all paths that spell it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitscan.weighing import Place

Step = tuple[int, float, str, "tuple[Place, ...]"]
"""A step: the state that it leads to, its weight, what it spells, and the digits of that."""

Spelt = tuple[float, str, "tuple[Place, ...]"]
"""A string: the weight of all its paths, its text, and the digits of its best path."""

_Chain = tuple["_Chain", "tuple[Place, ...]"] | None
"""The digits of a path, each step's after those before it."""

_Prefix = tuple[float, float, str, _Chain]
"""A string so far: the weight of all its paths and of the best one, its text, and the digits of that path."""

_weight = itemgetter(0)


def spell(
    steps: Sequence[Sequence[Step]],
    width: int,
    *,
    hopeless: float = 0.0,
    allowed: Callable[[str], bool] | None = None,
) -> list[Spelt]:
    """Search for the best strings that paths from the first state to the last spell.

    Args:
        steps: The steps from each state but the last, all to later ones.
        width: Strings kept at each state.
        hopeless: Paths that weigh less are not gone on with.
        allowed: Whether a string may begin so; None when all may.

    Returns:
        Up to ``width`` strings, the heaviest first, each once.

    >>> steps = [[(1, 0.75, "3", ()), (1, 0.25, "8", ())], [(2, 1.0, "1", ())]]
    >>> spell(steps, 2)
    [(0.75, '31', ()), (0.25, '81', ())]
    """
    reached: list[dict[str, _Prefix]] = [{} for _ in range(len(steps) + 1)]
    reached[0][""] = (1.0, 1.0, "", None)
    for here, following in zip(reached, steps, strict=False):
        kept = _heaviest(here, width)
        for state, share, more, places in following:
            there = reached[state]
            for before, best, text, chain in kept:
                weight = before * share
                if weight < hopeless:
                    break
                longer = text + more
                if allowed is not None and not allowed(longer):
                    continue
                best *= share
                known = there.get(longer)
                if known is None:
                    there[longer] = (weight, best, longer, (chain, places) if places else chain)
                elif best > known[1]:
                    there[longer] = (known[0] + weight, best, longer, (chain, places) if places else chain)
                else:
                    there[longer] = (known[0] + weight, *known[1:])
    return [(weight, text, _places(chain)) for weight, _, text, chain in _heaviest(reached[-1], width)]


def _heaviest(spelt: dict[str, _Prefix], width: int) -> list[_Prefix]:
    """The strings at a state that are kept, the heaviest first."""
    return sorted(spelt.values(), key=_weight, reverse=True)[:width]


def _places(chain: _Chain) -> tuple[Place, ...]:
    """The digits of a path from the first on."""
    found: list[Place] = []
    while chain is not None:
        chain, places = chain
        found += reversed(places)
    return tuple(reversed(found))
