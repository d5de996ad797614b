"""Output that grows while a run goes on, and going on with one that was ended.

Nothing is imported here: most runs write no such output, and it takes time.
"""

from __future__ import annotations
