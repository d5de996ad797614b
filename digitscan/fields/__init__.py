"""Fields: where on a page digits are written, in reading order."""

from __future__ import annotations

from digitscan.fields.find import find_fields
from digitscan.fields.region import Region, in_reading_order

__all__ = ["Region", "find_fields", "in_reading_order"]
