"""Options that several commands have, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model", metavar="DIR", help="Model directory, or a .keras file.", show_default="the bundled model"
    ),
]

OutputOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="PATH", help="File for the results.", show_default="stdout"),
]

FORMAT = typer.Option(
    "--format",
    help="Format of the results.",
    show_default="by the suffix of -o; else table on a terminal, json in a pipe",
)
"""Of the commands whose results go to ``-o``."""
