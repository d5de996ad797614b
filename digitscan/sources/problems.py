"""What the operating system's refusals mean for a source."""

from __future__ import annotations

import errno

from digitscan.errors import SourceError


def explain_os_error(error: OSError) -> SourceError:
    """Translates a failed look-up, listing or read.

    Args:
        error: What the operating system raised.

    Returns:
        The error, ``not_found``, ``permission_denied``, ``not_a_file`` or ``unreadable``.

    Examples:
        >>> explain_os_error(FileNotFoundError(2, "No such file or directory")).code
        'not_found'
    """
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceError("not_found", "no such file or folder")
    if isinstance(error, PermissionError):
        return SourceError("permission_denied", "permission denied")
    if isinstance(error, IsADirectoryError):
        return SourceError("not_a_file", "is a folder, not a file")
    if error.errno in (errno.ELOOP, errno.ENAMETOOLONG):
        return SourceError("not_found", "no such file: the name is too long or its links run in a circle")
    return SourceError("unreadable", f"cannot be read: {(error.strerror or str(error)).lower()}")
