"""Forms: templates drafted from a scan, checked, and drawn over pages."""

from __future__ import annotations
