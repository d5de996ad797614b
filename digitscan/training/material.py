"""What there is to learn from: digits by themselves, and drawn strings beside them."""

from __future__ import annotations

from typing import NamedTuple

from digitscan.data import DigitData
from digitscan.errors import UsageError
from digitscan.training.checkpoint import Checkpoint
from digitscan.training.examples import (
    DrawnExamples,
    Examples,
    digit_examples,
    draw_examples,
    join_examples,
)
from digitscan.training.plan import TrainingPlan
from digitscan.training.reporter import Reporter
from digitscan.training.transcriber.strips import Strips

_DIGITS = 3.0
"""Digits by themselves a candidate of strings, about, among the examples: they are varied far more."""

_LEAST_HELD_OUT = 20
"""Strings of validation digits that are drawn at least, so that some of them can be read as a whole."""


class StripParts(NamedTuple):
    """Strips to learn from, and strips that only measure; at least one of each."""

    train: Strips
    validation: Strips


class Material(NamedTuple):
    """What there is to learn from.

    Attributes:
        train: Examples that the classifier learns from.
        validation: Examples that only measure.
        digits: So many of the first examples of ``train`` are digits by themselves, the others candidates of
            strings.
        strips: For the transcriber; None without strings.
    """

    train: Examples
    validation: Examples
    digits: int
    strips: StripParts | None


def gather_material(
    data: DigitData, plan: TrainingPlan, checkpoint: Checkpoint, reporter: Reporter
) -> Material:
    """Gather what there is to learn from.

    Args:
        data: Digits by themselves.
        plan: How many strings are drawn, and from which seed.
        checkpoint: Where what was drawn is kept, and taken from when it is there.
        reporter: Told of progress.

    Raises:
        OutputError: The checkpoint cannot be written.
        UsageError: The checkpoint is damaged, or the strings are too few to learn from as a whole.
    """
    train, validation = digit_examples(data.train), digit_examples(data.validation)
    digits = len(train.labels)
    if not plan.strings:
        return Material(train, validation, digits, None)
    drawn = checkpoint.load_strings()
    if drawn is None:
        drawn = _draw_strings(data, plan, reporter)
        checkpoint.save_strings(drawn)
    (candidates, strips), (held_out, held_out_strips) = drawn
    if not len(strips.widths) or not len(held_out_strips.widths):
        raise UsageError(f"--strings {plan.strings}: none of those drawn can be learnt as a whole; draw more")
    times = max(1, round(_DIGITS * len(candidates.labels) / digits))
    return Material(
        join_examples([train] * times + [candidates]),
        join_examples([validation, held_out]),
        digits * times,
        StripParts(strips, held_out_strips),
    )


def _draw_strings(data: DigitData, plan: TrainingPlan, reporter: Reporter) -> list[DrawnExamples]:
    """Examples of strings to learn from, and of strings of validation digits."""
    held_out = max(_LEAST_HELD_OUT, -(-plan.strings // 20))
    reporter.begin("Drawing strings", plan.strings + held_out)
    return [
        draw_examples(script, count, seed, reporter.advance)
        for script, count, seed in (
            (data.script, plan.strings, plan.seed),
            (data.validation_script, held_out, plan.seed + 1),
        )
    ]
