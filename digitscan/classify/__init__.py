"""Reading pictures of one digit each: what the digit is, with the probabilities of all ten."""

from __future__ import annotations

from digitscan.classify.classifying import classify_sources
from digitscan.classify.finding import Found, find_digit
from digitscan.classify.records import ClassifyResult, DigitResult

__all__ = ["ClassifyResult", "DigitResult", "Found", "classify_sources", "find_digit"]
