"""Connectionist temporal classification: the strings that frame by frame probabilities stand for.

Graves, Fernandez, Gomez, Schmidhuber (2006), "Connectionist temporal classification: labelling unsegmented
sequence data with recurrent neural networks". A network names, at each frame along a line, a digit or the
blank; a path through the frames reads the string that is left when repeats are merged and blanks taken out.
The probability of a string is the sum over all paths that read it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from digitscan.spelling import Step, spell

BLANK = 10
"""Column of the blank; columns 0 to 9 are the digits."""

_NAMES = "0123456789"

_LEAST = 1e-3
"""Digits less probable than this at a frame do not begin there when strings are searched."""

_HOPELESS = 1e-5
"""Strings less probable than this beside the best are not gone on with."""

_OF_RUN = 4
"""Strings kept for each frame of a run of such as are not surely blank, and as many besides."""

_SURELY_BLANK = -1e-3
"""Log probability of the blank from which on a frame is surely blank."""

_FAINTEST = -80.0
"""Log probabilities below this are taken for it."""

_RESCALED = 8
"""Frames after which probabilities are scaled, before they could become too small to be told from nothing."""

_Prefix = tuple[float, float, float, int, str]
"""A string so far: its probability, those that it ends in a blank and in its last digit, which digit that is,
and its text. With none yet, the blank stands for the digit, and it does not end in that."""

_probability = itemgetter(0)


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
    # Fields with more frames come first: what is not at its end yet is always at the beginning.
    order = sorted(range(len(frames)), key=lambda field: -len(frames[field]))
    flat = [text for field in order for text in texts[field]]
    if not flat:
        return [np.zeros(0) for _ in frames]
    counts = [len(texts[field]) for field in order]
    strings = [0, *accumulate(counts)]
    # A string has a place for each digit with the blank before it, and one for the blank behind them all; the
    # digit that is named there by ";", two characters behind 9, is never seen.
    ends = [0, *accumulate([len(text) + 1 for text in flat])]
    firsts, lasts = np.array(ends[:-1]), np.array(ends[1:]) - 1
    lengths = lasts - firsts + 1
    digits = np.frombuffer(";".join([*flat, ""]).encode(), np.uint8).astype(np.intp) - ord("0")
    # From one digit straight to the next, over the blank between, unless they are the same.
    straight = np.append(1.0, digits[1:] != digits[:-1])
    emitted = _emitted([frames[field] for field in order])
    blanks = np.ascontiguousarray(emitted[..., BLANK])
    owners = np.arange(len(frames)).repeat(counts).repeat(lengths)
    digits += owners * emitted.shape[2]
    # Probabilities of all paths to the blank and to the digit of a place.
    to_blank, to_digit = np.zeros(len(digits)), np.zeros(1 + len(digits))
    to_blank[firsts] = 1.0
    scale = np.zeros(len(flat))
    first = 0
    for left in range(len(frames), 0, -1):  # fields that are not at their ends
        count, stop = strings[left], len(frames[order[left - 1]])
        size = ends[count]
        before, blank, digit = to_digit[:size], to_blank[:size], to_digit[1 : size + 1]
        skips, fields, names = straight[:size], owners[:size], digits[:size]
        moved, share = np.empty((2, size))
        for step in range(first, stop):
            np.multiply(skips, before, out=moved)
            moved += blank
            moved += digit
            blank += before
            blank *= blanks[step].take(fields, out=share, mode="clip")
            np.multiply(moved, emitted[step].take(names, out=share, mode="clip"), out=digit)
            if step % _RESCALED == _RESCALED - 1:
                total = np.add.reduceat(blank, firsts[:count]) + np.add.reduceat(digit, firsts[:count])
                total[total == 0] = 1.0
                scale[:count] += np.log(total)
                total = total.repeat(lengths[:count])
                blank /= total
                digit /= total
        first = stop
    with np.errstate(divide="ignore"):
        logs = np.log(to_blank[lasts] + to_digit[lasts]) + scale
    found = {field: logs[start:stop] for field, (start, stop) in zip(order, pairwise(strings), strict=True)}
    return [found[field] for field in range(len(frames))]


def _emitted(frames: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """``(T, fields, 12)`` probabilities at each frame of fields, the longest first; 0 in the last column."""
    lengths = np.array([len(given) for given in frames])
    emitted = np.zeros((lengths[0], len(frames), BLANK + 2))
    fields, steps = (np.arange(lengths[0]) < lengths[:, None]).nonzero()
    emitted[steps, fields, :-1] = np.exp(np.maximum(np.concatenate(frames), _FAINTEST, dtype=np.float64))
    return emitted


def likely_strings(
    frames: Sequence[NDArray[np.float32]], beam: int, allowed: Callable[[str], bool] | None = None
) -> list[list[str]]:
    """Find the likeliest strings by prefix beam search (Graves, Jaitly 2014, algorithm 1).

    A frame that is surely blank parts what is before it from what is behind: the strings of each run of other
    frames are searched for by themselves, and then joined.

    Args:
        frames: ``(T, 11)`` log probabilities of each field.
        beam: Prefixes kept at each frame.
        allowed: Whether a string may begin so; None when all may.

    Returns:
        For each field up to ``beam`` strings, likely ones first.
    """
    rows = np.exp(np.concatenate([np.zeros((0, BLANK + 1)), *frames]))
    named = rows >= _LEAST
    told = (named[:, :BLANK].any(axis=1) | (rows[:, BLANK] <= 1 - _LEAST)).nonzero()[0]
    owners = np.arange(len(frames)).repeat([len(its) for its in frames])[told]
    rows, named = rows[told], named[told]
    named[:, BLANK] = True
    rows /= (rows * named).sum(axis=1, keepdims=True)  # so that nothing is lost but what is dropped
    counts, digits = named[:, :BLANK].sum(axis=1).tolist(), named[:, :BLANK].nonzero()[1].tolist()
    begun = [digits[start:stop] for start, stop in pairwise([0, *accumulate(counts)])]
    listed = rows.tolist()
    places = told + owners  # with a gap between fields
    firsts = (np.diff(places, prepend=-2) > 1).nonzero()[0].tolist()
    # What is hopeless by itself may be the best that is allowed.
    hopeless = _HOPELESS if allowed is None else _HOPELESS**2
    steps: list[list[list[Step]]] = [[] for _ in frames]
    for start, stop in pairwise([*firsts, len(told)]):
        its = steps[owners.item(start)]
        width = min(beam, _OF_RUN * (1 + stop - start))
        its.append(_run_steps(listed[start:stop], begun[start:stop], width, hopeless, len(its) + 1))
    found = []
    for its in steps:
        spelt = spell(its, beam, hopeless=hopeless, allowed=allowed)
        found.append([text for weight, text, _ in spelt if weight >= _HOPELESS * spelt[0][0]])
    return found


def _run_steps(
    rows: Sequence[Sequence[float]],
    begun: Sequence[Sequence[int]],
    beam: int,
    hopeless: float,
    state: int,
) -> list[Step]:
    """The likeliest strings of a run of frames, as steps that lead to a state; the best of them weighs 1.

    Args:
        rows: Probabilities of the digits and the blank at each frame.
        begun: The digits that may begin at each; with the blank they have all of the probability.
        beam: Prefixes kept at each frame.
        hopeless: What is less probable than this is not gone on with.
        state: The state.
    """
    ends: dict[str, _Prefix] = {"": (1.0, 1.0, 0.0, BLANK, "")}
    for row, digits in zip(rows, begun, strict=True):
        blank = row[BLANK]
        before, ends = ends.values(), {}
        for whole, _, in_digit, last, text in before:
            to_blank, to_digit = whole * blank, in_digit * row[last]
            ends[text] = to_blank + to_digit, to_blank, to_digit, last, text
        for digit in digits:
            share, name = row[digit], _NAMES[digit]
            for whole, in_blank, _, last, text in before:
                more = share * (in_blank if last == digit else whole)
                if more <= hopeless:
                    continue
                longer = text + name
                if longer in ends:
                    _, to_blank, to_digit, _, _ = ends[longer]
                    more += to_digit
                    ends[longer] = to_blank + more, to_blank, more, digit, longer
                else:
                    ends[longer] = more, 0.0, more, digit, longer
        if len(ends) > beam:
            best = sorted(ends.values(), key=_probability, reverse=True)[:beam]
            total = sum(map(_probability, best))
            ends = {}
            for _, in_blank, in_digit, last, text in best:
                to_blank, to_digit = in_blank / total, in_digit / total
                ends[text] = to_blank + to_digit, to_blank, to_digit, last, text
    most = max(map(_probability, ends.values()))
    least = hopeless * most
    return [(state, whole / most, text, ()) for whole, _, _, _, text in ends.values() if whole >= least]
