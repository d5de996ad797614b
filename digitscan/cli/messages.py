"""Messages to the user: a line each, on stderr."""

from __future__ import annotations

import sys
from contextlib import suppress


def say(line: str) -> None:
    """Print a message; one that nobody can receive stops no reading.

    Line ends and control characters, which a file's name may have, are escaped as in the table.
    """
    if sys.stderr is None:
        return  # closed, and print() would fall back to stdout
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    with suppress(OSError):
        print(shown, file=sys.stderr)
