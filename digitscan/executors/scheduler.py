"""The connection to a Dask scheduler."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digitscan import __version__
from digitscan.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

_PATIENCE = 5
"""Seconds for a scheduler to answer."""
_TALKATIVE = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application")
"""Loggers whose messages Dask sends to stderr by itself."""


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """Connect to a scheduler; Dask says nothing on stderr meanwhile.

    Args:
        address: As ``tcp://host:8786``.

    Raises:
        UsageError: Dask is not installed, or no scheduler answers.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        message = "--scheduler needs Dask; install it with: pip install 'digitscan[dask]'"
        raise UsageError(message) from error
    # The model and the documents that workers cannot see go to them through the scheduler.
    with _silence(), dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        try:
            with warnings.catch_warnings():
                # That libraries of the workers are of other versions; which of that matters we find out.
                warnings.simplefilter("ignore")
                client = Client(address, timeout=_PATIENCE, set_as_default=False, name="digitscan")
        except (OSError, ValueError, TypeError) as error:
            raise UsageError(f"no Dask scheduler answers at {address}") from error
        with client:
            yield client


def check_versions(client: Client) -> None:
    """Make sure that the workers have the digitscan that we are.

    Raises:
        UsageError: One has another version or none, which the line names.
    """
    found = client.get_versions(packages=["digitscan"])["workers"]
    for address, versions in found.items():
        theirs = versions["packages"].get("digitscan")
        if theirs != __version__:
            raise UsageError(
                f"worker {address} has {f'digitscan {theirs}' if theirs else 'no digitscan'};"
                f" install digitscan {__version__} there"
            )


@contextmanager
def _silence() -> Iterator[None]:
    nothing = logging.NullHandler()
    nothing.addFilter(_reject)
    logging.getLogger("asyncio").addHandler(nothing)  # which has none, and would fall back to stderr
    handlers = [handler for name in _TALKATIVE for handler in logging.getLogger(name).handlers]
    for handler in handlers:
        handler.addFilter(_reject)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(_reject)
        logging.getLogger("asyncio").removeHandler(nothing)


def _reject(record: logging.LogRecord) -> bool:
    return False
