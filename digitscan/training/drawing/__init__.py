"""Drawing synthetic fields: what is written or printed on them, on what paper, and whose ink is where."""

from __future__ import annotations
