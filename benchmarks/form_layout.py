"""The forms of ``scanned_forms.py``, A4 at 200 dpi: what is printed where, and what belongs in each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from form_texts import Rng, make_account, make_between, make_card, make_date, make_number

from digitscan.template import Template

WIDTH, HEIGHT = 1654, 2339
"""Of the page in pixels."""

TALL, CELL, TICK, RULE = 64, 46, 36, 3
"""Height of a field, width of a comb's cell, side of a box to tick, thickness of a line."""

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels; printed lines lie within."""


@dataclass(frozen=True)
class FormField:
    """A field of a form.

    Attributes:
        name: In the template.
        label: Printed above it, or where ``label_at`` is.
        box: As printed, its lines included.
        make: Makes a text for it; None for a box to tick.
        cells: Of its comb; 0 for a box.
        rules: Of its text, as a template has them.
        label_at: Where the label begins in its row, when it stands beside the box.
        optional: Whether some people leave it empty.
    """

    name: str
    label: str
    box: Box
    make: Callable[[Rng], str] | None
    cells: int = 0
    rules: Mapping[str, str | int] = field(default_factory=dict)
    label_at: int | None = None
    optional: bool = True

    @property
    def kind(self) -> Literal["digits", "mark"]:
        """As a template names it."""
        return "digits" if self.make else "mark"

    @property
    def is_sure(self) -> bool:
        """Whether a check digit or a pattern tells a right text from most others."""
        return not self.rules.keys().isdisjoint(("check", "pattern"))


@dataclass(frozen=True)
class Paragraph:
    """Small print: where it begins, its width in pixels and its lines."""

    x: int
    y: int
    width: int
    lines: int


@dataclass(frozen=True, eq=False)
class Form:
    """A form: its title, its fields and its small print."""

    title: str
    number: str
    fields: tuple[FormField, ...]
    paragraphs: tuple[Paragraph, ...]


def _box(name: str, label: str, x: int, y: int, width: int, make: Callable[[Rng], str]) -> FormField:
    return FormField(name, label, (x, y, width, TALL), make)


def _comb(
    name: str, label: str, x: int, y: int, cells: int, make: Callable[[Rng], str], **rules: str | int
) -> FormField:
    return FormField(name, label, (x, y, cells * CELL + RULE, TALL), make, cells, rules)


def _tick(name: str, label: str, x: int, y: int) -> FormField:
    return FormField(name, label, (x, y, TICK, TICK), None, label_at=x + TICK + 16)


MEMBERSHIP = Form(
    "Application for Membership",
    "Form 12/B",
    (
        _box("member", "Membership number", 110, 440, 380, partial(make_number, 4, 7)),
        _comb("born", "Date of birth (day, month, year)", 600, 440, 8, make_date, date="DDMMYYYY"),
        FormField(
            "since",
            "Member since",
            (1080, 440, 250, TALL),
            partial(make_between, 1950, 2025),
            rules={"min": 1900, "max": 2025},
        ),
        FormField(
            "card",
            "Card number",
            (110, 580, 16 * CELL + RULE, TALL),
            make_card,
            16,
            {"length": 16, "check": "luhn"},
            optional=False,
        ),
        FormField(
            "customer",
            "Customer number",
            (960, 580, 350, TALL),
            lambda rng: "4" + make_number(5, 5, rng),
            rules={"pattern": "4\\d{5}"},
        ),
        _comb(
            "postcode",
            "Postcode",
            110,
            720,
            5,
            lambda rng: make_between(10000, 99999, rng),
            pattern="[1-9]\\d{4}",
        ),
        _box("phone", "Telephone", 440, 720, 540, partial(make_number, 7, 10)),
        _comb("branch", "Branch", 1080, 720, 6, partial(make_number, 6, 6)),
        _tick("new", "I was not a member before", 110, 850),
        _tick("letters", "Send me the letter to members", 110, 910),
        _tick("card_lost", "My card was lost", 110, 970),
        _tick("family", "My family is to join as well", 700, 850),
        _tick("monthly", "I pay by the month", 700, 910),
        _tick("yearly", "I pay by the year", 700, 970),
        FormField(
            "persons",
            "Number of persons",
            (1180, 1330, 320, TALL),
            partial(make_between, 1, 500),
            rules={"min": 1, "max": 500},
            label_at=110,
        ),
        *(
            FormField(name, label, (1180, y, 320, TALL), partial(make_number, 2, 5), label_at=110)
            for name, label, y in (
                ("entrance", "Entrance fee", 1420),
                ("fee", "Fee for the year", 1510),
                ("courses", "Courses and rooms", 1600),
                ("gift", "Gift to the society", 1690),
            )
        ),
        _comb("account", "Account", 110, 1850, 10, make_account, length=10, check="damm"),
        _box("deposit", "Deposit", 700, 1850, 340, partial(make_number, 3, 6)),
        _box("total", "Total", 1180, 1850, 320, partial(make_number, 3, 5)),
    ),
    (Paragraph(110, 215, 1430, 6), Paragraph(110, 1080, 1430, 8), Paragraph(110, 1990, 930, 9)),
)

ORDER = Form(
    "Order of Spare Parts",
    "Form 31/A",
    (
        _box("customer", "Customer number", 110, 330, 350, partial(make_number, 4, 6)),
        _box("order", "Order number", 560, 330, 420, partial(make_number, 5, 8)),
        _comb("ordered", "Date (day, month, year)", 1080, 330, 8, make_date),
        *(
            FormField(f"part_{row}", "Part", (320, y, 380, TALL), partial(make_number, 4, 7), label_at=110)
            for row, y in enumerate(range(720, 1351, 90))
        ),
        *(
            FormField(f"count_{row}", "Count", (960, y, 200, TALL), partial(make_number, 1, 3), label_at=780)
            for row, y in enumerate(range(720, 1351, 90))
        ),
        _tick("express", "By express", 1240, 730),
        _tick("collected", "I collect it", 1240, 800),
        _tick("returned", "Old parts returned", 1240, 870),
        _tick("guarantee", "Under guarantee", 1240, 940),
        _comb("card", "Card number", 110, 1760, 16, make_card),
        _comb("postcode", "Postcode", 1080, 1760, 5, partial(make_number, 5, 5)),
        _comb("account", "Account", 110, 1900, 10, make_account),
        _box("total", "Total", 800, 1900, 320, partial(make_number, 3, 5)),
    ),
    (Paragraph(110, 470, 1430, 7), Paragraph(110, 1500, 1430, 7), Paragraph(600, 2040, 940, 7)),
)


def make_template(form: Form, reference: Path | None, *, checked: bool = True) -> Template:
    """Make the template of a form.

    Args:
        form: The form.
        reference: Picture of the blank form, if the template has one.
        checked: Whether fields keep their check digits.
    """
    page: dict[str, str | int] = {"width": WIDTH, "height": HEIGHT}
    if reference:
        page["reference"] = reference.name
    fields = []
    for each in form.fields:
        values: dict[str, object] = {
            "name": each.name,
            "box": list(each.box),
            "kind": each.kind,
            **each.rules,
        }
        if each.cells:
            values["cells"] = each.cells
        if not checked:
            values.pop("check", None)
        fields.append(values)
    folder = reference.parent if reference else Path()
    return Template.model_validate({"name": form.title, "page": page, "fields": fields, "folder": folder})
