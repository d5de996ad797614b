"""The reader: one page through the whole flow, from grey pixels to typed results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitscan.classifier import Classifier
from digitscan.fields import Region, find_fields, fit_to_boxes
from digitscan.judging import Judge
from digitscan.layers import Layers, find_layers, find_level_layers
from digitscan.options import REVIEW_BELOW, Layout
from digitscan.recognition import Recognised, digit_like, recognise
from digitscan.results import ErrorRecord, FieldResult, PageResult
from digitscan.straightening import Straightening
from digitscan.writings import Writing, find_writings

if TYPE_CHECKING:
    from digitscan.alignment import Aligner, Alignment
    from digitscan.template import Template, TemplatePage

_SURELY = 0.8
"""Quality of an alignment from which on a page is not tried on the form's other pages."""


@dataclass(frozen=True)
class FieldSteps:
    """How a region was read: what is written there, what the networks made of it, and the result.

    ``result`` is None when the region turned out to be no field.
    """

    writing: Writing
    recognised: Recognised
    result: FieldResult | None


@dataclass(frozen=True)
class PageSteps(Layers):
    """How a page was read: its layers, and what is in them.

    Attributes:
        fields: Its regions, in the order in which they were found.
        classes: What the classifier's columns mean.
    """

    fields: tuple[FieldSteps, ...]
    classes: tuple[str, ...]


class Reader:
    """Reads pages with one classifier and one way to find fields.

    Args:
        classifier: Names the crops.
        layout: How fields are found; a template goes before it.
        template: The known form that every page is, or None.
        review_below: Confidence below which a field's status is ``review``.
        keep_separators: Whether texts keep the separators between their digits.

    Raises:
        ModelError: The model's transcriber is missing or damaged.
        TemplateError: A reference of the template cannot be used.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        layout: Layout = Layout.AUTO,
        template: Template | None = None,
        review_below: float = REVIEW_BELOW,
        keep_separators: bool = False,
    ) -> None:
        self._classifier = classifier
        self._transcriber = classifier.open_transcriber()
        self._layout = layout
        self._template = template
        self._forms = [] if template is None else _open_forms(template)
        calibration = classifier.card.calibration
        self._judge = Judge(calibration, review_below, keep_separators, of_form=template is not None)

    def read_page(self, grey: NDArray[np.uint8], number: int = 1) -> PageResult:
        """Read one page.

        Args:
            grey: ``(H, W)`` the page.
            number: Its number in its document, from 1.

        Returns:
            The page's fields in reading order, or in the template's; with an error and no fields when it does
            not fit the template.
        """
        return self._read_any(grey, number)[0]

    def explain_page(self, grey: NDArray[np.uint8], number: int = 1) -> tuple[PageResult, PageSteps]:
        """Read one page as ``read_page`` does; give the result, and what was found on the way to it."""
        page, steps = self._read_any(grey, number)
        if steps is None:
            steps = self._read((), find_layers(grey, Straightening.none((page.width, page.height))))
        return page, steps

    def _read_any(self, grey: NDArray[np.uint8], number: int) -> tuple[PageResult, PageSteps | None]:
        """Read one page; there are no steps when it does not fit the template."""
        height, width = grey.shape
        page = PageResult(page=number, width=width, height=height)
        if self._template is None:
            steps = self._read_found(grey)
            found = tuple(field.result for field in steps.fields if field.result is not None)
            return page.model_copy(update={"fields": found}), steps
        page = page.model_copy(update={"template": self._template.name})
        form, alignment = self._align(grey, number)
        if alignment is not None:
            results, steps = self._read_form(grey, form, alignment)
            if results:
                return page.model_copy(update={"alignment": alignment.result, "fields": results}), steps
        return page.model_copy(update={"error": _misfit(self._template)}), None

    def _read_found(self, grey: NDArray[np.uint8]) -> PageSteps:
        """Read the fields that are found on a page."""
        searched = self._layout is not Layout.FIELD
        size = grey.shape[1], grey.shape[0]
        layers = find_level_layers(grey) if searched else find_layers(grey, Straightening.none(size))
        stroke = layers.stroke
        regions = find_fields(self._layout, layers.rules, layers.written.boxes, layers.shape, stroke)
        return self._read(regions, layers, searched=searched)

    def _read_form(
        self, grey: NDArray[np.uint8], form: TemplatePage, alignment: Alignment
    ) -> tuple[tuple[FieldResult, ...], PageSteps]:
        """Read the fields of a form on a page that was aligned to it; none when it is not filled in at all.

        That counts only where nothing that is printed tells that the fields are there.
        """
        fields = form.regions(*alignment.straightening.size)
        layers = find_layers(grey, alignment.straightening, fields)
        regions = fit_to_boxes(fields, layers.boxes())
        placed = alignment.result.method != "page"
        steps = self._read([region for region in regions if not region.is_mark], layers, placed=placed)
        if not placed and not _is_filled_in(steps):
            return (), steps
        results = {field.writing.region.name: field.result for field in steps.fields}
        for region in regions:
            if region.is_mark:
                results[region.name] = self._judge.mark(region, layers)
        named = [results[region.name] for region in regions]
        return tuple(result for result in named if result is not None), steps

    def _read(
        self, regions: Sequence[Region], layers: Layers, *, searched: bool = False, placed: bool = True
    ) -> PageSteps:
        """Read regions of a page."""
        writings = find_writings(regions, layers.written, self._classifier, searched=searched)
        found = recognise(
            writings,
            self._classifier,
            self._transcriber,
            searched=searched,
            all_placed=self._judge.keep_separators,
        )
        readings = [recognised.readings for recognised in found]
        results = self._judge.fields(writings, readings, layers, searched=searched, placed=placed)
        fields = tuple(map(FieldSteps, writings, found, results))
        return PageSteps(**vars(layers), fields=fields, classes=self._classifier.card.classes)

    def _align(self, grey: NDArray[np.uint8], number: int) -> tuple[TemplatePage, Alignment | None]:
        """Find which page of the form a page is, the one whose turn it is before others, and how it lies."""
        turn = (number - 1) % len(self._forms)
        forms = [*self._forms[turn:], *self._forms[:turn]]
        best: tuple[TemplatePage, Alignment | None] = forms[0][0], None
        for form, aligner in forms:
            alignment = aligner.align(grey)
            if alignment is None:
                continue
            if alignment.result.quality >= _SURELY:
                return form, alignment
            if best[1] is None or alignment.result.quality > best[1].result.quality:
                best = form, alignment
        return best


def _open_forms(template: Template) -> list[tuple[TemplatePage, Aligner]]:
    """Make ready to align pages to those of a form."""
    from digitscan.alignment import Aligner  # of no use without a template, and slow to load

    return [(page, Aligner(page, template.folder)) for page in template.pages]


def _is_filled_in(steps: PageSteps) -> bool:
    """Whether most of the fields that hold ink hold digits, and some do."""
    inked = [field for field in steps.fields if field.writing.has_ink]
    return sum(digit_like(field.recognised.readings[0], field.writing) for field in inked) > len(inked) / 2


def _misfit(template: Template) -> ErrorRecord:
    return ErrorRecord(
        code="template_mismatch",
        message=f"does not fit the template {template.name}: what the form has printed is not there",
    )
