"""How far what the transcriber gives is from the truth.

Connectionist temporal classification (Graves, Fernandez, Gomez, Schmidhuber 2006): the loss of a string is
minus the logarithm of the probability of all paths through the frames that read it.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from digitscan.ctc import BLANK


def string_losses(given: Any, digits: Any, frames: Any) -> Any:
    """Losses of strips, each over its own frames.

    Args:
        given: ``(N, T, 11)`` ``float32`` log probabilities.
        digits: ``(N, L)`` ``int32`` digits of each strip, L at least 1, ``BLANK`` behind the last.
        frames: ``(N,)`` ``int32`` frames of each strip, up to T; as many as its digits need at least.

    Returns:
        ``(N,)`` ``float32`` losses in nats.
    """
    empty = digits[:, :1] == BLANK
    # TensorFlow refuses strings without digits: a stand-in takes their place there, and only blanks read "".
    named = tf.concat([tf.where(empty, 0, digits[:, :1]), digits[:, 1:]], axis=1)
    present = named != BLANK
    labels = tf.SparseTensor(
        tf.where(present), tf.boolean_mask(named, present), tf.shape(named, out_type=tf.int64)
    )
    losses = tf.nn.ctc_loss(labels, given, None, frames, logits_time_major=False, blank_index=BLANK)
    within = tf.sequence_mask(frames, tf.shape(given)[1], given.dtype)
    return tf.where(empty[:, 0], -tf.reduce_sum(given[:, :, BLANK] * within, axis=1), losses)


def read_right(given: Any, digits: Any, frames: Any) -> Any:
    """Whether the likeliest path through each strip's frames reads its digits and no others.

    Args:
        given: As ``string_losses`` takes it.
        digits: The same.
        frames: The same.

    Returns:
        ``(N,)`` ``bool``.
    """
    steps = tf.shape(given)[1]
    path = tf.argmax(given, axis=2, output_type=tf.int32)
    path = tf.where(tf.sequence_mask(frames, steps), path, BLANK)
    before = tf.pad(path[:, :-1], [[0, 0], [1, 0]], constant_values=BLANK)
    read = tf.ragged.boolean_mask(path, (path != BLANK) & (path != before))
    behind = tf.maximum(steps - tf.shape(digits)[1], 0)
    expected = tf.pad(digits, [[0, 0], [0, behind]], constant_values=BLANK)
    return tf.reduce_all(read.to_tensor(BLANK, shape=tf.shape(expected)) == expected, axis=1)
