"""Writes result records as a table, CSV, JSON or JSON lines."""

from __future__ import annotations

from digitscan.writers.base import Writer
from digitscan.writers.formats import choose_format, open_writer
from digitscan.writers.widecsv import wide_columns

__all__ = ["Writer", "choose_format", "open_writer", "wide_columns"]
