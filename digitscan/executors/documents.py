"""Documents on a Dask cluster: which of them its workers open by themselves, and the bytes of the others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from digitscan.filestate import FileState
from digitscan.sources import Source, open_content, state

if TYPE_CHECKING:
    from distributed import Client, Future

_MANY = 256 * 2**20
"""Bytes of documents on the cluster from which on no more are sent before some were read."""


@dataclass(eq=False)
class Document:
    """The content of a document on the cluster, for as long as somebody holds this.

    Attributes:
        name: What a chunk calls it.
        future: Its bytes.
        size: How many.
    """

    name: str
    future: Future[bytes]
    size: int


class Documents:
    """The documents that are on the cluster.

    Args:
        client: The connection to it.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sent: WeakValueDictionary[object, Document] = WeakValueDictionary()
        self._numbers = count()
        self._unseen: set[Path] = set()

    @property
    def are_many(self) -> bool:
        """Whether some should be read before others are sent."""
        return sum(document.size for document in self._sent.values()) >= _MANY

    def locate(self, source: Source, *, unseen: bool) -> tuple[FileState | None, Document | None]:
        """Give what tells a worker that it sees the same file; where none does, the document.

        Args:
            source: A file or a URL.
            unseen: Whether a worker did not see it; then its folder's files are taken to be here only.

        Raises:
            SourceError: The file cannot be read here.
        """
        if source.path is None:
            return None, None
        found = state(source)
        folder = source.path.parent
        if found is not None and not unseen and folder not in self._unseen:
            return found, None
        key = source.path, found
        document = self._sent.get(key) or self._send(source)
        self._sent[key] = document
        if unseen:
            self._unseen.add(folder)
        return found, document

    def _send(self, source: Source) -> Document:
        from digitscan.executors.chunks import keep

        content = open_content(source).tobytes()
        future = self._client.submit(keep, content, pure=False)
        return Document(f"document-{next(self._numbers)}", future, len(content))
