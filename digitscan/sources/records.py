"""What discovery and reading hand on: sources and their pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digitscan.errors import SourceError
from digitscan.filestate import FileState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Source:
    """One document to read.

    Attributes:
        name: What results call it: the path or URL as given or found, or ``-`` for standard input.
        path: The file; ``None`` for standard input and for what has a URL.
        data: The bytes of standard input; ``None`` for others.
        problem: Why it cannot be read, where that is known before it is opened.
        state: That of the file just before it is opened, where the results are to keep it.
        url: Where fsspec finds it; ``None`` for files of this machine and standard input.
    """

    name: str
    path: Path | None
    data: bytes | None = None
    problem: SourceError | None = None
    state: FileState | None = None
    url: str | None = None


@dataclass(frozen=True)
class Page:
    """One page of a source.

    Attributes:
        number: Position in the document, from 1.
        image: ``uint8`` (H, W), grey, upright as its file says; 0 is black.
    """

    number: int
    image: NDArray[np.uint8]
