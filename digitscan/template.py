"""Templates: the named fields of a known form, from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from digitscan.constraints import Constraints
from digitscan.errors import TemplateError
from digitscan.fields import Region


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TemplatePage(_Part):
    """The page that the boxes were drawn on; sizes in pixels.

    ``reference`` names a picture of the form; scans are not yet aligned to it, so it is only kept.
    """

    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    reference: str | None = None


class TemplateField(Constraints):
    """One field: its printed box in pixels, the cells of its comb, and what its text must obey."""

    name: Annotated[str, Field(min_length=1)]
    box: Annotated[list[int], Field(min_length=4, max_length=4)]
    cells: Annotated[int, Field(ge=1)] | None = None


class Template(_Part):
    """A form: its page and its fields."""

    name: Annotated[str, Field(min_length=1)]
    page: TemplatePage
    fields: Annotated[list[TemplateField], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_fields(self) -> Template:
        names: set[str] = set()
        for place, field in enumerate(self.fields):
            x, y, width, height = field.box
            if field.name in names:
                raise ValueError(f"field {field.name!r}: name: is used twice")
            if width <= 0 or height <= 0:
                raise ValueError(f"field {field.name!r}: box: width and height must be positive")
            if x < 0 or y < 0 or x + width > self.page.width or y + height > self.page.height:
                raise ValueError(
                    f"field {field.name!r}: box: {field.box} lies outside the page of"
                    f" {self.page.width} x {self.page.height} pixels"
                )
            for other in self.fields[:place]:
                if _overlap(field.box, other.box) > 0.1:
                    raise ValueError(f"field {field.name!r}: box: overlaps that of field {other.name!r}")
            names.add(field.name)
        return self

    def regions(self, width: int, height: int) -> list[Region]:
        """Give the fields as regions of a page of another size, scaled to it; sizes in pixels."""
        across, down = width / self.page.width, height / self.page.height
        regions = []
        for field in self.fields:
            x, y, w, h = field.box
            box = (x * across, y * down, w * across, h * down)
            cells = field.cells or 0
            edges = tuple(box[0] + box[2] * i / cells for i in range(cells + 1)) if cells else ()
            regions.append(Region(box, edges, field.name, field if field.are_any else None))
        return regions


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
    try:
        return Template.model_validate(values)
    except ValidationError as error:
        raise TemplateError(f"{path}: {_first_mistake(error, values)}") from error


def _first_mistake(error: ValidationError, values: dict[str, Any]) -> str:
    """Say in one line which field and key is wrong, and why."""
    first = error.errors()[0]
    where = list(first["loc"])
    parts = []
    if len(where) >= 2 and where[0] == "fields" and isinstance(where[1], int):
        field = values["fields"][where[1]]
        name = field.get("name") if isinstance(field, dict) else None
        parts.append(f"field {name!r}" if name else f"field {where[1] + 1}")
        where = where[2:]
    if where:
        parts.append(".".join(str(part) for part in where))
    message = (
        "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    )
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return ": ".join([*parts, message]) + more


def _overlap(one: list[int], other: list[int]) -> float:
    """Shared area as a share of the smaller box's."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height) / min(one[2] * one[3], other[2] * other[3])
