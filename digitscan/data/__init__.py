"""Labelled digits, to train a classifier with and to measure one on.

Nothing here needs TensorFlow, except the download of MNIST, once.
"""

from __future__ import annotations

from digitscan.data.digits import Digits
from digitscan.data.load import DigitData, Script, load_digits, load_test, name_sources

__all__ = ["DigitData", "Digits", "Script", "load_digits", "load_test", "name_sources"]
