"""The precision that training computes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

_REWRITE = "auto_mixed_precision_onednn_bfloat16"


@contextmanager
def products_in_bfloat16(wanted: bool) -> Iterator[None]:
    """Compute products of matrices in bfloat16 and all else in 32 bits, in functions first called within.

    TensorFlow rewrites the graph: weights and what the optimiser does to them stay as they are (Micikevicius
    et al. 2018, "Mixed precision training"; Kalamkar et al. 2019, "A study of BFLOAT16 for deep learning
    training"). Processors with instructions for it take about half the time.

    Args:
        wanted: Whether to; all stays in 32 bits if not.
    """
    tf.config.optimizer.set_experimental_options({_REWRITE: wanted})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({_REWRITE: False})
