"""Exit codes and the exceptions that carry them."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of the command line; scripts depend on them."""

    OK = 0
    REVIEW = 1
    """Some fields need review (only with ``--fail-on-review``)."""
    USAGE = 2
    UNREADABLE = 3
    """Some inputs could not be read, or do not fit the template; the others were written."""
    CONFIGURATION = 4
    """A template or a model is unusable."""
    INTERNAL = 70
    INTERRUPTED = 130


class DigitscanError(Exception):
    """An error with a one-line message for the user, naming the input and the cause."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL


class UsageError(DigitscanError):
    """The command was called in a way that cannot work (also: a missing extra)."""

    exit_code = ExitCode.USAGE


class SourceError(DigitscanError):
    """An input that cannot be read; it becomes the ``error`` record of its document.

    Args:
        code: A short stable name of the cause, such as ``not_found``.
        message: One line that says what is wrong. The writers put the name of the source before it.
    """

    exit_code = ExitCode.UNREADABLE

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class TemplateError(DigitscanError):
    """A template that cannot be used; the message names the file, the field and the key."""

    exit_code = ExitCode.CONFIGURATION


class ModelError(DigitscanError):
    """A model directory that cannot be used; the message names the directory and the cause."""

    exit_code = ExitCode.CONFIGURATION


class OutputError(DigitscanError):
    """The results cannot be written."""

    exit_code = ExitCode.INTERNAL
