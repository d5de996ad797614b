"""Reading pictures of one digit each: what the digit is, with the probabilities of all ten."""

from __future__ import annotations

from digitscan.classify.classifying import Classified, classify, classify_sources, see_items, see_sources
from digitscan.classify.finding import Found, find_digit
from digitscan.classify.records import ClassifyResult, DigitResult
from digitscan.classify.seeing import Way, see_digit

__all__ = [
    "Classified",
    "ClassifyResult",
    "DigitResult",
    "Found",
    "Way",
    "classify",
    "classify_sources",
    "find_digit",
    "see_digit",
    "see_items",
    "see_sources",
]
