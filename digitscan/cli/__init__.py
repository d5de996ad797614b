"""The command line: ``digitscan COMMAND``."""

from __future__ import annotations

from digitscan.cli.app import main

__all__ = ["main"]
