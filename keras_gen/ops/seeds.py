"""Counter-based noise: every random number is a function of its row's seed.

Threefry-2x32 with 20 rounds turns a key (two words) and a counter (two words)
into two random words. The key of a row is (seed, stream), the counter is the
position of the number in the row. So the noise of a row depends on its own
`seed` alone, whatever rows share its batch, and there is no hidden state.

It is written in int32 with add, multiply, exclusive or and arithmetic right
shift, all of which LiteRT has as builtin operations. The words are equal to the
last bit in eager mode, graphs, XLA, SavedModels and LiteRT; so are uniform
numbers; normal numbers agree to a few units in the last place (libraries differ
in log, sin and cos).

Reference: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3".
"""

import math
from collections.abc import Sequence

import tensorflow as tf

_PARITY = 0x1BD11BDA
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))

# Last counter word: one for each use, so that uses never share a number.
_NOISE, _FOLD = 0, 1


def threefry2x32(
    key: tuple[tf.Tensor, tf.Tensor], counter: tuple[tf.Tensor, tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Threefry-2x32-20.

    Args:
        key: two int32 tensors.
        counter: two int32 tensors; all four broadcast against each other.

    Returns:
        Two int32 tensors of random words.

    Reference: Salmon et al. 2011, section 3.3 and Table 2.
    """
    keys = (*key, key[0] ^ key[1] ^ _PARITY)
    x0, x1 = counter[0] + keys[0], counter[1] + keys[1]
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = _rotate_left(x1, rotation) ^ x0
        x0 = x0 + keys[(group + 1) % 3]
        x1 = x1 + keys[(group + 2) % 3] + (group + 1)
    return x0, x1


def bits(seed: tf.Tensor, size: int, stream: int = 0) -> tf.Tensor:
    """Random words for each row.

    Args:
        seed: [B] int32.
        size: words per row.
        stream: other streams of the same seed are independent.

    Returns:
        [B, size] int32, uniform over all 2**32 values.
    """
    half = tf.range((size + 1) // 2)[tf.newaxis]  # [1, size / 2]
    key = (seed[:, tf.newaxis], tf.constant(stream))
    words = threefry2x32(key, (half, tf.constant(_NOISE)))
    return tf.concat(words, axis=1)[:, :size]  # [B, size]


def uniform(
    seed: tf.Tensor, shape: Sequence[int], stream: int = 0
) -> tf.Tensor:
    """Uniform noise in the open interval (0, 1), [B, *shape] float32."""
    noise = _unit_interval(bits(seed, math.prod(shape), stream))
    return tf.reshape(noise, (-1, *shape))


def normal(seed: tf.Tensor, shape: Sequence[int], stream: int = 0) -> tf.Tensor:
    """Standard normal noise, [B, *shape] float32.

    Args:
        seed: [B] int32, one for each row.
        shape: of a row.
        stream: other streams of the same seed are independent.

    Reference: Box and Muller 1958, "A Note on the Generation of Random Normal
    Deviates".
    """
    size = math.prod(shape)
    noise = _unit_interval(bits(seed, size + size % 2, stream))
    radius_noise, angle_noise = tf.split(noise, 2, axis=1)
    radius = tf.sqrt(-2.0 * _log(radius_noise))
    angle = (2.0 * math.pi) * angle_noise
    pair = (radius * tf.cos(angle), radius * tf.sin(angle))
    return tf.reshape(tf.concat(pair, axis=1)[:, :size], (-1, *shape))


def fold(seed: tf.Tensor, data: int | tf.Tensor) -> tf.Tensor:
    """A new, independent seed for each row: [B] int32.

    Args:
        seed: [B] int32.
        data: what tells the new seeds apart, a number or [B] int32.
    """
    key = (seed, tf.cast(data, tf.int32))
    return threefry2x32(key, (tf.zeros_like(seed), tf.constant(_FOLD)))[0]


def rows(seed: int, step: tf.Tensor, num_rows: int | tf.Tensor) -> tf.Tensor:
    """The seeds of the examples of one training step, in one operation.

    They are drawn for the whole global batch, of which a replica takes its
    part: replicas draw different noise, and what a single device would.

    Args:
        seed: of the run.
        step: int32 scalar.
        num_rows: of the global batch.

    Returns:
        [num_rows] int32.
    """
    return tf.random.stateless_uniform(
        (num_rows,),
        tf.stack((seed, tf.cast(step, tf.int32))),
        minval=None,
        maxval=None,
        dtype=tf.int32,
        alg="philox",  # The same in graphs and under XLA.
    )


_compiled = tf.function(normal, jit_compile=True)


def compiled_normal(
    seed: tf.Tensor, shape: Sequence[int], stream: int = 0
) -> tf.Tensor:
    """`normal` by XLA, for training.

    Starting hundreds of small operations takes longer than they do, and XLA
    makes one of them. Not for endpoints: a server may lack XLA, and LiteRT has
    none.
    """
    # A TensorShape would be another one each time, and traced again.
    return _compiled(seed, tuple(shape), stream)


def _unit_interval(words: tf.Tensor) -> tf.Tensor:
    """Words to the centres of 2**23 equal bins of (0, 1), exact in float32."""
    return (tf.cast(_shift_right(words, 9), tf.float32) + 0.5) * 2.0**-23


def _log(x: tf.Tensor) -> tf.Tensor:
    """log(x), by its series near 1, where the log of LiteRT loses digits."""
    y = x - 1.0
    series = y * (1.0 - y * (1 / 2 - y * (1 / 3 - y * (1 / 4 - y / 5))))
    return tf.where(x > 0.99, series, tf.math.log(x))


def _rotate_left(x: tf.Tensor, count: int) -> tf.Tensor:
    return x * (1 << count) + _shift_right(x, 32 - count)


def _shift_right(x: tf.Tensor, count: int) -> tf.Tensor:
    """Logical shift by the arithmetic one.

    With the sign bit flipped x stands for x + 2**31, an unsigned number;
    shifting both and taking the difference back leaves the unsigned shift.
    """
    flipped = x ^ -(1 << 31)
    shifted = tf.bitwise.right_shift(flipped, tf.constant(count))
    return shifted + (1 << (31 - count))
