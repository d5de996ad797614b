"""The process that reads pages for another one: tasks come in through a pipe, outcomes go out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from digitscan.errors import DigitscanError

if TYPE_CHECKING:
    from digitscan.executors.tasks import ReadingPlan

READY = "ready"
"""What a worker says first, once it can read."""


def work(connection: Connection, plan: ReadingPlan) -> None:
    """Read pages until the other side of the pipe is closed.

    Sends ``READY``, or the ``DigitscanError`` why nothing can be read; then, for each ``PageTask`` that comes
    in, a ``PageOutcome``, or the ``DigitscanError`` that ends all.

    Args:
        connection: This side of the pipe.
        plan: How pages are read.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the first process ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from digitscan.executors.pages import PageReader

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # nobody waits for us any more
        try:
            reader = PageReader(plan)
            connection.send(READY)
            while True:
                connection.send(reader.read(connection.recv()))
        except DigitscanError as error:
            connection.send(error)
    os._exit(0)  # nothing is left to do, and taking all down that was loaded costs as much as two pages


def _end_with_parent() -> None:
    """End at once when the first process was killed, whatever is being read."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
