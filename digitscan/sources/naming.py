"""Which files of a folder are images that somebody means."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from digitscan.errors import SourceError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pdf"})
"""Suffixes by which a folder's images are told from its other files; files named one by one need none."""


def is_hidden(match: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tells whether a match has a hidden part that the pattern does not itself name with a leading dot.

    Args:
        match: The parts of a path.
        pattern: Those of the pattern.

    Examples:
        >>> is_hidden(["scans", ".old", "a.png"], ["scans", "*", "*.png"])
        True
        >>> is_hidden(["scans", ".old", "a.png"], ["scans", ".*", "*.png"])
        False
    """
    named = [part for part in pattern if part.startswith(".")]
    hidden = [part for part in match if part.startswith(".")]
    return any(not any(fnmatchcase(part, name) for name in named) for part in hidden)


def no_images() -> SourceError:
    """What is wrong with a folder without images."""
    kinds = " ".join(sorted(suffix[1:] for suffix in SUFFIXES))
    return SourceError("no_images", f"the folder has no images ({kinds})")


def no_match() -> SourceError:
    """What is wrong with a pattern that matches nothing."""
    return SourceError("not_found", "no file matches the pattern")


def no_images_matched() -> SourceError:
    """What is wrong with a pattern that matches folders without images."""
    return SourceError("no_images", "the folders that match have no images")
