"""Rules: the printed straight lines of forms, found and taken away without cutting what crosses them."""

from __future__ import annotations

from digitscan.rules.find import find_rules
from digitscan.rules.remove import remove_rules
from digitscan.rules.rule import Rule

__all__ = ["Rule", "find_rules", "remove_rules"]
