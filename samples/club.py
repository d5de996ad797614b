"""The form of a rowing club, A5 at 200 dpi: what is printed on it, what people write in it, and its scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from forms import draw_fields, print_words, rule_line
from paper import Field, Page, Style, blank_page
from scanning import scan_flat, scan_grey, skew
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

WIDTH, HEIGHT = 1165, 1654
STYLE = Style(digit=42, rule=3, label=25, gap=4, ink=25)
TICK = 34
"""Side of a box to tick."""
EMPTY, TICKED = 0.2, 0.4
"""How often a field that may be left empty is, and how often a box is ticked."""
YOUNGEST, SPAN = date(2008, 12, 31), 70 * 365
"""Members were born on this day or up to so many days before."""


def _comb(name: str, label: str, x: int, y: int, cells: int) -> Field:
    return Field(name, label, "", (x, y, 56 * cells + STYLE.rule, 68), cells)


def _tick(name: str, label: str, x: int, y: int) -> Field:
    return Field(name, label, "false", (x, y, TICK, TICK), label_x=x + TICK + 16, is_mark=True)


BLANK = (
    _comb("member_number", "Membership number", 80, 290, 8),
    _comb("date_of_birth", "Date of birth (day, month, year)", 620, 290, 8),
    _comb("postcode", "Postcode", 80, 430, 5),
    Field("telephone", "Telephone", "", (480, 430, 605, 68)),
    Field("member_since", "Member since (year)", "", (80, 570, 283, 68)),
    _comb("account", "Account for the fee", 480, 570, 10),
    _tick("rowing", "Rowing", 80, 745),
    _tick("sculling", "Sculling", 420, 745),
    _tick("canoeing", "Canoeing", 760, 745),
    _tick("gym", "Gym", 80, 815),
    _tick("juniors", "Juniors", 420, 815),
    _tick("newsletter", "Newsletter", 760, 815),
    *(
        Field(name, label, "", (760, 950 + 92 * row, 325, 68), label_x=80)
        for row, (name, label) in enumerate(
            (
                ("fee", "Fee for the year"),
                ("locker", "Locker"),
                ("gift", "Gift to the club"),
                ("total", "Total"),
            )
        )
    ),
)
"""The fields, with nothing written in them."""


def print_club_form(texts: Mapping[str, str], rng: np.random.Generator) -> Page:
    """Draws the form, filled in with texts by the names of fields; those without one are left blank."""
    fields = tuple(replace(field, text=texts.get(field.name, field.text)) for field in BLANK)
    page = blank_page(WIDTH, HEIGHT)
    print_words(page, "Willow Reach Rowing Club", 80, 125, 52, bold=True)
    print_words(page, "Renewal of membership", 80, 180, 32)
    rule_line(page, 80, 205, 1005, 5)
    print_words(page, "Sections (tick all that you use)", 80, 715, 30, bold=True)
    print_words(page, "Amounts in whole pounds", 80, 915, 30, bold=True)
    draw_fields(page, fields, STYLE, rng)
    rule_line(page, 80, 1430, 600, 2)
    print_words(page, "Signature", 80, 1462, 22)
    print_words(page, "Write digits only, one in each cell, beginning at the left.", 80, 1530, 22)
    print_words(page, "Hand the form in at the boathouse before the end of January.", 80, 1566, 22)
    return Page(page, fields)


def random_texts(rng: np.random.Generator) -> dict[str, str]:
    """Makes what a member writes: it obeys the rules of the form's template, and the amounts add up.

    Examples:
        >>> texts = random_texts(np.random.default_rng(0))
        >>> list(texts) == [field.name for field in BLANK], luhn.is_valid(texts["member_number"])
        (True, True)
    """

    def number(count: int) -> str:
        return "".join(map(str, rng.integers(0, 10, count)))

    def optional(text: str) -> str:
        return "" if rng.random() < EMPTY else text

    member, account = number(7), number(8)
    born = YOUNGEST - timedelta(days=int(rng.integers(SPAN)))
    amounts = {
        "fee": str(10 * rng.integers(6, 31)),
        "locker": optional(str(rng.integers(5, 100))),
        "gift": optional(str(rng.integers(1, 500))),
    }
    return {
        "member_number": member + luhn.calc_check_digit(member),
        "date_of_birth": f"{born:%d%m%Y}",
        "postcode": str(rng.integers(1, 10)) + number(4),
        "telephone": optional("0" + number(int(rng.integers(6, 10)))),
        "member_since": str(rng.integers(born.year + 10, 2025)),
        "account": account + mod_97_10.calc_check_digits(account),
        **{field.name: str(bool(rng.random() < TICKED)).lower() for field in BLANK if field.is_mark},
        **amounts,
        "total": str(sum(int(amount or 0) for amount in amounts.values())),
    }


def blank_form(rng: np.random.Generator) -> list[Page]:
    """Draws the blank form as a flat scan that lies straight."""
    page = print_club_form({}, rng)
    return [Page(scan_flat(page.image, rng, specks=60), page.fields)]


def filled_form(rng: np.random.Generator) -> list[Page]:
    """Draws a filled form that was fed upside down and askew, in grey."""
    texts = {
        "member_number": "40718363",
        "date_of_birth": "27091984",
        "postcode": "50937",
        "telephone": "0221734068",
        "member_since": "2009",
        "account": "3104255984",
        "rowing": "true",
        "gym": "true",
        "newsletter": "true",
        "fee": "180",
        "gift": "25",
        "total": "205",
    }
    return [scan_club_form(print_club_form(texts, rng), 182.3, (14, -9), rng)]


def scan_club_form(
    page: Page,
    degrees: float,
    shift: tuple[int, int],
    rng: np.random.Generator,
    paper: int = 250,
    softness: float = 0.8,
) -> Page:
    """Returns a grey scan of a form that was fed turned counter-clockwise, and shifted by whole pixels."""
    laid = skew(page, degrees, shift)
    return Page(scan_grey(laid.image, rng, paper, softness), laid.fields)
