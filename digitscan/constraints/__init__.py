"""Constraints: what the text of a field must obey, as its template says.

A constraint names its key in the template, and what is wrong with a text that breaks it.
"""

from __future__ import annotations

from digitscan.constraints.constraints import Constraints

__all__ = ["Constraints"]
