"""``digitscan read``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from digitscan.cli.arguments import FORMAT, DpiOption, ModelOption, OutputOption
from digitscan.errors import UsageError
from digitscan.options import MAX_MEGAPIXELS, REVIEW_BELOW, Layout, OutputFormat

if TYPE_CHECKING:
    from digitscan.template import Template


def read(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Images, PDF or multi-page TIFF files, folders, globs, URLs of these (as s3://bucket/*.png),"
            " @LIST (a path a line), - for stdin.",
            show_default=False,
        ),
    ],
    layout: Annotated[Layout, typer.Option(help="Where digits are looked for on a page.")] = Layout.AUTO,
    template: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="The form's named fields, in place of --layout.")
    ] = None,
    model: ModelOption = None,
    format: Annotated[OutputFormat | None, FORMAT] = None,
    output: OutputOption = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="CSV with a row a page and two columns a field; needs --template.")
    ] = False,
    review_below: Annotated[
        float,
        typer.Option(metavar="P", min=0.0, max=1.0, help="Confidence below which a field is to be reviewed."),
    ] = REVIEW_BELOW,
    fail_on_review: Annotated[
        bool, typer.Option("--fail-on-review", help="Exit with 1 when a field needs review.")
    ] = False,
    keep_separators: Annotated[
        bool,
        typer.Option(
            "--keep-separators",
            help="Keep . , - and / between digits in the text; the digits alone are given as plain.",
        ),
    ] = False,
    dpi: DpiOption = 300,
    max_megapixels: Annotated[
        float, typer.Option(metavar="N", min=0.01, help="Larger pages are refused before they are decoded.")
    ] = MAX_MEGAPIXELS,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Processes that read pages side by side; 1 is the program's own.",
            show_default="the cores, for more than a few pages",
        ),
    ] = None,
    page_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0.001,
            help="Time after which a page is given up; not where the program's own process reads it.",
            show_default="120",
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Read on a Dask cluster; its scheduler, as tcp://host:8786."),
    ] = None,
    debug: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Draw a picture of each page that shows how it was read, as PNG."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the file of -o (jsonl or csv): what it holds is not read again."
        ),
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="With --resume, read what could not be read again.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Read what arrives in the folders too, until Ctrl-C; implies --resume."),
    ] = False,
    summary: Annotated[
        Path | None, typer.Option("--summary", metavar="FILE.json", help="File for what the run came to.")
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no messages.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="A line on stderr for each page.")] = False,
) -> None:
    """Read the digits on scanned pages.

    Exit codes: 0 all read, 1 some fields need review (with --fail-on-review), 2 wrong usage, 3 some inputs
    could not be read or do not fit the template, 4 the template or the model is unusable, 70 the results
    cannot be written, or a mistake of ours, 130 interrupted.
    """
    from digitscan.cli.interrupts import terminated_like_interrupted
    from digitscan.cli.outputs import Sources, check_going, choose_output_format, grows, open_output
    from digitscan.cli.reporting import ReadingReport, tell_how_to_go_on
    from digitscan.debug.folder import PictureFolder
    from digitscan.executors import ReadingPlan, open_executor
    from digitscan.model_choice import model_directory
    from digitscan.resuming.going import Going
    from digitscan.run import run
    from digitscan.sources import find_sources
    from digitscan.tally import Tally
    from digitscan.watching import check_watched, watch_sources

    chosen = choose_output_format(format, output, watch=watch, terminal=_is_terminal(sys.stdout))
    going = Going(resume=resume or watch, retry_failed=retry_failed, arriving=watch)
    check_going(going, output, chosen)
    form = None
    if template is not None:
        from digitscan.template import load_template  # what it takes is slow to load

        form = load_template(template)
    columns = _wide_columns(form, chosen) if wide else None
    plan = ReadingPlan(
        model_directory(model), layout, form, review_below, keep_separators, dpi, max_megapixels
    )
    pictures = PictureFolder(debug) if debug is not None else None
    if watch:
        check_watched(sources)
    found = None if watch else list(find_sources(sources))
    named: Sources = watch_sources(sources) if found is None else found
    tally = Tally()
    report = ReadingReport(tally, quiet=quiet, verbose=verbose)
    opened = interrupted = False
    try:
        with (
            terminated_like_interrupted(),
            open_executor(
                plan,
                found,
                jobs=jobs,
                page_timeout=page_timeout,
                scheduler=scheduler,
                at_once=watch or not resume,
            ) as executor,
            report.summed_up(summary, shown=output is not None or _is_terminal(sys.stderr)),
            open_output(chosen, output, plan, going, tally, wide=columns) as (writer, unread),
            report.progress(found, bar=_shows_progress(quiet, output, chosen)),
        ):
            opened = True
            try:
                run(
                    unread(named),
                    executor,
                    writer,
                    pictures=pictures,
                    on_page=report.on_page,
                    on_document=report.on_document,
                    on_count=report.on_count,
                    tally=tally,
                )
            except KeyboardInterrupt:
                # Watching ends in no other way, so that this too is an end at which records are put in order.
                if not watch:
                    raise
                interrupted = True
        if interrupted:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        if opened and output is not None and grows(output, chosen) and not quiet:
            tell_how_to_go_on(sys.argv[1:], output)
        raise
    code = tally.exit_code(fail_on_review=fail_on_review)
    if code:
        raise typer.Exit(int(code))


def _wide_columns(form: Template | None, chosen: OutputFormat) -> list[str]:
    """Name the columns of the template's fields.

    Raises:
        UsageError: There is no template, the format is not CSV, or two columns would have the same name.
    """
    from digitscan.writers import wide_columns

    if form is None:
        raise UsageError("--wide needs a --template, whose fields become columns")
    if chosen is not OutputFormat.CSV:
        raise UsageError(f"--wide is for CSV, not {chosen}: use --format csv")
    return wide_columns(field.name for field in form.fields)


def _shows_progress(quiet: bool, output: Path | None, chosen: OutputFormat) -> bool:
    """Whether a bar is of use: on a terminal that the results do not flow to at the same time."""
    flowing = output is None and chosen is not OutputFormat.TABLE and _is_terminal(sys.stdout)
    return _is_terminal(sys.stderr) and not quiet and not flowing


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is looking; a stream that is closed is None."""
    return stream is not None and stream.isatty()
