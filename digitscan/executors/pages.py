"""From a task to its outcome, in whatever process that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from digitscan.errors import DigitscanError, SourceError
from digitscan.executors.spool import receive
from digitscan.executors.tasks import PageOutcome, PageTask, ReadingPlan
from digitscan.filestate import FileState
from digitscan.results import ErrorRecord, PageResult
from digitscan.sources import Document, Source, open_document, state

DocumentKey = tuple[Source, FileState | None]
"""What tells a document from others: its source, and the state of its file."""


def document_key(source: Source) -> DocumentKey:
    """Give the key of a source's document; one that was replaced is another document."""
    return replace(source, state=None), state(source)


class PageReader:
    """Reads pages, in one thread; a document stays open as long as the tasks are of it.

    More threads take a quarter more of the processors' time and read no sooner.

    Args:
        plan: How pages are read.
        opened: Documents that were opened already.

    Raises:
        ModelError: The model is unusable.
        TemplateError: A reference of the template cannot be used.
    """

    def __init__(self, plan: ReadingPlan, *, opened: Mapping[DocumentKey, Document] | None = None) -> None:
        import cv2

        from digitscan.classifier import Classifier
        from digitscan.executors.memory import keep_freed_memory
        from digitscan.reader import Reader

        cv2.setNumThreads(1)
        keep_freed_memory()
        self._reader = Reader(
            Classifier(plan.model),
            layout=plan.layout,
            template=plan.template,
            review_below=plan.review_below,
            keep_separators=plan.keep_separators,
        )
        self._plan = plan
        self._opened = dict(opened or {})
        self._key: DocumentKey | None = None
        self._document: Document | None = None

    def read(self, task: PageTask) -> PageOutcome:
        """Read a page.

        Whatever is wrong with it is in the outcome, be it our own mistake: a night's work does not end for
        one page.

        Raises:
            DigitscanError: The picture of the page cannot be written.
        """
        document: Document | None = None
        page = error = None
        try:
            if task.pipe is not None and task.number == 1 and task.source.path is not None:
                receive(task.pipe, task.source.path)
            document = self._open(task.source)
            if task.number:
                page = self._read_page(document, task.number, task.picture)
        except SourceError as caught:
            error = _record(caught)
        except DigitscanError:
            raise
        except MemoryError:
            error = ErrorRecord(code="out_of_memory", message="there is not enough memory to read it")
        except Exception as caught:
            line = " ".join(str(caught).split()) or "no message"
            error = ErrorRecord(
                code="internal_error", message=f"internal error: {type(caught).__name__}: {line}"
            )
        if document is None:
            return PageOutcome(0, error=error)
        if document.count == 1:
            self.close()
        problem = None if document.problem is None else _record(document.problem)
        return PageOutcome(document.count, page, error, problem)

    def close(self) -> None:
        """Let go of the document that was read last."""
        if self._document is not None:
            self._document.close()
        self._key = self._document = None

    def _open(self, source: Source) -> Document:
        key = document_key(source)
        if self._document is None or key != self._key:
            self.close()
            self._document = self._opened.pop(key, None) or open_document(
                source, dpi=self._plan.dpi, max_megapixels=self._plan.max_megapixels
            )
            self._key = key
        return self._document

    def _read_page(self, document: Document, number: int, picture: Path | None) -> PageResult:
        image = document.read(number)
        if picture is None:
            return self._reader.read_page(image, number)
        from digitscan.debug.picture import write_picture

        result, steps = self._reader.explain_page(image, number)
        write_picture(picture, steps)
        return result


def _record(error: SourceError) -> ErrorRecord:
    return ErrorRecord(code=error.code, message=error.message)
