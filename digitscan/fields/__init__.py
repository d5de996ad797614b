"""Fields: where on a page digits are written, in reading order."""

from __future__ import annotations

from digitscan.fields.boxes import find_boxes
from digitscan.fields.find import find_fields
from digitscan.fields.fit import fit_to_boxes
from digitscan.fields.known import drop_strokes
from digitscan.fields.region import Region, in_reading_order

__all__ = ["Region", "drop_strokes", "find_boxes", "find_fields", "fit_to_boxes", "in_reading_order"]
