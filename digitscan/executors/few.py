"""Documents of so few pages that reading them here takes less time than starting other processes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing

from digitscan.errors import SourceError
from digitscan.executors.pages import DocumentKey, document_key
from digitscan.executors.tasks import ReadingPlan
from digitscan.sources import Document, Source, open_document, state

_FEW = 4
"""Pages that are read sooner here than other processes are started."""


def open_few(sources: Sequence[Source] | None, plan: ReadingPlan) -> dict[DocumentKey, Document] | None:
    """Open documents that have a few pages together.

    Args:
        sources: What is to be read; None where nobody knows.
        plan: How.

    Returns:
        Those that could be opened and give their content more than once, to be read as they are; None where
        there are more pages, or may be.
    """
    # What a URL holds is known when it was fetched, which is for those who read it.
    if sources is None or len(sources) > _FEW or any(source.url is not None for source in sources):
        return None
    opened: dict[DocumentKey, Document] = {}
    pages = 0
    with ExitStack() as stack:
        for source in sources:
            key = document_key(source)
            if key not in opened:
                document = _open(source, plan)
                if document is not None:
                    opened[key] = stack.enter_context(closing(document))
            pages += opened[key].count if key in opened else 1
            if pages > _FEW:
                return None
        stack.pop_all()
    return opened


def _open(source: Source, plan: ReadingPlan) -> Document | None:
    """Open a document; None for a pipe, which gives its content once, and for what cannot be opened."""
    if source.problem is not None or (source.path is not None and state(source) is None):
        return None
    try:
        return open_document(source, dpi=plan.dpi, max_megapixels=plan.max_megapixels)
    except SourceError:
        return None
