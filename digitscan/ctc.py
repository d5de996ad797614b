"""Connectionist temporal classification: the strings that frame by frame probabilities stand for.

Graves, Fernandez, Gomez, Schmidhuber (2006), "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks". A network names, at each frame along a line, a digit or the
blank; a path through the frames reads the string that is left when repeats are merged and blanks taken out.
The probability of a string is the sum over all paths that read it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

BLANK = 10
"""Column of the blank; columns 0 to 9 are the digits."""

_LEAST = 1e-3
"""Digits less probable than this at a frame do not begin there when strings are searched."""

_HOPELESS = 1e-5
"""Prefixes less probable than this, of all kept, are not gone on with."""

_SURELY_BLANK = -1e-3
"""Log probability of the blank from which on a frame is surely blank."""

_FAINTEST = -80.0
"""Log probabilities below this are taken for it."""

_RESCALED = 8
"""Frames after which probabilities are scaled, before they could become too small to be told from nothing."""


def condense(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Leave out frames that tell nothing: all but the first of those in a row that are surely blank.

    What strings are as likely as others stays the same but for a thousandth.

    Args:
        frames: ``(T, 11)`` log probabilities of the digits and the blank at each frame.

    Returns:
        ``(T', 11)``, a third as many where digits are surely read.

    >>> frames = np.full((5, 11), -20.0, np.float32)
    >>> frames[:, BLANK] = 0
    >>> len(condense(frames))
    1
    """
    blank = frames[:, BLANK] > _SURELY_BLANK
    blank[1:] &= blank[:-1].copy()
    blank[:1] = False
    return frames[~blank]


def string_probabilities(frames: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float64]:
    """Log probabilities of strings.

    Args:
        frames: ``(T, 11)`` log probabilities of the digits and the blank at each frame.
        texts: Strings of digits.

    Returns:
        ``(len(texts),)`` log probabilities; ``-inf`` for a string that is too long for the frames.

    >>> frames = np.log(np.full((2, 11), 0.05, np.float32))
    >>> frames[:, 7] = np.log(0.5)
    >>> np.exp(string_probabilities(frames, ["7", "77", ""])).round(4).tolist()
    [0.3, 0.0, 0.0025]
    """
    return field_probabilities([frames], [texts])[0]


def field_probabilities(
    frames: Sequence[NDArray[np.float32]], texts: Sequence[Sequence[str]]
) -> list[NDArray[np.float64]]:
    """Log probabilities of strings of several fields, by the forward algorithm for all of them at once.

    Args:
        frames: ``(T, 11)`` of each field.
        texts: The strings of each.

    Returns:
        For each field what ``string_probabilities`` gives.
    """
    flat = [text for its in texts for text in its]
    longest = max(map(len, flat), default=0)
    states = np.full((len(flat), 2 * longest + 1), BLANK)
    for row, text in zip(states, flat, strict=True):
        row[1 : 2 * len(text) : 2] = [int(digit) for digit in text]
    # From one digit straight to the next, over the blank between, unless they are the same.
    skips = np.zeros(states.shape)
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    # Behind a field's last frame it is surely blank, which changes no string's probability.
    steps = max(map(len, frames), default=0)
    emitted = np.zeros((steps, len(frames), BLANK + 1))
    emitted[..., BLANK] = 1.0
    for number, given in enumerate(frames):
        emitted[: len(given), number] = np.exp(np.maximum(given, _FAINTEST, dtype=np.float64))
    counts = [len(its) for its in texts]
    places = states + (BLANK + 1) * np.repeat(np.arange(len(frames)), counts)[:, None]
    # Two states that are never reached stand before the first, so that all states have two before them.
    forward = np.zeros((len(flat), states.shape[1] + 2))
    reached = forward[:, 2:]
    moved, own = np.empty(states.shape), np.empty(states.shape)
    scale = np.zeros(len(flat))
    for step, probabilities in enumerate(emitted):
        np.take(probabilities, places, out=own)
        if step:
            np.multiply(skips, forward[:, :-2], out=moved)
            moved += forward[:, 1:-1]
            moved += reached
            np.multiply(moved, own, out=reached)
        else:  # the first blank, or the first digit
            reached[:, :2] = own[:, :2]
        if step % _RESCALED == _RESCALED - 1:
            total = reached.sum(axis=1)
            total[total == 0] = 1.0
            reached /= total[:, None]
            scale += np.log(total)
    ends = 2 * np.array([len(text) for text in flat], int)
    rows = np.arange(len(flat))
    whole = reached[rows, ends] + np.where(ends > 0, reached[rows, ends - 1], 0.0)
    with np.errstate(divide="ignore"):
        logs = np.log(whole) + scale
    return [logs[start:stop] for start, stop in pairwise([0, *accumulate(counts)])]


def likely_strings(
    frames: NDArray[np.float32], beam: int, allowed: Callable[[str], bool] | None = None
) -> list[str]:
    """Find the likeliest strings by prefix beam search (Graves, Jaitly 2014, algorithm 1).

    Args:
        frames: ``(T, 11)`` log probabilities.
        beam: Prefixes kept at each frame.
        allowed: Whether a string may begin so; None when all may.

    Returns:
        Up to ``beam`` strings, likely ones first.
    """
    ends: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}  # probability to end in a blank, in a digit
    for row in np.exp(frames.astype(np.float64)).tolist():
        digits = [(str(digit), row[digit]) for digit in range(BLANK) if row[digit] >= _LEAST]
        blank = row[BLANK]
        if not digits and blank > 1 - _LEAST:
            for text, (in_blank, in_digit) in ends.items():
                ends[text] = in_blank + in_digit, 0.0
            continue
        following: dict[str, list[float]] = {}
        for text, (in_blank, in_digit) in ends.items():
            whole = in_blank + in_digit
            same = following.setdefault(text, [0.0, 0.0])
            same[0] += whole * blank
            last = text[-1:]
            if last:
                same[1] += in_digit * row[int(last)]
            for digit, probability in digits:
                if allowed is not None and not allowed(text + digit):
                    continue
                longer = following.setdefault(text + digit, [0.0, 0.0])
                longer[1] += (in_blank if last == digit else whole) * probability
        best = sorted(following.items(), key=lambda item: -sum(item[1]))[:beam]
        total = sum(in_blank + in_digit for _, (in_blank, in_digit) in best)
        least = _HOPELESS * total
        ends = {text: (a / total, b / total) for text, (a, b) in best if a + b >= least}
    return sorted(ends, key=lambda text: -sum(ends[text]))
