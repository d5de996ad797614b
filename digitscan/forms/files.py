"""Files of a form: the template, and pictures of its pages beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from digitscan.debug.png import write_png
from digitscan.errors import UsageError
from digitscan.forms.draft import DraftedPage, draft_template
from digitscan.forms.picture import draw_template
from digitscan.forms.toml import template_text
from digitscan.straightening import Straightening
from digitscan.template import Template
from digitscan.writers.destination import open_destination


def numbered(path: Path, number: int, *, several: bool) -> Path:
    """Name the file of a page: ``FILE-NUMBER.png`` where there are several, else ``FILE.png``."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}") if several else path


def write_draft(
    output: Path, pages: Sequence[DraftedPage], *, scan: Path | None, force: bool
) -> tuple[Template, list[Path]]:
    """Write a template of pages, and beside it their pictures and previews.

    Args:
        output: The template's file, ``FILE.toml``. Pictures are ``FILE.png``, which it names as reference,
            and ``FILE.preview.png``, numbered where there are several pages.
        pages: The pages.
        scan: The file that they come from, which is never overwritten.
        force: Whether other files may be.

    Returns:
        The template, and the previews to look at.

    Raises:
        UsageError: A file would be overwritten.
        OutputError: A file cannot be written.
    """
    several = len(pages) > 1
    pictures = [numbered(output.with_suffix(".png"), i, several=several) for i in range(1, len(pages) + 1)]
    previews = [picture.with_suffix(".preview.png") for picture in pictures]
    for path in (output, *pictures, *previews):
        refuse_overwriting(path, scan=scan, force=force)
    template = draft_template(
        output.stem,
        [(page.grey.shape[1], page.grey.shape[0]) for page in pages],
        [page.regions for page in pages],
        [picture.name for picture in pictures],
    )
    for page, drafted, picture, preview in zip(pages, template.pages, pictures, previews, strict=True):
        height, width = page.grey.shape
        write_png(picture, page.grey)
        write_png(preview, draw_template(page.grey, drafted, Straightening.none((width, height))))
    with open_destination(output) as destination:  # last, so that what it names is there
        destination.write(template_text(template))
    return template, previews


def refuse_overwriting(path: Path, *, scan: Path | None, force: bool) -> None:
    """Refuse to write a file that exists, or that is the scan.

    Raises:
        UsageError: It would be overwritten.
    """
    if not path.exists():
        return
    if scan is not None and scan.exists() and path.samefile(scan):
        raise UsageError(f"{path} is the scan itself; give the template another name")
    if not force:
        raise UsageError(f"{path} exists; --force overwrites it")
