"""What the user named, as pages: one at a time, grey and upright."""

from __future__ import annotations

from digitscan.sources.content import open_content
from digitscan.sources.discover import find_sources
from digitscan.sources.document import Document, open_document
from digitscan.sources.reading import open_pages
from digitscan.sources.records import Page, Source
from digitscan.sources.states import state

__all__ = [
    "Document",
    "Page",
    "Source",
    "find_sources",
    "open_content",
    "open_document",
    "open_pages",
    "state",
]
