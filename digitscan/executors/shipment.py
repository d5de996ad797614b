"""A reading plan with the files that it needs, for machines that may not see ours."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from digitscan.classifier.card import (
    MODEL_CARD,
    MODEL_LITERT,
    TRANSCRIBER_LITERT,
    load_card,
    network_file,
)
from digitscan.executors.tasks import ReadingPlan
from digitscan.template import Template


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
    """Check the files that a plan needs, and read them.

    The networks are not loaded for that, which takes a tenth of a second.

    Raises:
        ModelError: The model's files are not those that its card describes.
        TemplateError: A reference of the template cannot be used.
    """
    card = load_card(plan.model)
    networks = [MODEL_LITERT] if card.transcriber is None else [MODEL_LITERT, TRANSCRIBER_LITERT]
    files = {MODEL_CARD: (plan.model / MODEL_CARD).read_bytes()}
    files |= {name: network_file(plan.model, name, card).read_bytes() for name in networks}
    form = plan.template
    if form is not None:
        for number, page in enumerate(form.pages):
            if page.reference is not None:
                from digitscan.alignment.reference import Reference

                path = form.folder / page.reference
                Reference.load(path, page)
                files[_reference(number)] = path.read_bytes()
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
