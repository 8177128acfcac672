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

    Random bits are what takes time, so a pixel has only eight, which give
    probabilities of k / 256. They become exact by adding one to the level with
    probability level / 255, since (level + level / 255) / 256 = level / 255.
    The number that decides on adding is shared by an image; it correlates two
    pixels by less than 4e-6.

    Args:
        levels: [B, H, W, C] uint8, of static shape.
        seed: [2] int64; its second word counts in steps of two or more.

    Returns:
        [B, H, W, C] uint8, 0 or 255.
    """
    size = levels.shape.num_elements()
    words = tf.random.stateless_uniform(
        [(size + 3) // 4], seed, None, None, tf.uint32, alg="philox"
    )
    noise = tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size]
    noise = tf.reshape(noise, levels.shape)
    carry = tf.random.stateless_uniform(
        [levels.shape[0], 1, 1, 1],
        seed + [0, 1],
        0,
        255,
        tf.int32,
        alg="philox",
    )
    adds_one = levels > tf.cast(carry, tf.uint8)
    white = (noise < levels) | ((noise == levels) & adds_one)
    return tf.cast(white, tf.uint8) * _WHITE


def _unchanged(levels: np.ndarray, seed: int) -> np.ndarray:
    del seed  # Part of the contract.
    return levels


def _threshold(levels: np.ndarray, seed: int) -> np.ndarray:
    del seed  # Part of the contract.
    return np.where(levels >= 128, np.uint8(_WHITE), np.uint8(0))


def _drawn(levels: np.ndarray, seed: int) -> np.ndarray:
    """One Bernoulli draw for each example, whatever batch it comes in."""
    missing = -len(levels) % _CHUNK
    padded = np.pad(levels, [(0, missing), (0, 0), (0, 0), (0, 0)])
    chunks = padded.reshape(-1, _CHUNK, *levels.shape[1:])

    def draw(index: tf.Tensor, chunk: tf.Tensor) -> tf.Tensor:
        # Negative: no step of `each_step` has the same seed.
        words = [tf.constant(seed, tf.int64), -2 * (index + 1)]
        return bernoulli(chunk, tf.stack(words))

    with tf.device("CPU:0"):
        dataset = tf.data.Dataset.from_tensor_slices(chunks).enumerate()
    drawn = dataset.map(draw, num_parallel_calls=tf.data.AUTOTUNE)
    return np.concatenate(list(drawn.as_numpy_iterator()))[: len(levels)]


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
