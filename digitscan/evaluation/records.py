"""The records of an evaluation: what ``digitscan evaluate`` writes as JSON.

All shares are between 0 and 1. What has no value, such as the accuracy of no digits, is None.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from digitscan.results import Record

SCHEMA: Final = "digitscan.evaluate/1"
"""Name and version of the JSON format."""

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0.0, le=1.0), AfterValidator(lambda value: round(value, 6))]
Threshold = Annotated[float, Field(ge=0.0, le=1.0)]
"""Not rounded: what lies at a threshold must stay on its side of it."""


class ClassScores(Record):
    """How well one class is told.

    Attributes:
        digit: The class.
        actual: Digits that are of it.
        predicted: Digits that were taken for it.
        precision: Share of those predicted that are of it.
        recall: Share of those of it that were predicted.
        f1: Harmonic mean of the two.
    """

    digit: Annotated[str, Field(pattern="^[0-9]$")]
    actual: Count
    predicted: Count
    precision: Share | None
    recall: Share | None
    f1: Share | None


class ReliabilityBin(Record):
    """The digits whose confidence lies from ``low`` up to ``high``.

    Attributes:
        low: Lower edge, within the bin.
        high: Upper edge, outside of it, except 1.
        digits: How many there are.
        confidence: Their mean confidence.
        accuracy: Share of them that is right.
    """

    low: Share
    high: Share
    digits: Count
    confidence: Share | None
    accuracy: Share | None


class Calibration(Record):
    """Whether confidences are what they say: the mean gap ``error``, and where it comes from."""

    error: Share
    bins: tuple[ReliabilityBin, ...]


class CoveragePoint(Record):
    """What is kept at a threshold.

    Attributes:
        threshold: Least confidence of what is kept.
        coverage: Share of the digits that is kept.
        accuracy: Share of those kept that is right.
    """

    threshold: Threshold
    coverage: Share
    accuracy: Share | None


class CoverageSummary(Record):
    """What is kept at some thresholds, and at the lowest one that keeps the accuracy at ``target``.

    ``reached`` is None when no threshold does.
    """

    points: tuple[CoveragePoint, ...]
    target: Share
    reached: CoveragePoint | None


class DigitRecord(Record):
    """One digit: what it is and what it was taken for."""

    actual: Annotated[str, Field(pattern="^[0-9]$")]
    predicted: Annotated[str, Field(pattern="^[0-9]$")]
    confidence: Share
    right: bool


class Evaluation(Record):
    """All that was measured.

    Attributes:
        schema_: Name and version of the format.
        model: The model's name on its card.
        data: The data as named.
        digits: Digits measured on.
        mistakes: How many were taken for another.
        accuracy: Share that was not.
        loss: Mean cross entropy in nats over the ten digits.
        classes: Scores of each class, 0 to 9.
        confusion: Counts; a row is what digits are, a column what they were taken for.
        calibration: Whether confidences are what they say.
        coverage: Accuracy of what is kept when the less confident are put aside.
        first: The first digits one by one, as many as were asked for.
    """

    schema_: Annotated[Literal["digitscan.evaluate/1"], Field(alias="schema")] = SCHEMA
    model: str
    data: tuple[str, ...]
    digits: Count
    mistakes: Count
    accuracy: Share
    loss: Annotated[float, Field(ge=0.0), AfterValidator(lambda value: round(value, 6))]
    classes: tuple[ClassScores, ...]
    confusion: tuple[tuple[Count, ...], ...]
    calibration: Calibration
    coverage: CoverageSummary
    first: tuple[DigitRecord, ...] = ()
