"""Black and white images from grey levels, in one of four named ways.

Likelihoods of binarized images are comparable only between runs that binarize
in the same way, so the way has a name:

* none: grey levels as they are.
* threshold: white where the level is 128 or more.
* fixed: each pixel is white with probability level / 255, drawn once and for
  ever: a function of the index of the example and nothing else.
* dynamic: drawn anew for every step. In a single pass, as for an evaluation, a
  function of the seed and the index of the example.

Here white is level 255 and black is level 0; as floats they are 1 and -1.

Reference: Salakhutdinov and Murray 2008, "On the Quantitative Analysis of Deep
Belief Networks", section 5; Burda et al. 2015, arXiv:1509.00519, section 5.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

_WHITE = 255
_CHUNK = 256  # Rows drawn at once; another value would change every draw.
_FIXED_SEED = 20081509


class Binarization(NamedTuple):
    """What happens to the levels of a data set, and when.

    Attributes:
        once: (levels [N, H, W, C] uint8, seed) -> levels; for all examples,
            before the first batch.
        each_step: (levels [B, H, W, C] uint8, seed [2] int64) -> levels; for
            endless batches takes the place of `once`. None where levels stay
            the same for ever.
    """

    once: Callable[[np.ndarray, int], np.ndarray]
    each_step: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None


def bernoulli(levels: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """White with probability level / 255, independently for each pixel.

    The probability is exact for black and white and within 1.6e-5 between.

    Args:
        levels: [B, H, W, C] uint8.
        seed: [2] int64.

    Returns:
        [B, H, W, C] uint8, 0 or 255.
    """
    size = tf.size(levels)
    words = tf.random.stateless_uniform(
        [(size + 1) // 2], seed, None, None, tf.uint32, alg="philox"
    )
    noise = tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:size]
    noise = tf.reshape(noise, tf.shape(levels))
    # 255 * 257 = 65535, the only value that a level of 255 must still beat.
    white = noise < tf.cast(levels, tf.uint16) * 257
    white |= levels == _WHITE
    return tf.cast(white, tf.uint8) * _WHITE


def _unchanged(levels: np.ndarray, seed: int) -> np.ndarray:
    del seed  # Part of the contract.
    return levels


def _threshold(levels: np.ndarray, seed: int) -> np.ndarray:
    del seed  # Part of the contract.
    return np.where(levels >= 128, np.uint8(_WHITE), np.uint8(0))


def _drawn(levels: np.ndarray, seed: int) -> np.ndarray:
    """One Bernoulli draw for each example, whatever batch it comes in."""
    drawn = np.empty_like(levels)
    chunk = np.zeros((_CHUNK, *levels.shape[1:]), np.uint8)
    for index, start in enumerate(range(0, len(levels), _CHUNK)):
        rows = levels[start : start + _CHUNK]
        chunk[: len(rows)] = rows
        # Negative: no step of `each_step` has the same seed.
        chunk_seed = tf.constant([seed, -1 - index], tf.int64)
        drawn[start : start + _CHUNK] = bernoulli(chunk, chunk_seed)[
            : len(rows)
        ]
    return drawn


def _fixed(levels: np.ndarray, seed: int) -> np.ndarray:
    del seed  # The draw is part of the data set, not of the run.
    return _drawn(levels, _FIXED_SEED)


BINARIZATIONS = {
    "none": Binarization(_unchanged),
    "threshold": Binarization(_threshold),
    "fixed": Binarization(_fixed),
    "dynamic": Binarization(_drawn, each_step=bernoulli),
}


def find(name: str) -> Binarization:
    """The binarization called `name`.

    Raises:
        ValueError: there is none; lists the known ones.
    """
    if name not in BINARIZATIONS:
        raise ValueError(
            f"`binarization` must be one of {', '.join(BINARIZATIONS)}. "
            f"Received {name!r}."
        )
    return BINARIZATIONS[name]
