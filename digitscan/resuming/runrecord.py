"""The record of a run, first in its output: what decides the results, and what differs in another run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitscan import __version__
from digitscan.classifier.card import MODEL_CARD, load_card, sha256_of
from digitscan.errors import ModelError, TemplateError
from digitscan.executors import ReadingPlan
from digitscan.results import SCHEMA, RunRecord, TemplateRecord

if TYPE_CHECKING:
    from digitscan.template import Template


def run_record(plan: ReadingPlan) -> RunRecord:
    """Record what decides the results of a run.

    Args:
        plan: How its pages are read.

    Raises:
        ModelError: The model's card cannot be read.
        TemplateError: A reference cannot be read.
    """
    form = plan.template
    return RunRecord(
        digitscan=__version__,
        model=_model_hashes(plan.model),
        template=TemplateRecord(name=form.name, sha256=_template_hash(form)) if form else None,
        layout=plan.layout,
        review_below=plan.review_below,
        keep_separators=plan.keep_separators,
        dpi=plan.dpi,
        max_megapixels=plan.max_megapixels,
    )


def run_line(run: RunRecord) -> str:
    """Write the record as the first line of a file."""
    return f'{{"schema":"{SCHEMA}","run":{run.model_dump_json()}}}\n'


def recorded_run(line: bytes) -> dict[str, Any] | None:
    """Read the first line of a file; gives None for a line that holds no record of a run.

    The record may be that of another version, with other keys.
    """
    try:
        run = json.loads(line)["run"]
    except (ValueError, TypeError, KeyError):
        return None
    return run if isinstance(run, dict) else None


def differences(old: dict[str, Any], run: RunRecord) -> Iterator[str]:
    """Name what differs between the record in a file and that of this run.

    Examples:
        >>> record = dict(digitscan="1", model={}, template=None, layout="auto", review_below=0.9)
        >>> record |= dict(keep_separators=False, dpi=300, max_megapixels=200)
        >>> run = RunRecord(**record)
        >>> list(differences({**record, "dpi": 200, "layout": "boxes"}, run))
        ['layout was boxes, is auto', 'dpi was 200, is 300']
    """
    new = run.model_dump(mode="json")
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        if key in ("model", "template"):
            yield f"the {key} is another one"
        else:
            yield f"{key} was {_shown(was)}, is {_shown(now)}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _model_hashes(directory: Path) -> dict[str, str]:
    # The card holds the calibration, so that it decides as well.
    card = load_card(directory)
    try:
        return {MODEL_CARD: sha256_of(directory / MODEL_CARD), **card.sha256}
    except OSError as error:
        raise ModelError(f"{directory}: cannot read {MODEL_CARD}: {error.strerror}") from error


def _template_hash(template: Template) -> str:
    """Hash what a template says, however its file is written, and its pictures."""
    digest = hashlib.sha256(template.model_dump_json().encode())
    for page in template.pages:
        if page.reference is not None:
            path = template.folder / page.reference
            try:
                digest.update(bytes.fromhex(sha256_of(path)))
            except OSError as error:
                raise TemplateError(f"reference {path}: {(error.strerror or str(error)).lower()}") from error
    return digest.hexdigest()
