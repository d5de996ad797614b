"""What each epoch came to."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Epoch:
    """One epoch.

    Attributes:
        epoch: Its number, from 1.
        loss: Mean loss of its batches in nats, each before the step that it causes.
        accuracy: Share of their examples told right, from 0 to 1.
        val_loss: Mean loss of the validation examples after the epoch.
        val_accuracy: Share of them told right.
        learning_rate: Of its first step.
        seconds: It took, validation included.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float

    def __str__(self) -> str:
        """As progress shows it."""
        return (
            f"accuracy {self.accuracy:.4f}  loss {self.loss:.4f}"
            f"  validation accuracy {self.val_accuracy:.4f}  validation loss {self.val_loss:.4f}"
        )


def best_epoch(history: Sequence[Epoch]) -> Epoch:
    """The epoch with the least validation loss, the first of equals.

    Args:
        history: At least one epoch.
    """
    return min(history, key=lambda epoch: epoch.val_loss)


def has_stalled(history: Sequence[Epoch], patience: int | None) -> bool:
    """Whether ``patience`` epochs have passed since the best one; never when it is None."""
    return bool(history) and patience is not None and len(history) - best_epoch(history).epoch >= patience


def write_history(path: Path, history: Sequence[Epoch]) -> None:
    """Write a CSV table with a row for each epoch.

    Raises:
        OSError: It cannot be written.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([field.name for field in fields(Epoch)])
        for epoch in history:
            table.writerow([f"{value:.6g}" for value in astuple(epoch)])
