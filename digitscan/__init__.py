"""digitscan reads digit fields from scanned forms.

The package reads in the order in which a page passes through it: ``sources`` find and decode pages, ``ink``
finds what is written, ``fields`` where, ``segmentation`` cuts it into candidates, ``crops`` normalises them,
``classifier`` names them, ``decoding`` picks the best string, ``results`` holds it and ``writers`` write it.
"""

from __future__ import annotations

__version__ = "0.1.0"
