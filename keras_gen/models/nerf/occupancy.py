"""A coarse grid of densities that says where a field need not be asked.

It remembers for each cell the density that the field had lately. Samples in
empty cells have density 0 by definition, so a batch may leave them out: those
in other cells are gathered into a block of one of a few fixed sizes, which XLA
can compile, and no sample is ever dropped.

Reference: Mueller et al. 2022, arXiv 2201.05989, appendix C.
"""

from collections.abc import Callable

import tensorflow as tf

_DECAY = 0.9  # Of the remembered density, at each look.

# A batch is asked at one of these shares of its samples: 1 / 16, ...
SHARES = (16, 10, 6, 1)


def cell_points(size: int, radius: float, noise: tf.Tensor) -> tf.Tensor:
    """A point in each cell.

    Args:
        size: cells along an edge.
        radius: half the edge of the cube.
        noise: [size^3, 3] in (0, 1), the place in the cell.

    Returns:
        [size^3, 3].
    """
    axis = tf.range(size, dtype=tf.float32)
    grid = tf.stack(tf.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    place = (tf.reshape(grid, (-1, 3)) + noise) / size
    return (2.0 * place - 1.0) * radius


def updated(densities: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
    """What is remembered [N] after densities [N] were found."""
    return tf.maximum(_DECAY * densities, found)


def occupied(densities: tf.Tensor, least: float) -> tf.Tensor:
    """Cells [N] that are dense, 1.0 or 0.0.

    A cell is dense from `least` on; as long as the whole field is thin, from
    the mean on.
    """
    least = tf.minimum(least, tf.reduce_mean(densities))
    return tf.cast(densities >= least, tf.float32)


def at(cells: tf.Tensor, size: int, radius: float, points: tf.Tensor):
    """Whether the cells [size^3] of points [..., 3] are occupied, bool."""
    place = (points / (2.0 * radius) + 0.5) * size
    place = tf.cast(tf.clip_by_value(place, 0.0, size - 1.0), tf.int32)
    x, y, z = tf.unstack(place, axis=-1)
    return tf.gather(cells, (x * size + y) * size + z) > 0.5


def share_of(wanted: tf.Tensor) -> tf.Tensor:
    """Which of SHARES the wanted samples [R, P] need, the index [] int32."""
    count = tf.reduce_sum(tf.cast(wanted, tf.int32))
    sizes = [tf.size(wanted) // share for share in SHARES[:-1]]
    return sum(tf.cast(count > size, tf.int32) for size in sizes)


def ask_where(
    field: Callable,
    points: tf.Tensor,
    directions: tf.Tensor,
    wanted: tf.Tensor,
    share: int,
) -> tuple[tf.Tensor, tf.Tensor]:
    """A field at wanted points; 0 at the others.

    Args:
        field: (points [M, 3], directions [M, 3]) -> (rgb [M, 3], density [M]).
        points: [R, P, 3].
        directions: [R, 3], of unit length.
        wanted: [R, P] bool, not more than a `share`-th of them true.
        share: of SHARES; with 1 the field is asked at every point.

    Returns:
        (rgb [R, P, 3], density [R, P]).
    """
    shape = tf.shape(points)
    flat_points = tf.reshape(points, (-1, 3))
    flat_directions = tf.reshape(
        tf.broadcast_to(directions[:, tf.newaxis], shape), (-1, 3)
    )
    if share == 1:
        found = _packed(*field(flat_points, flat_directions))
        found = tf.where(tf.reshape(wanted, (-1, 1)), found, 0.0)
    else:
        total = tf.size(wanted)
        sources = _sources(wanted, total // share)  # [M], `total` where empty.
        filled = tf.minimum(sources, total - 1)
        found = _packed(
            *field(
                tf.gather(flat_points, filled),
                tf.gather(flat_directions, filled),
            )
        )
        found = tf.scatter_nd(sources[:, tf.newaxis], found, (total + 1, 4))
        found = found[:total]
    found = tf.reshape(found, (*_sizes(wanted), 4))
    return found[..., :3], found[..., 3]


def _packed(rgb, density):
    return tf.concat([rgb, density[:, tf.newaxis]], axis=1)


def _sizes(tensor):
    known, sizes = tensor.shape, tf.shape(tensor)
    return [known[i] or sizes[i] for i in range(2)]


def _sources(wanted: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Positions [size] of the wanted samples; R P where there are no more.

    Args:
        wanted: [R, P] bool.
        size: not less than there are.
    """
    ones = tf.cast(wanted, tf.int32)
    of_ray = tf.reduce_sum(ones, axis=1)
    slot = tf.cumsum(ones, axis=1, exclusive=True)
    slot += tf.cumsum(of_ray, exclusive=True)[:, tf.newaxis]
    slot = tf.reshape(tf.where(wanted, slot, size), (-1, 1))
    total = tf.size(wanted)
    empty = tf.fill((size + 1,), total)
    return tf.tensor_scatter_nd_update(empty, slot, tf.range(total))[:size]
