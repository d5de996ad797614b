"""Blending what a network has learnt anew with what it knew before.

Wortsman et al. (2022), "Robust fine-tuning of zero-shot models": between the weights before a fine-tuning and
those after it lie networks that keep the most of both, of the same size and as quick.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray


def blend(network: keras.Model, before: Sequence[NDArray[np.float32]], share: float) -> None:
    """Move a network's weights back towards those that its training began with.

    Args:
        network: The network, trained; it is changed.
        before: The weights that it began with, as ``get_weights`` gives them.
        share: How much of the way between them the weights go that it gets: 0 for those before, 1 for those
            that it has.
    """
    network.set_weights(
        [
            np.float32(1 - share) * old + np.float32(share) * new
            for old, new in zip(before, network.get_weights(), strict=True)
        ]
    )
