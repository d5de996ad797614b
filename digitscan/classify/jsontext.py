"""Results of ``classify`` as one JSON object."""

from __future__ import annotations

from collections.abc import Iterable

from digitscan.classify.records import CLASSIFY_SCHEMA, DigitResult
from digitscan.writers.base import encodable
from digitscan.writers.destination import Destination


def write_json(results: Iterable[DigitResult], destination: Destination) -> None:
    """Write one JSON object, a line for each result, each as soon as it comes.

    Results without a label have no key for it.
    """
    destination.write(f'{{"schema":"{CLASSIFY_SCHEMA}","results":[')
    separator = "\n "
    for result in results:
        unknown = {"label"} if result.label is None else None
        destination.write(separator + _encodable(result).model_dump_json(exclude=unknown))
        separator = ",\n "
    destination.write("\n]}\n")


def _encodable(result: DigitResult) -> DigitResult:
    """Escape what UTF-8 cannot hold in names, as the other writers do."""
    changes: dict[str, object] = {"source": encodable(result.source)}
    if result.error is not None:
        changes["error"] = result.error.model_copy(update={"message": encodable(result.error.message)})
    return result.model_copy(update=changes)
