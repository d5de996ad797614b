from __future__ import annotations

import sys
from pathlib import Path

# The benchmarks are no package: they import each other by plain name, from their own folder.
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
