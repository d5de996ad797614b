"""What all writers share: the events of a run, and how names are shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from digitscan.filestate import FileState
from digitscan.results import ErrorRecord, PageResult
from digitscan.writers.destination import Destination


class Writer(ABC):
    """Writes the results of one run while they arrive.

    A writer is a context manager. Inside it, every document is one ``begin_document``, any number of
    ``write_page`` and one ``end_document``. When the block ends with an exception, nothing more is written:
    an output that was cut off should not look complete.
    """

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()

    @abstractmethod
    def begin_document(self, source: str, state: FileState | None = None) -> None:
        """Starts the document of ``source``, whose file was in this state, where that is to be kept."""

    @abstractmethod
    def write_page(self, page: PageResult) -> None:
        """Writes the next page of the document."""

    @abstractmethod
    def end_document(self, error: ErrorRecord | None) -> None:
        """Ends the document, with the error that stopped its reading, if any."""

    def _begin(self) -> None:  # noqa: B027 (a format without a head has nothing to do here)
        """Writes what stands before the first document."""

    def _finish(self) -> None:  # noqa: B027 (a format without a foot has nothing to do here)
        """Writes what stands after the last document."""


def encodable(text: str) -> str:
    r"""Replaces what UTF-8 cannot hold by backslash escapes.

    Python keeps a byte of a file name that is not UTF-8 as a lone surrogate, which cannot be encoded, and
    which many readers of JSON refuse even when it is escaped.

    Examples:
        >>> encodable("é\udcff.png")
        'é\\udcff.png'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
