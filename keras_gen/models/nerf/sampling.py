"""Where along a ray a field is asked.

Rays are cut into bins. A sample lies at a random place of its bin in training,
and in the middle of it otherwise.

Reference: Mildenhall et al. 2020, arXiv 2003.08934, Eq. 2 and section 5.2.
"""

import tensorflow as tf

_LEAST_WEIGHT = 1e-5  # So that empty rays have a distribution, too.


def box_range(
    rays: tf.Tensor, near: float, far: float, radius: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """The part of each ray that lies in a cube around the origin.

    Args:
        rays: [R, 6].
        near: first step.
        far: last step.
        radius: half the edge of the cube.

    Returns:
        (first [R], last [R]) steps; equal ones for a ray that misses it.
    """
    origin, direction = rays[:, :3], rays[:, 3:]
    tiny = tf.where(direction < 0, -1e-9, 1e-9)
    direction = tf.where(tf.abs(direction) < 1e-9, tiny, direction)
    sides = (
        (-radius - origin) / direction,
        (radius - origin) / direction,
    )
    first = tf.reduce_max(tf.minimum(*sides), axis=1)
    last = tf.reduce_min(tf.maximum(*sides), axis=1)
    first = tf.clip_by_value(first, near, far)
    return first, tf.maximum(first, tf.clip_by_value(last, near, far))


def stratified(
    first: tf.Tensor, last: tf.Tensor, num: int, noise: tf.Tensor | None
) -> tf.Tensor:
    """One step in each of `num` equal bins.

    Args:
        first: [R], where the bins begin.
        last: [R], where they end.
        num: P.
        noise: [R, P] or [R, 1] in (0, 1), the place in a bin; the middle where
            None.

    Returns:
        [R, P], rising.
    """
    place = tf.range(num, dtype=tf.float32)[tf.newaxis]
    place = (place + (0.5 if noise is None else noise)) / num  # Eq. 2
    return first[:, tf.newaxis] + (last - first)[:, tf.newaxis] * place


def from_weights(
    edges: tf.Tensor, weights: tf.Tensor, num: int, noise: tf.Tensor | None
) -> tf.Tensor:
    """Steps drawn from a density that is constant in bins.

    Args:
        edges: [R, P + 1] of the bins, rising.
        weights: [R, P], in proportion to the probability of a bin.
        num: of the new samples.
        noise: [R, num] in (0, 1); evenly spread where None.

    Returns:
        [R, num], rising.
    """
    weights = tf.maximum(weights, 0.0) + _LEAST_WEIGHT
    share = weights / tf.reduce_sum(weights, axis=1, keepdims=True)
    above = tf.cumsum(share, axis=1)  # [R, P]
    at = tf.range(num, dtype=tf.float32)[tf.newaxis]
    at = (at + (0.5 if noise is None else noise)) / num
    at = at + tf.zeros_like(edges[:, :1])  # [R, num]
    # A comparison with all bins: LiteRT has no `searchsorted`.
    passed = at[:, :, tf.newaxis] >= above[:, tf.newaxis, :-1]
    index = tf.reduce_sum(tf.cast(passed, tf.int32), axis=2)
    share, above, low, high = (
        tf.gather(each, index, axis=1, batch_dims=1)
        for each in (share, above, edges[:, :-1], edges[:, 1:])
    )
    inside = (at - (above - share)) / share
    return low + tf.clip_by_value(inside, 0.0, 1.0) * (high - low)


def merge(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Both sets of steps, [R, P + Q], rising."""
    both = tf.concat([one, other], axis=1)
    return -tf.math.top_k(-both, both.shape[1])[0]


def edges_between(
    steps: tf.Tensor, first: tf.Tensor, last: tf.Tensor
) -> tf.Tensor:
    """Edges [R, P + 1] of the bins that steps [R, P] stand for."""
    middles = 0.5 * (steps[:, 1:] + steps[:, :-1])
    ends = first[:, tf.newaxis], last[:, tf.newaxis]
    return tf.concat([ends[0], middles, ends[1]], axis=1)
