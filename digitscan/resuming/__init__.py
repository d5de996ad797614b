"""Output that grows while a run goes on, and going on with one that was ended."""

from __future__ import annotations

from digitscan.resuming.output import Going, open_growing
from digitscan.resuming.runrecord import run_record

__all__ = ["Going", "open_growing", "run_record"]
