"""A reading plan with the files that it needs, for machines that may not see ours."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from digitscan.classifier.card import MODEL_CARD, MODEL_LITERT, TRANSCRIBER_LITERT
from digitscan.executors.tasks import ReadingPlan
from digitscan.template import Template

_MODEL = (MODEL_CARD, MODEL_LITERT, TRANSCRIBER_LITERT)
"""What reading takes of a model directory; the last one not every model has."""


@dataclass(frozen=True)
class Shipment:
    """A plan on its way.

    Attributes:
        plan: The plan, whose paths are those of the machine that it comes from.
        page_timeout: Seconds after which a page is given up.
        files: The model's files and the template's references, by the name that they get.
        digest: What tells it from others.
    """

    plan: ReadingPlan
    page_timeout: float
    files: Mapping[str, bytes]
    digest: str

    def unpack(self, folder: Path) -> ReadingPlan:
        """Write the files into a folder, which is made if there is none, and give the plan that uses them."""
        if not folder.is_dir():
            making = folder.with_suffix(".making")
            making.mkdir(parents=True, exist_ok=True)
            for name, data in self.files.items():
                (making / name).write_bytes(data)
            making.rename(folder)
        form = self.plan.template
        return replace(self.plan, model=folder, template=None if form is None else _moved(form, folder))


def pack(plan: ReadingPlan, page_timeout: float) -> Shipment:
    """Read the files that a plan needs, which has been found to be usable."""
    files = {}
    for name in _MODEL:
        with suppress(FileNotFoundError):
            files[name] = (plan.model / name).read_bytes()
    form = plan.template
    if form is not None:
        for number, page in enumerate(form.pages):
            if page.reference is not None:
                files[_reference(number)] = (form.folder / page.reference).read_bytes()
    bare = replace(plan, model=Path(), template=None if form is None else _moved(form, Path()))
    content = pickle.dumps((bare, page_timeout, files))
    return Shipment(bare, page_timeout, files, hashlib.sha256(content).hexdigest())


def _moved(form: Template, folder: Path) -> Template:
    """The template with its references in another folder, by the names that they have there."""
    pages = [
        page.model_copy(update={"reference": page.reference and _reference(number)})
        for number, page in enumerate(form.pages)
    ]
    return form.model_copy(update={"folder": folder, "pages": pages})


def _reference(number: int) -> str:
    return f"reference-{number}"
