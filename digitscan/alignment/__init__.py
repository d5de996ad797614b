"""Alignment: a page of a known form brought onto the form, however it was fed."""

from __future__ import annotations

from digitscan.alignment.align import Aligner, Alignment

__all__ = ["Aligner", "Alignment"]
