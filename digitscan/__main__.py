"""``python -m digitscan``."""

from __future__ import annotations

from digitscan.cli import main

if __name__ == "__main__":
    main()
