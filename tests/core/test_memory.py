"""Memory is kept from page to page."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
{first}
def read():
    pages = [np.full((3000, 2000), 1, np.uint8) for _ in range(4)]
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
read()
before = faults()
for _ in range(5):
    read()
print(faults() - before)
"""


def faults(first: str, environment: dict[str, str]) -> int:
    """Pieces of memory that a new process asks the system for again while it reads pages like its first."""
    command = [sys.executable, "-c", PROGRAM.format(first=first)]
    unset = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(command, capture_output=True, check=True, env={**unset, **environment})
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have ways of their own")
@pytest.mark.parametrize(
    "environment", [{}, {"MALLOC_TRIM_THRESHOLD_": "65536"}], ids=["plain", "as in Dask"]
)
def test_pages_take_the_memory_of_those_before(environment: dict[str, str]) -> None:
    kept = "from digitscan.executors.memory import keep_freed_memory\nkeep_freed_memory()"
    assert faults(kept, environment) < 100 < faults("", environment)
