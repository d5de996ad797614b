"""The program: its commands, and how every error becomes one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.main import get_command

from digitscan import __version__
from digitscan.cli.classify import classify
from digitscan.cli.evaluate import evaluate
from digitscan.cli.messages import say
from digitscan.cli.model import model
from digitscan.cli.read import read
from digitscan.cli.template import template
from digitscan.cli.train import train
from digitscan.errors import DigitscanError, ExitCode

app = typer.Typer(
    help="Reads digit fields from scanned forms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(read)
app.command()(classify)
app.command()(train)
app.command()(evaluate)
app.command()(model)
app.add_typer(template, name="template")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"digitscan {__version__}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Reads digit fields from scanned forms."""


def run_program() -> int:
    """Run the program; returns its exit code, every error but an interruption told in one line."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # damaged scans are our own messages' matter
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looked for in all packages there are
    try:
        return _run(sys.argv[1:])
    except DigitscanError as error:
        return _complain(str(error), error.exit_code)
    except BrokenPipeError:  # whoever read our output has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        # Wrong usage, told by the parser of arguments.
        if hasattr(error, "exit_code") and hasattr(error, "show"):
            error.show()
            return ExitCode.USAGE
        line = " ".join(str(error).split()) or "no message"
        return _complain(f"internal error: {type(error).__name__}: {line}", ExitCode.INTERNAL)


def _run(arguments: list[str]) -> int:
    """Run one command.

    Calling the app instead would turn Ctrl-C, broken pipes and ends of files into codes of its own.
    """
    command = get_command(app)
    try:
        with command.make_context("digitscan", arguments) as context:
            command.invoke(context)
    except typer.Exit as finished:
        return finished.exit_code
    if sys.stdout is not None:
        sys.stdout.flush()
    return ExitCode.OK


def _complain(line: str, code: ExitCode) -> ExitCode:
    say(f"digitscan: {line}")
    return code
