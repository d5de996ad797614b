"""Options that several commands have, said once, and what is made of them."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digitscan.errors import UsageError
from digitscan.options import OutputFormat

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model", metavar="DIR", help="Model directory, or a .keras file.", show_default="the bundled model"
    ),
]

ModelArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="MODEL", help="Model directory, or a .keras file.", show_default="the bundled model"
    ),
]

OutputOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="PATH", help="File for the results.", show_default="stdout"),
]

DpiOption = Annotated[int, typer.Option(min=36, max=2400, help="Resolution at which PDF pages are drawn.")]

FORMAT = typer.Option(
    "--format",
    help="Format of the results.",
    show_default="by the suffix of -o; else table on a terminal, json in a pipe",
)
"""Of the commands whose results go to ``-o``."""

DATA_HELP = (
    "Labelled digits: mnist (downloaded once), a .npz file in Keras' layout of MNIST, a folder of IDX files,"
    " a folder with a folder of images for each digit, a UNIPEN file of pen strokes, a font or a folder of"
    " fonts, or fonts (those of installed packages)."
)
"""What ``--data`` takes, whatever it is for."""


class TableFormat(StrEnum):
    """The formats of results that are no fields."""

    TABLE = "table"
    JSON = "json"


def choose_table_format(asked: TableFormat | None, output: Path | None) -> TableFormat:
    """Pick the format as ``read`` does, of the two that there are.

    Args:
        asked: The value of ``--format``.
        output: The value of ``--output``; None is standard output.

    Raises:
        UsageError: Only the suffix could tell, and it does not.
    """
    from digitscan.writers import choose_format

    wished = OutputFormat(asked) if asked else None
    terminal = sys.stdout is not None and sys.stdout.isatty()
    with suppress(UsageError, ValueError):
        return TableFormat(choose_format(wished, output, terminal=terminal))
    raise UsageError(f"no format for {output}: use .json or .txt, or name a --format")


def require_matplotlib(option: str) -> None:
    """Find out before the work, not after, that there can be no pictures.

    Args:
        option: What asks for them.

    Raises:
        UsageError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError(f"{option} needs matplotlib; install it with: pip install 'digitscan[train]'")
