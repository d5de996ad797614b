"""Shares of the steps of reading a page, as Python's profiler sees them."""

from __future__ import annotations

import cProfile
import pstats
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import digitscan

PACKAGE = Path(digitscan.__file__).parent

STEPS = {
    "decoding the file": ("sources",),
    "ink": ("ink", "bilevel", "light", "bands", "packed", "sampling", "strokes", "texture"),
    "level": ("skew", "straightening", "alignment"),
    "rules": ("rules",),
    "written": ("layers", "written", "parts", "windows", "labelling", "groups", "components", "heights"),
    "fields": ("fields", "intervals", "template"),
    "segmentation": (
        *("writings", "wholes", "singles", "segmentation", "pieces", "cuts", "seams", "writing_line"),
        *("geometry", "candidates", "recognition"),
    ),
    "crops": ("crops",),
    "strips": ("strips",),
    "networks": ("classifier",),
    "decoding strings": ("decoding", "spelling", "texts", "weighing", "ctc", "pooling", "constraints"),
    "judging": ("judging", "separators", "marks", "results", "reader"),
}
"""Steps of the flow, and the modules and folders of the package that take them."""

OTHER = "other"

Function = tuple[str, int, str]
"""File, line and name of a function, as ``pstats`` has it."""

Calls = tuple[int, int, float, float]
"""Calls, all calls, own seconds, and seconds with what was called."""


def measure_steps(call: Callable[[], object], times: int) -> dict[str, float]:
    """Profile a call and share its time out among the steps.

    A step has the time of its own functions, and that of libraries while they are called from these.

    Args:
        call: What reads a page.
        times: How often.

    Returns:
        Share of each step, those of the other modules last; they sum up to 1.
    """
    profile = cProfile.Profile()
    for _ in range(times):
        profile.runcall(call)
    return sum_up(pstats.Stats(profile).stats)  # type: ignore[attr-defined]


def sum_up(
    stats: Mapping[Function, tuple[int, int, float, float, Mapping[Function, Calls]]],
) -> dict[str, float]:
    """Sum the times of functions up by steps.

    Args:
        stats: The calls of each function, and those by each of its callers.
    """
    seconds: dict[str, float] = defaultdict(float)
    for function, (_, _, own, _, callers) in stats.items():
        step = find_step(function[0])
        if step is not None:
            seconds[step] += own
            continue
        for caller, (_, _, _, together) in callers.items():
            step = find_step(caller[0])
            if step is not None:
                seconds[step] += together
    total = sum(seconds.values())
    return {step: seconds[step] / total for step in (*STEPS, OTHER) if seconds[step]}


def find_step(file: str) -> str | None:
    """Find the step that a file of the package belongs to; None for files of others.

    >>> find_step("/usr/lib/python3/site-packages/numpy/ma/core.py") is None
    True
    """
    path = Path(file)
    if not path.is_relative_to(PACKAGE):
        return None
    module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return next((step for step, modules in STEPS.items() if module in modules), OTHER)
