"""Piano rolls as pictures: time to the right, pitch upwards."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

_PAPER, _BLACK_KEY, _LINE = 1.0, 0.88, 0.7
_BLACK_KEYS = (1, 3, 6, 8, 10)  # Pitch classes.
_COLORS = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (148, 103, 189))
_MARGIN = 2  # Keys above and below.


def picture(
    voices: Sequence[np.ndarray],
    *,
    lowest: int = 21,
    steps_per_bar: int = 16,
    scale: int = 4,
) -> tf.Tensor:
    """One picture of voices, each in a color of its own.

    Args:
        voices: rolls [T, K], above 0 where a key sounds.
        lowest: MIDI pitch of key 0.
        steps_per_bar: between two lines.
        scale: pixels of a step and a key.

    Returns:
        [1, H, W, 3] float32 in [-1, 1], as high as the keys that sound.

    Raises:
        ValueError: there is no voice, or they differ in shape.
    """
    rolls = [np.asarray(each) > 0 for each in voices]
    if len({each.shape for each in rolls}) != 1 or rolls[0].ndim != 2:
        raise ValueError(
            "`voices` must be one or more rolls [T, K] of one shape. Received "
            f"shapes: {[each.shape for each in rolls]}."
        )
    keys = np.flatnonzero(np.any(rolls, axis=(0, 1)))
    first, last = (keys[0], keys[-1]) if len(keys) else (0, len(rolls[0][0]))
    first = max(first - _MARGIN, 0)
    rolls = [each[:, first : last + 1 + _MARGIN] for each in rolls]
    pitches = lowest + first + np.arange(rolls[0].shape[1])
    rows = np.where(np.isin(pitches % 12, _BLACK_KEYS), _BLACK_KEY, _PAPER)
    image = np.broadcast_to(rows[:, None, None], (*rolls[0].T.shape, 3)).copy()
    image[:, ::steps_per_bar] = _LINE
    for index, each in enumerate(rolls):
        color = np.array(_COLORS[index % len(_COLORS)]) / 127.5 - 1
        image[each.T] = color
    image = image[::-1].repeat(scale, axis=0).repeat(scale, axis=1)
    return tf.constant(image[np.newaxis], tf.float32)
