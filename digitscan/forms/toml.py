r"""Templates as commented TOML, for people to go on with."""

from __future__ import annotations

import json
from collections.abc import Iterator

from digitscan.template import Template, TemplateField, TemplatePage

_HEAD = """\
# Template of a form, drafted from a scan.
#
# Give the fields names of your own, and delete those that hold nothing to read, such as a table's headings.
# They come out in the order in which they stand here.
#
# Keys that a field for digits may have as well:
#   cells = 10               it is a comb of ten cells, one digit or none in each
#   length = 8               has exactly eight digits; also min_length and max_length
#   pattern = "4\\\\d{7}"      matches this regular expression as a whole
#   min = 1                  is a number that is no less; also max
#   check = "luhn"           has the right check digits; also verhoeff, ean, isbn and others
#   date = "DDMMYYYY"        is a day that there is
#
# A field with kind = "mark" is a box that is ticked or not; it has only a name and a box.
"""

_COMMENTS = {
    "width": "size in pixels of the page that the boxes were measured on",
    "reference": "the page as it was measured; scans are aligned to it",
    "box": "x, y, width, height of the box as printed",
    "cells": "cells of the comb",
    "kind": "ticked or not",
}
"""What keys are for; each is said where the key comes first."""

_COLUMN = 28
"""Where comments begin."""


def template_text(template: Template) -> str:
    """Write a drafted template, whose fields have no rules yet, as TOML with comments."""
    comments = dict(_COMMENTS)
    lines = [_commented(key, value, comments) for key, value in _lines(template)]
    return "\n".join([_HEAD.rstrip("\n"), *lines]) + "\n"


def _lines(template: Template) -> Iterator[tuple[str, str]]:
    """Keys with their values; headings are keys without."""
    single = len(template.pages) == 1
    yield "name", _string(template.name)
    for page in template.pages:
        yield ("\n[page]" if single else "\n[[pages]]"), ""
        yield from _page_lines(page)
        for field in page.fields:
            yield ("\n[[fields]]" if single else "\n[[pages.fields]]"), ""
            yield from _field_lines(field)


def _page_lines(page: TemplatePage) -> Iterator[tuple[str, str]]:
    yield "width", f"{page.width:.0f}"
    yield "height", f"{page.height:.0f}"
    if page.reference is not None:
        yield "reference", _string(page.reference)


def _field_lines(field: TemplateField) -> Iterator[tuple[str, str]]:
    yield "name", _string(field.name)
    yield "box", f"[{', '.join(f'{number:.0f}' for number in field.box)}]"
    if field.kind != "digits":
        yield "kind", _string(field.kind)
    if field.cells is not None:
        yield "cells", str(field.cells)


def _commented(key: str, value: str, comments: dict[str, str]) -> str:
    line = f"{key} = {value}" if value else key
    comment = comments.pop(key, None)
    return f"{line:<{_COLUMN}} # {comment}" if comment else line


def _string(text: str) -> str:
    """A basic string of TOML, which is one of JSON but for the control character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
