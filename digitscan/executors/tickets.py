"""What those hold who gave a task to other processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digitscan.executors.tasks import OnOutcome, PageOutcome, PageTask


@dataclass(eq=False)
class Ticket:
    """A task that was submitted, and its outcome as soon as there is one.

    Attributes:
        pump: Waits until something becomes of any task.
        task: This one.
        on_outcome: Told of its outcome.
        outcome: What became of it; None while nothing did.
    """

    pump: Callable[[], None]
    task: PageTask
    on_outcome: OnOutcome
    outcome: PageOutcome | None = None

    def settle(self, outcome: PageOutcome) -> None:
        """Keep the outcome, and tell of it."""
        self.outcome = outcome
        self.on_outcome(outcome)

    def result(self) -> PageOutcome:
        """Wait for the outcome.

        Raises:
            DigitscanError: Nothing more can be read; the message says why.
        """
        while self.outcome is None:
            self.pump()
        return self.outcome
