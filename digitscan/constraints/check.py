"""Check digits: numbers that can be told from most of those that were misread, by python-stdnum."""

from __future__ import annotations

import importlib
import random
from functools import cache
from types import ModuleType

_LENGTHS = range(2, 31)
"""Lengths of the numbers that are tried to find out whether a check takes digits."""

_TRIES = 2000
"""Numbers of each length that are tried; one in some hundred has the right check digits and parts."""


def keeps_check(name: str, text: str) -> bool:
    """Whether a number has the right check digits.

    Args:
        name: A module of python-stdnum: ``luhn``, ``iso7064.mod_97_10``, ``nl.bsn`` ...
        text: Digits.

    Raises:
        ValueError: There is no such check, or it needs letters.

    >>> keeps_check("luhn", "79927398713"), keeps_check("luhn", "79927398710")
    (True, False)
    """
    return _is_valid(find_check(name), text)


@cache
def find_check(name: str) -> ModuleType:
    """Import the module of a check.

    Args:
        name: As ``keeps_check`` takes it.

    Raises:
        ValueError: There is no such check, or it needs letters.
    """
    unknown = (
        f"check: {name!r} is no module of python-stdnum with check digits, as luhn or iso7064.mod_97_10 is"
    )
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(unknown)
    try:
        module = importlib.import_module(f"stdnum.{name}")
    except ImportError as error:
        raise ValueError(unknown) from error
    if not hasattr(module, "is_valid"):
        raise ValueError(unknown)
    rng = random.Random(0)
    tried = ("".join(rng.choices("0123456789", k=length)) for _ in range(_TRIES) for length in _LENGTHS)
    if not any(_is_valid(module, number) for number in tried):
        raise ValueError(f"check: {name!r} is for numbers with letters; a field holds digits alone")
    return module


def _is_valid(module: ModuleType, number: str) -> bool:
    try:
        return bool(module.is_valid(number))
    except Exception:  # some modules look a part up and do not find it
        return False
