"""What a field's text must obey, against what is known of numbers and dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digitscan.constraints import Constraints
from digitscan.constraints.check import keeps_check
from digitscan.constraints.dates import DateFormat

from .drawing import arbitrary

texts = st.text("0123456789", max_size=12)


@pytest.mark.parametrize(
    ("constraints", "obeying", "breaking", "says"),
    [
        ({"length": 3}, ["123", "000"], ["12", "1234", ""], "length: "),
        ({"min_length": 2}, ["12", "12345"], ["", "1"], "min_length: "),
        ({"max_length": 2}, ["", "1", "12"], ["123"], "max_length: "),
        ({"pattern": r"4\d{2}"}, ["412"], ["512", "4123", "41", ""], "pattern: "),
        ({"min": 18}, ["18", "0018", "99999"], ["17", "00017", "", "0"], "min: "),
        ({"max": 99}, ["", "0", "99", "00099"], ["100", "12345"], "max: "),
        ({"check": "luhn"}, ["79927398713", "0"], ["79927398710", ""], "check: "),
        ({"date": "DDMMYYYY"}, ["29022024"], ["29022023", "2902202", ""], "date: "),
    ],
)
def test_each_constraint(
    constraints: dict[str, object], obeying: list[str], breaking: list[str], says: str
) -> None:
    rules = Constraints.model_validate(constraints)
    assert all(rules.obeyed(text) and not list(rules.broken(text)) for text in obeying)
    for text in breaking:
        (issue,) = rules.broken(text)
        assert issue.startswith(says) and not rules.obeyed(text)


def test_all_that_is_broken_is_named() -> None:
    rules = Constraints(length=4, min=2000, check="luhn")
    assert [issue.partition(":")[0] for issue in rules.broken("17")] == ["length", "min", "check"]
    assert Constraints().obeyed("") and Constraints().obeyed("123") and not Constraints().are_any


@arbitrary
@given(
    texts, st.sampled_from([r"4\d*", r"(12|34)+0?", r"\d{2}[02468]", r"0*[1-9]\d{0,3}"]), st.integers(1, 9)
)
def test_what_obeys_may_begin_with_each_of_its_beginnings(text: str, pattern: str, most: int) -> None:
    rules = Constraints(pattern=pattern, max_length=most)
    if rules.obeyed(text):
        assert all(rules.may_begin(text[:end]) for end in range(len(text) + 1))


def test_beginnings_that_lead_nowhere() -> None:
    rules = Constraints(pattern=r"4\d{2}", length=3)
    assert rules.may_begin("") and rules.may_begin("41")
    assert not rules.may_begin("5") and not rules.may_begin("4123")


def test_pattern_that_would_take_for_ever_does_not() -> None:
    assert not Constraints(pattern=r"(\d+)+x").obeyed("1" * 60)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("luhn", "4111111111111111", "4111111111111112"),
        ("verhoeff", "2363", "2364"),
        ("damm", "5724", "5727"),
        ("ean", "4006381333931", "4006381333932"),
        ("isbn", "9780306406157", "9780306406158"),
        ("iso7064.mod_97_10", "79444", "79445"),  # 794 and 98 - 79400 % 97
        ("iso7064.mod_11_2", "07940", "07941"),
        ("nl.bsn", "111222333", "111222334"),
    ],
)
def test_check_digits(name: str, right: str, wrong: str) -> None:
    assert keeps_check(name, right) and not keeps_check(name, wrong)


@given(st.text("0123456789", min_size=1, max_size=18))
@arbitrary
def test_luhn_by_the_book(text: str) -> None:
    """Every second digit from the right counts twice, less nine above nine; the sum ends in 0."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text))]
    assert keeps_check("luhn", text) == (sum(value - 9 * (value > 9) for value in doubled) % 10 == 0)


@given(st.text("0123456789", min_size=2, max_size=18))
@arbitrary
def test_remainders_of_97_by_the_book(text: str) -> None:
    assert keeps_check("iso7064.mod_97_10", text) == (int(text) % 97 == 1)


@given(st.text("0123456789", min_size=2, max_size=12))
@arbitrary
def test_hybrid_of_36_and_37_by_the_book(text: str) -> None:
    """ISO 7064, section 9: carried on from digit to digit, the last one makes it 1."""
    carried = 36
    for digit in text[:-1]:
        carried = 2 * ((carried + int(digit)) % 36 or 36) % 37
    assert keeps_check("iso7064.mod_37_36", text) == ((carried + int(text[-1])) % 36 == 1)


@pytest.mark.parametrize("name", ["iban", "vatin", "isin", "bic"])
def test_checks_of_letters_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=f"check: '{name}' is for numbers with letters"):
        Constraints(check=name)


@pytest.mark.parametrize("name", ["", "mod10", "luhn.", "..os", "util", "exceptions", "no such"])
def test_unknown_checks_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=r"check: '.*' is no module of python-stdnum"):
        Constraints(check=name)


@given(
    st.dates(date(1, 1, 1)), st.sampled_from(["DDMMYYYY", "YYYYMMDD", "MMDDYYYY", "DDMMYY", "MMYY", "DDMM"])
)
@arbitrary
def test_days_that_there_are(day: date, form: str) -> None:
    written = form.replace("YYYY", f"{day:%Y}".zfill(4)).replace("YY", f"{day.year % 100:02}")
    written = written.replace("MM", f"{day:%m}").replace("DD", f"{day:%d}")
    assert DateFormat(form).is_date(written)


def test_only_days_that_there_are() -> None:
    """All eight digits that are a day of two years, and no others."""
    first = date(2023, 1, 1)
    days = {(first + timedelta(number)).strftime("%d%m%Y") for number in range(365 + 366)}
    form = DateFormat("DDMMYYYY")
    tried = {f"{day:02}{month:02}{year}" for day in range(40) for month in range(20) for year in (2023, 2024)}
    assert {text for text in tried if form.is_date(text)} == days


@pytest.mark.parametrize(
    "form", ["", "D", "DDMMYYY", "DDDD", "DD.MM.YYYY", "YYYYYY", "ddmmyyyy", "DDMMDD", "YYMMYYYY"]
)
def test_forms_that_are_no_dates_are_refused(form: str) -> None:
    with pytest.raises(ValidationError, match="date: "):
        Constraints(date=form)


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 3, "min_length": 4},
        {"length": 5, "max_length": 4},
        {"min_length": 3, "max_length": 2},
        {"min": 5, "max": 4},
    ],
)
def test_what_nothing_obeys_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="nothing is so"):
        Constraints.model_validate(wrong)
