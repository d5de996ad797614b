"""The transcriber: the network that reads a field as a whole, and how it is trained."""

from __future__ import annotations
