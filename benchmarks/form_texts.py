"""Numbers that people write into forms, each obeying what its field asks for."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from stdnum import damm, luhn

Rng = np.random.Generator

FIRST_DAY = date(1930, 1, 1)


def make_number(least: int, most: int, rng: Rng) -> str:
    """Make a number of ``least`` to ``most`` digits; the first may be 0."""
    return "".join(map(str, rng.integers(0, 10, rng.integers(least, most, endpoint=True))))


def make_card(rng: Rng) -> str:
    """Make a card number of 16 digits, right by Luhn's check."""
    number = "4" + make_number(14, 14, rng)
    return number + luhn.calc_check_digit(number)


def make_account(rng: Rng) -> str:
    """Make an account number of 10 digits, right by Damm's check."""
    number = make_number(9, 9, rng)
    return number + damm.calc_check_digit(number)


def make_date(rng: Rng) -> str:
    """Make a day of the 90 years from 1930 on, as DDMMYYYY."""
    return f"{FIRST_DAY + timedelta(days=int(rng.integers(90 * 365))):%d%m%Y}"


def make_between(least: int, most: int, rng: Rng) -> str:
    """Make a number from ``least`` to ``most``, without leading zeros."""
    return str(rng.integers(least, most, endpoint=True))
