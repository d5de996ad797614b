"""A template in a line."""

from __future__ import annotations

from digitscan.template import Template


def summary(template: Template) -> str:
    """Sum a template up: its name, its pages, and its fields by what they are.

    >>> field = {"name": "amount", "box": [0, 0, 90, 10], "cells": 9}
    >>> page = {"width": 100, "height": 50, "fields": [field]}
    >>> summary(Template.model_validate({"name": "cheque", "pages": [page]}))
    'cheque, 1 page, 1 field (0 marks, 1 comb, 0 with rules)'
    """
    fields = template.fields
    marks = sum(field.kind == "mark" for field in fields)
    combs = sum(field.cells is not None for field in fields)
    ruled = sum(field.are_any for field in fields)
    return (
        f"{template.name}, {_count(len(template.pages), 'page')}, {_count(len(fields), 'field')}"
        f" ({_count(marks, 'mark')}, {_count(combs, 'comb')}, {ruled} with rules)"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
