"""Pictures of how pages were read, for a person who wonders why."""

from __future__ import annotations
