"""Choices that the command line offers.

They stand alone so that ``--help`` need not load what they choose from.
"""

from __future__ import annotations

from enum import StrEnum

REVIEW_BELOW = 0.9
"""Confidence under which a field is to be reviewed unless the user says otherwise."""


MAX_MEGAPIXELS = 100.0
"""Millions of pixels over which a page is refused unless the user says otherwise; A3 at 600 dpi has 70.

Reading takes up to 17 bytes a pixel, and so do 16-bit colours to decode: a page below stays within 2 GiB."""


class Layout(StrEnum):
    """How the fields of a page are found."""

    AUTO = "auto"
    """Boxes and combs where the page has them, else lines of digits."""
    FIELD = "field"
    """The whole image is one field."""
    BOXES = "boxes"
    """Closed boxes and combs alone."""
    LINES = "lines"
    """Lines of digits alone."""


class OutputFormat(StrEnum):
    """The formats of results."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


class Augment(StrEnum):
    """How training digits are varied anew for each epoch."""

    NONE = "none"
    AFFINE = "affine"
    """Turned, sheared, stretched, shifted, with another pen."""
    ELASTIC = "elastic"
    """Bent as well."""


class Normalise(StrEnum):
    """What a network does with crops of 0 for paper to 1 for ink before its first layer."""

    SCALE = "scale"
    """Nothing: they are scaled already."""
    L2 = "l2"
    """Each column of pixels gets length 1."""
    DIRECTIONS = "directions"
    """It looks at the directions of strokes instead of at pixels."""


class Loss(StrEnum):
    """What the cross entropy is computed from."""

    PROBABILITIES = "probabilities"
    LOGITS = "logits"
    """The last layer is linear while training; a softmax follows it in the files."""


class Schedule(StrEnum):
    """How the learning rate goes."""

    CONSTANT = "constant"
    COSINE = "cosine"
    """Down to nothing along half a cosine."""
