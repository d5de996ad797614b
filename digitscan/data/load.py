"""From what the user names as data to its digits, whatever it is kept in."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from digitscan.data.digits import Digits, Part, join_digits
from digitscan.data.folders import has_class_folders, load_class_folders
from digitscan.data.fonts import load_fonts
from digitscan.data.idx import has_idx_files, load_idx
from digitscan.data.npz import load_npz
from digitscan.data.typefaces import SUFFIXES, Typeface, find_typefaces
from digitscan.data.unipen import PENS, PenDigit, draw_digits, is_unipen, load_strokes
from digitscan.errors import SourceError, UsageError
from digitscan.sources.problems import explain_os_error

VALIDATION_SHARE = 12
"""One in this many training digits is kept apart for validation."""

Loader = Callable[[Part], Digits | None]
"""Gives a part of a source's digits; no test part, None, when the source is not split and all are training
digits."""


@dataclass(frozen=True)
class Script:
    """What synthetic strings are written and printed with.

    Attributes:
        digits: Pictures of handwritten digits; of all digits where there are no others.
        strokes: Digits as a pen wrote them, those of a writer together.
        fonts: Typefaces.
    """

    digits: Digits
    strokes: tuple[PenDigit, ...] = ()
    fonts: tuple[Typeface, ...] = ()


@dataclass(frozen=True)
class DigitData:
    """Digits to train with, to choose with, and to measure with, none in two of them.

    Attributes:
        name: What a model's card calls the sources.
        train: To learn from.
        validation: To choose with; the last of each source's training digits.
        comparable: Those of the validation digits whose source has test digits too: what is chosen on them,
            such as a threshold, can be measured on ``test``.
        test: To measure with.
        script: What strings are drawn with that are learnt from.
        validation_script: The same for strings that only measure; the typefaces are those of ``script``.
    """

    name: str
    train: Digits
    validation: Digits
    comparable: Digits
    test: Digits
    script: Script
    validation_script: Script


def load_digits(sources: Sequence[str]) -> DigitData:
    """Load labelled digits to train with.

    Args:
        sources: One or several of: ``mnist``, which Keras downloads once; a ``.npz`` file with ``x_train``,
            ``y_train``, ``x_test``, ``y_test`` as Keras keeps MNIST; a folder of IDX files as MNIST is
            published; a folder of class folders of images, split into ``train`` and ``test`` or all for
            training; a UNIPEN file of pen strokes, packed with gzip or not, all for training; ``fonts``, all
            those that installed packages bring, a font (``.ttf``, ``.otf``, ``.woff``, ``.woff2``) or a
            folder of fonts, whose digits are all for training.

    Returns:
        The digits of all sources together; the last of each one's training digits are for validation.

    Raises:
        SourceError: A file is missing or holds something else.
        UsageError: MNIST cannot be downloaded, Pillow, which draws fonts, is missing, or no source has test
            digits.
    """
    train, validation, comparable, test = [], [], [], []
    written: list[int] = []  # which of the sources are handwriting
    fonts: list[Typeface] = []
    strokes: tuple[list[PenDigit], list[PenDigit]] = ([], [])
    for place, source in enumerate(sources):
        opened = _open(source, varied=True)
        fonts += opened.typefaces
        if not opened.typefaces:
            written.append(place)
        digits, measured = opened.load("train"), opened.load("test")
        assert digits is not None
        held = len(digits.labels) // VALIDATION_SHARE
        if not held or (measured is not None and not len(measured.labels)):
            raise SourceError("unsupported_format", f"{source}: too few images to train and test with")
        train.append(Digits(digits.images[:-held], digits.labels[:-held]))
        held_strokes = -(-len(opened.strokes) // VALIDATION_SHARE)
        strokes[0].extend(opened.strokes[: len(opened.strokes) - held_strokes])
        strokes[1].extend(opened.strokes[len(opened.strokes) - held_strokes :])
        validation.append(Digits(digits.images[-held:], digits.labels[-held:]))
        if measured is not None:
            comparable.append(validation[-1])
            test.append(measured)
    if not test:
        raise UsageError("none of the --data holds test digits; give MNIST or a file in its layout too")
    return DigitData(
        name_sources(sources),
        train=join_digits(train),
        validation=join_digits(validation),
        comparable=join_digits(comparable),
        test=join_digits(test),
        script=Script(_handwriting(train, written), tuple(strokes[0]), tuple(fonts)),
        validation_script=Script(_handwriting(validation, written), tuple(strokes[1]), tuple(fonts)),
    )


def _handwriting(parts: Sequence[Digits], written: Sequence[int]) -> Digits:
    """The digits of those sources that are handwriting, or of all when none is."""
    return join_digits([parts[place] for place in written] or parts)


def load_test(sources: Sequence[str]) -> Digits:
    """Load labelled digits to measure a classifier on.

    Args:
        sources: As ``load_digits`` takes them.

    Returns:
        The test digits of each source that is split, and all digits of each that is not, in order. Pen
        strokes are drawn with one pen of middle width, fonts at one middle size.

    Raises:
        SourceError: A file is missing or holds something else, or a source's test part is empty.
        UsageError: MNIST cannot be downloaded, or Pillow, which draws fonts, is missing.
    """
    parts = []
    for source in sources:
        opened = _open(source, varied=False)
        digits = opened.load("test")
        if digits is None:
            digits = opened.load("train")
        if digits is None or not len(digits.labels):
            raise SourceError("unsupported_format", f"{source}: holds no test digits")
        parts.append(digits)
    return join_digits(parts)


def name_sources(sources: Sequence[str]) -> str:
    """Name data in a model's card: its files and folders, without where they lie.

    Examples:
        >>> name_sources(["mnist", "/data/pens.gz"])
        'MNIST, pens.gz'
    """
    return ", ".join("MNIST" if source == "mnist" else Path(source).name for source in sources)


class _Source(NamedTuple):
    """A source of digits: its loader, and its typefaces or strokes."""

    load: Loader
    typefaces: tuple[Typeface, ...] = ()
    strokes: tuple[PenDigit, ...] = ()


def _open(source: str, *, varied: bool) -> _Source:
    """Find out what a source is; strokes and fonts are drawn in many ways or in one."""
    if source == "mnist":
        from digitscan.data.mnist import load_mnist

        return _Source(load_mnist)
    path = Path(source)
    if source != "fonts" and path.suffix.lower() not in SUFFIXES:
        images = _open_images(path, PENS if varied else PENS[1:2])
        if images is not None:
            return images
    typefaces = find_typefaces(source)
    if not typefaces:
        raise SourceError(
            "unsupported_format",
            f"{path}: a folder with neither IDX files (train-images-idx3-ubyte ...)"
            " nor folders of images named 0 to 9 nor fonts with digits",
        )
    return _Source(partial(load_fonts, typefaces, varied=varied), typefaces)


def _open_images(path: Path, pens: Sequence[float]) -> _Source | None:
    """Find out what a file or folder of digits is; None for a folder that may hold fonts."""
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            if has_idx_files(path):
                return _Source(partial(load_idx, path))
            if has_class_folders(path):
                return _Source(partial(load_class_folders, path))
            return None
        if is_unipen(path):
            strokes = tuple(load_strokes(path))
            return _Source(partial(draw_digits, strokes, pens=pens), strokes=strokes)
    except (OSError, EOFError, zlib.error) as error:
        raise _explain(path, error) from error
    return _Source(partial(load_npz, path))


def _explain(path: Path, error: Exception) -> SourceError:
    if isinstance(error, OSError) and error.errno is not None:
        problem = explain_os_error(error)
        return SourceError(problem.code, f"{path}: {problem.message}")
    return SourceError("corrupt", f"{path}: the gzip data is damaged or cut off")
