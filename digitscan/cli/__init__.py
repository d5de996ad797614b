"""The command line: ``digitscan COMMAND``."""

from __future__ import annotations

import gc
from typing import NoReturn

from digitscan.cli.messages import say
from digitscan.errors import ExitCode

__all__ = ["main"]


def main() -> NoReturn:
    """Run the program and exit; no traceback reaches the user, not even while the program is being loaded."""
    try:
        from digitscan.cli.app import run_program

        code = run_program()
    except KeyboardInterrupt:
        say("digitscan: interrupted")
        code = ExitCode.INTERRUPTED
    gc.freeze()  # else Python looks for garbage in all that was loaded, which takes as long as two pages
    raise SystemExit(code)
