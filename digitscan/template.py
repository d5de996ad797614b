"""Templates: the named fields of a known form, from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from digitscan.constraints import Constraints
from digitscan.errors import TemplateError
from digitscan.fields import Region

MOST_SHARED = 0.1
"""Boxes share at most this part of the smaller one."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TemplateField(Constraints):
    """One field: its printed box, what is in it, the cells of its comb, and what its text must obey.

    Attributes:
        name: Its name in the results.
        box: x, y, width, height of the box as printed, in the page's unit.
        kind: ``digits``, or ``mark`` for a box that is ticked or not.
        cells: Cells of its comb, if it is one.
    """

    name: Annotated[str, Field(min_length=1)]
    box: Annotated[list[float], Field(min_length=4, max_length=4)]
    kind: Literal["digits", "mark"] = "digits"
    cells: Annotated[int, Field(ge=1, le=200)] | None = None

    @model_validator(mode="after")
    def _check_kind(self) -> TemplateField:
        rules = [key for key in (*Constraints.model_fields, "cells") if getattr(self, key) is not None]
        if self.kind == "mark" and rules:
            raise ValueError(f"{rules[0]}: a mark has no digits that it could be for")
        return self


class TemplatePage(_Part):
    """One page: the size of the paper that the boxes were measured on, and its fields.

    Attributes:
        unit: ``px`` or ``mm``.
        width: Its width in that unit; pixels are whole.
        height: Its height.
        reference: A picture of the blank form, or a filled one; scans are aligned to it. A path beside the
            template's file.
        fields: Its fields, in the order of the results.
    """

    unit: Literal["px", "mm"] = "px"
    width: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    height: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    reference: Annotated[str, Field(min_length=1)] | None = None
    fields: Annotated[list[TemplateField], Field(min_length=1)]

    @field_validator("width", "height")
    @classmethod
    def _check_side(cls, side: float, info: ValidationInfo) -> float:
        if info.data.get("unit") == "px" and not side.is_integer():
            raise ValueError(f"{side:g} is no whole number of pixels")
        return side

    @model_validator(mode="after")
    def _check_boxes(self) -> TemplatePage:
        for place, field in enumerate(self.fields):
            self._check_box(field)
            for other in self.fields[:place]:
                if overlap(field.box, other.box) > MOST_SHARED:
                    raise ValueError(f"field {field.name!r}: box: overlaps that of field {other.name!r}")
        return self

    def _check_box(self, field: TemplateField) -> None:
        x, y, width, height = field.box
        if self.unit == "px" and not all(float(number).is_integer() for number in field.box):
            raise ValueError(f"field {field.name!r}: box: {_numbers(field.box)} are not whole pixels")
        if not (0 < width < float("inf") and 0 < height < float("inf")):
            raise ValueError(f"field {field.name!r}: box: width and height must be positive")
        # What is not inside is outside, also when it is no number.
        if not (x >= 0 and y >= 0 and x + width <= self.width and y + height <= self.height):
            raise ValueError(
                f"field {field.name!r}: box: {_numbers(field.box)} lies outside the page of"
                f" {self.width:g} x {self.height:g} {'pixels' if self.unit == 'px' else 'mm'}"
            )

    def regions(self, width: float, height: float) -> list[Region]:
        """Give the fields as regions of a page of another size, scaled to it; sizes in pixels."""
        across, down = width / self.width, height / self.height
        regions = []
        for field in self.fields:
            x, y, w, h = field.box
            box = (x * across, y * down, w * across, h * down)
            cells = field.cells or 0
            edges = tuple(box[0] + box[2] * i / cells for i in range(cells + 1)) if cells else ()
            constraints = field if field.are_any else None
            is_mark = field.kind == "mark"
            regions.append(Region(box, edges, field.name, constraints, single=cells > 0, is_mark=is_mark))
        return regions


class Template(_Part):
    """A form: its name, and its pages with their fields.

    Args:
        name: Its name in the results.
        pages: ``[[pages]]``; a form of one page may give ``[page]`` and ``[[fields]]`` instead.
        folder: Where paths in it start.
    """

    name: Annotated[str, Field(min_length=1)]
    pages: Annotated[list[TemplatePage], Field(min_length=1)]
    folder: Annotated[Path, Field(exclude=True)] = Path()

    @model_validator(mode="before")
    @classmethod
    def _take_single_page(cls, values: Any) -> Any:
        """Bring the form of one page into that of several."""
        if not isinstance(values, dict):
            return values
        if "pages" in values:
            if "page" in values:
                raise ValueError("page: a form has either [page] or [[pages]]")
            if "fields" in values:
                raise ValueError("fields: those of [[pages]] stand below each, as [[pages.fields]]")
            return values
        if "page" not in values:
            return values
        if not isinstance(values["page"], dict):
            raise ValueError("page: is no single table; the pages of a form of several are [[pages]]")
        rest = {key: value for key, value in values.items() if key not in ("page", "fields")}
        page = dict(values["page"])
        if "fields" in page:
            raise ValueError("page.fields: unknown key; [[fields]] stand beside [page]")
        if "fields" in values:
            page["fields"] = values["fields"]
        return {**rest, "pages": [page]}

    @model_validator(mode="after")
    def _check_names(self) -> Template:
        names: set[str] = set()
        for number, page in enumerate(self.pages, 1):
            where = f"page {number}: " if len(self.pages) > 1 else ""
            for field in page.fields:
                if field.name in names:
                    raise ValueError(f"{where}field {field.name!r}: name: is used twice")
                names.add(field.name)
        return self

    @property
    def fields(self) -> list[TemplateField]:
        """The fields of all pages."""
        return [field for page in self.pages for field in page.fields]


def load_template(path: Path) -> Template:
    """Read and check a template.

    Args:
        path: The TOML file.

    Returns:
        The template.

    Raises:
        TemplateError: The file is missing, is no TOML, or breaks a rule; one line names the file, the field
            and the key.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"{path}: is not valid TOML: {error}") from error
    if "folder" in values:
        raise TemplateError(f"{path}: folder: unknown key")
    try:
        return Template.model_validate({**values, "folder": path.parent})
    except ValidationError as error:
        raise TemplateError(f"{path}: {_first_mistake(error, values)}") from error


def _first_mistake(error: ValidationError, values: dict[str, Any]) -> str:
    """Say in one line which page, field and key is wrong, and why."""
    first = error.errors()[0]
    where = list(first["loc"])
    single = "pages" not in values
    parts: list[str] = []
    if single and where == ["pages"]:
        where = ["page"]
    if len(where) >= 2 and where[0] == "pages" and isinstance(where[1], int):
        page = values if single else values["pages"][where[1]]
        where = where[2:]
        if len(where) >= 2 and where[0] == "fields" and isinstance(where[1], int):
            field = page["fields"][where[1]]
            name = field.get("name") if isinstance(field, dict) else None
            parts.append(f"field {name!r}" if name else f"field {where[1] + 1}")
            where = where[2:]
        elif single:
            where = ["page", *where] if where and where[0] != "fields" else where
        if not single:
            parts.insert(0, f"page {first['loc'][1] + 1}")  # type: ignore[operator]
    if where:
        parts.append(".".join(str(part) for part in where))
    message = (
        "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    )
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return ": ".join([*parts, message]) + more


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Area that two boxes (x, y, width, height) share, as a share of the smaller one's."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height) / min(one[2] * one[3], other[2] * other[3])


def _numbers(box: list[float]) -> str:
    return f"[{', '.join(f'{number:g}' for number in box)}]"
