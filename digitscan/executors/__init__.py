"""Where pages are read: in this process, in several, or on a cluster; one interface for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digitscan.errors import UsageError
from digitscan.executors.machine import cores
from digitscan.executors.tasks import (
    Executor,
    OnOutcome,
    PageOutcome,
    PageTask,
    Pending,
    ReadingPlan,
    ignore,
)

if TYPE_CHECKING:
    from digitscan.sources import Source

__all__ = [
    "Executor",
    "OnOutcome",
    "PageOutcome",
    "PageTask",
    "Pending",
    "ReadingPlan",
    "ignore",
    "open_executor",
]

_PAGE_TIMEOUT = 120.0
"""Seconds after which a worker's page is given up unless the user says otherwise."""


@contextmanager
def open_executor(
    plan: ReadingPlan,
    sources: Sequence[Source] | None,
    *,
    jobs: int | None = None,
    page_timeout: float | None = None,
    scheduler: str | None = None,
    at_once: bool = True,
) -> Iterator[Executor]:
    """Open what reads the pages.

    Args:
        plan: How.
        sources: What is to be read, None where nobody knows; where that is a few pages, and nothing else is
            asked for, this process reads them.
        jobs: In how many processes; 1 is this one, None as many as there are cores.
        page_timeout: Seconds after which a page is given up; that takes a process other than this one.
        scheduler: Address of a Dask cluster's scheduler, to read there.
        at_once: Whether there surely is something to read; else processes are started with the first task,
            and only then shows that the model or the template cannot be used.

    Raises:
        ModelError: The model is unusable.
        TemplateError: A reference of the template cannot be used.
        UsageError: The cluster cannot be used, or is named beside a number of processes.
    """
    timeout = _PAGE_TIMEOUT if page_timeout is None else page_timeout
    if scheduler is not None:
        if jobs is not None:
            raise UsageError("--scheduler and --jobs: pages are read on the cluster or in processes of ours")
        from digitscan.executors.cluster import Cluster

        with Cluster(plan, scheduler, timeout) as cluster:
            yield cluster
        return
    if jobs is None and cores() == 1:
        jobs = 1
    if page_timeout is None and jobs in (None, 1):
        from digitscan.executors.few import open_few
        from digitscan.executors.inprocess import InProcess
        from digitscan.executors.pages import PageReader

        opened = {} if jobs == 1 else open_few(sources, plan)
        if opened is not None:
            yield InProcess(PageReader(plan, opened=opened))
            return
    from digitscan.executors.processes import Processes

    with Processes(plan, jobs or cores(), timeout, at_once=at_once) as pool:
        yield pool
