"""References: a picture of a form, made ready for laying pages on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from digitscan.alignment.features import Features, find_features, match_features
from digitscan.alignment.patches import FEWEST, Patches, cut_patches, fit_patches
from digitscan.alignment.scaled import Scaled
from digitscan.errors import SourceError, TemplateError
from digitscan.sources import Source, open_pages
from digitscan.template import TemplatePage

_SHAPE = 0.02
"""A reference has the shape of its page to this share."""

_LINES = 0.12
"""The lines of a field's box are within this share of its shorter side from its edges."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture of a form.

    Attributes:
        LONGER: Pixels of the longer side that a form is made smaller to, about.
        features: Its corners.
        patches: Its patches.
        units: ``(3, 3)`` from its pixels to the unit of the form.
    """

    LONGER: ClassVar = 1200

    features: Features
    patches: Patches
    units: NDArray[np.float64]

    @classmethod
    def load(cls, path: Path, page: TemplatePage) -> Self:
        """Read the picture of a form's page; of a document of several pages, the first.

        Raises:
            TemplateError: It cannot be read, or has another shape than the page.
        """
        try:
            grey = next(open_pages(Source(str(path), path))).image
        except SourceError as error:
            raise TemplateError(f"reference {path}: {error.message}") from error
        height, width = grey.shape
        if abs(log(width / height * page.height / page.width)) > _SHAPE:
            raise TemplateError(
                f"reference {path}: has {width} x {height} pixels, another shape than the page of"
                f" {page.width:g} x {page.height:g}"
            )
        units = np.diag([page.width / width, page.height / height, 1.0])
        form = Scaled.of(grey, cls.LONGER).blurred()
        mask = _printed(form, page, units)
        patches = cut_patches(form, mask)
        if len(patches.middles) < FEWEST:
            raise TemplateError(f"reference {path}: too little is printed on it to align scans to")
        return cls(find_features(form, mask), patches, units)

    def scale(self, page: NDArray[np.uint8]) -> Scaled:
        """Make a page smaller to about the pixels that the form was made smaller to."""
        return Scaled.of(page, max(self.patches.form.grey.shape)).blurred()

    def match(self, page: Scaled) -> NDArray[np.float64] | None:
        """Find about how a page lies on the form, ``(3, 3)`` from its pixels to the form's unit, or None."""
        found = match_features(find_features(page), self.features)
        return None if found is None else self.units @ found

    def fit(self, page: Scaled, matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Make that exact; gives the share of the form's patches too that are where it says."""
        back = np.linalg.inv(self.units)
        exact, quality = fit_patches(page, self.patches, back @ matrix)
        return self.units @ exact, quality


def _printed(form: Scaled, page: TemplatePage, units: NDArray[np.float64]) -> NDArray[np.uint8]:
    """``(h, w)``, 255 but for the insides of fields: what is written there is no part of the form."""
    mask = np.full_like(form.grey, 255)
    to_form = form.matrix @ np.linalg.inv(units)
    for field in page.fields:
        x, y, width, height = field.box
        edge = _LINES * min(width, height)
        box = np.array([(x + edge, y + edge), (x + width - edge, y + height - edge)]) @ to_form[:2, :2].T
        (left, top), (right, bottom) = np.round(box).astype(int).tolist()
        mask[top:bottom, left:right] = 0
    return mask
