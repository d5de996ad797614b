"""``digitscan template``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscan.cli.arguments import DpiOption
from digitscan.cli.messages import say
from digitscan.errors import ExitCode, SourceError, TemplateError, UsageError

if TYPE_CHECKING:
    from digitscan.alignment import Aligner
    from digitscan.sources import Source
    from digitscan.template import Template

template = typer.Typer(help="Draft, check and draw the templates of forms.", no_args_is_help=True)

ScanArgument = Annotated[
    str,
    typer.Argument(
        metavar="SCAN", help="An image, PDF or multi-page TIFF file; - for stdin.", show_default=False
    ),
]


@template.command()
def draft(
    scan: ScanArgument,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE.toml", help="File for the template.")
    ],
    dpi: DpiOption = 300,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> None:
    """Find the boxes, combs and tick boxes of a blank or filled form, and write a template of them.

    FILE.png, which the template names as its reference, is the page, straightened; FILE.preview.png shows
    what was found. Of several pages there are FILE-1.png, FILE-2.png and so on.

    Exit codes: 0 written, 2 wrong usage, 3 the scan could not be read or shows no boxes.
    """
    _require_suffix(output, ".toml")
    from digitscan.forms.draft import draft_pages
    from digitscan.forms.files import refuse_overwriting, write_draft
    from digitscan.forms.summary import summary
    from digitscan.sources import open_pages

    source = _find_scan(scan)
    refuse_overwriting(output, scan=source.path, force=force)
    with _named(source):
        pages = draft_pages(open_pages(source, dpi=dpi))
    drafted, previews = write_draft(output, pages, scan=source.path, force=force)
    _tell(f"{output}: {summary(drafted)}")
    for preview in previews:
        _tell(f"{preview}: shows them")


@template.command()
def check(
    templates: Annotated[
        list[Path], typer.Argument(metavar="FILE.toml", help="Templates.", show_default=False)
    ],
) -> None:
    """Check templates and their references, and sum up the good ones.

    Exit codes: 0 all are good, 2 wrong usage, 4 some have mistakes.
    """
    from digitscan.forms.summary import summary
    from digitscan.template import load_template

    wrong = False
    for path in templates:
        try:
            form = load_template(path)
            _open_aligners(path, form)
        except TemplateError as error:
            wrong = True
            say(f"digitscan: {error}")
        else:
            _tell(f"{path}: {summary(form)}")
    if wrong:
        raise typer.Exit(int(ExitCode.CONFIGURATION))


@template.command()
def preview(
    template: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The template.", show_default=False)],
    scan: ScanArgument,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="PNG",
            help="File for the picture; of several pages, NAME-1.png, NAME-2.png and so on.",
        ),
    ],
) -> None:
    """Draw a template over a scan, where its fields are read.

    Exit codes: 0 drawn, 2 wrong usage, 3 the scan could not be read or some of its pages do not fit the form,
    4 the template is unusable.
    """
    _require_suffix(output, ".png")
    from digitscan.debug.png import write_png
    from digitscan.forms.files import numbered
    from digitscan.forms.picture import draw_template
    from digitscan.sources import open_pages
    from digitscan.template import load_template

    form = load_template(template)
    aligners = _open_aligners(template, form)
    source = _find_scan(scan)
    unfit = False
    with _named(source):
        pages = open_pages(source)
        first = list(islice(pages, 2))
        for page in chain(first, pages):
            place = (page.number - 1) % len(form.pages)
            alignment = aligners[place].align(page.image)
            if alignment is None:
                unfit = True
                where = f"{source.name}: page {page.number}"
                say(f"digitscan: {where}: does not fit page {place + 1} of {template}")
                continue
            picture = draw_template(page.image, form.pages[place], alignment.straightening)
            write_png(numbered(output, page.number, several=len(first) > 1), picture)
    if unfit:
        raise typer.Exit(int(ExitCode.UNREADABLE))


def _require_suffix(output: Path, suffix: str) -> None:
    if output.suffix.lower() != suffix:
        raise UsageError(f"-o {output}: give a name that ends in {suffix}")


def _open_aligners(path: Path, form: Template) -> list[Aligner]:
    """Prepare to lay scans on the pages of a form, which checks its references."""
    from digitscan.alignment import Aligner

    aligners = []
    for number, page in enumerate(form.pages, 1):
        try:
            aligners.append(Aligner(page, form.folder))
        except TemplateError as error:
            where = f"page {number}: " if len(form.pages) > 1 else ""
            raise TemplateError(f"{path}: {where}{error}") from error
    return aligners


def _find_scan(name: str) -> Source:
    from digitscan.sources import find_sources

    source, *more = islice(find_sources([name]), 2)
    if more:
        raise UsageError(f"{name}: names several files; give one")
    return source


@contextmanager
def _named(source: Source) -> Iterator[None]:
    """Turn what is wrong with a scan into a line that names it, and an exit code."""
    try:
        yield
    except SourceError as error:
        say(f"digitscan: {source.name}: {error.message}")
        raise typer.Exit(int(ExitCode.UNREADABLE)) from error


def _tell(line: str) -> None:
    from digitscan.writers.base import encodable
    from digitscan.writers.destination import open_destination

    with open_destination(None) as destination:
        destination.write(encodable(line) + "\n")
