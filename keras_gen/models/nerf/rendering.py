"""Renders rays through a field: where to ask, and what the pixel becomes."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from keras_gen.models.nerf import compositing, nerf_config, occupancy, sampling


def unit(directions: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Directions [R, 3] of unit length, and the lengths [R]."""
    squares = tf.reduce_sum(directions**2, axis=-1)
    lengths = tf.sqrt(tf.maximum(squares, 1e-12))
    return directions / lengths[:, tf.newaxis], lengths


def points_at(rays: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
    """Points [R, P, 3] of rays [R, 6] at steps [R, P]."""
    origins, directions = rays[:, tf.newaxis, :3], rays[:, tf.newaxis, 3:]
    return origins + steps[..., tf.newaxis] * directions


def through_network(
    field: Callable,
    rays: tf.Tensor,
    views: tf.Tensor,
    edges: tf.Tensor,
    steps: tf.Tensor,
    config: nerf_config.NeRFConfig,
) -> compositing.Rendering:
    """Asks a field at every step.

    Args:
        field: a Field.
        rays: [R, 6].
        views: [R, 3], the directions of unit length that colours depend on.
        edges: [R, P + 1] of the bins that the steps stand for.
        steps: [R, P].
        config: of the model.
    """
    num_points = steps.shape[1]
    rgb, density = field(
        tf.reshape(points_at(rays, steps), (-1, 3)),
        tf.repeat(views, num_points, axis=0),
    )
    _, lengths = unit(rays[:, 3:])
    deltas = (edges[:, 1:] - edges[:, :-1]) * lengths[:, tf.newaxis]
    return compositing.composite(
        tf.reshape(density, (-1, num_points)),
        tf.reshape(rgb, (-1, num_points, 3)),
        steps,
        deltas,
        edges[:, -1],
        config.white_background,
    )


class GridSamples(NamedTuple):
    """Samples of rays in the cube of a grid.

    Attributes:
        steps: [R, P].
        points: [R, P, 3].
        deltas: [R, P], lengths that the samples stand for.
        wanted: [R, P] bool, where the field may be more than empty.
    """

    steps: tf.Tensor
    points: tf.Tensor
    deltas: tf.Tensor
    wanted: tf.Tensor


def grid_samples(
    rays: tf.Tensor,
    noise: tf.Tensor | None,
    cells: tf.Tensor | None,
    num_points: int,
    config: nerf_config.NeRFConfig,
) -> GridSamples:
    """Where a field in a cube is asked.

    Args:
        rays: [R, 6].
        noise: [R, 1] in (0, 1), the place in bins; the middle where None.
        cells: [occupancy_size^3], 1 where something may be; None for anywhere.
        num_points: P.
        config: of the model.
    """
    first, last = sampling.box_range(
        rays, config.near, config.far, config.scene_radius
    )
    steps = sampling.stratified(first, last, num_points, noise)
    points = points_at(rays, steps)
    wanted = tf.broadcast_to((last > first)[:, tf.newaxis], tf.shape(steps))
    if cells is not None:
        wanted &= occupancy.at(
            cells, config.occupancy_size, config.scene_radius, points
        )
    _, lengths = unit(rays[:, 3:])
    deltas = ((last - first) / num_points * lengths)[:, tf.newaxis]
    return GridSamples(steps, points, deltas + tf.zeros_like(steps), wanted)


def through_grid(
    field: Callable,
    views: tf.Tensor,
    samples: GridSamples,
    config: nerf_config.NeRFConfig,
    share: int | None,
) -> compositing.Rendering:
    """Asks a field in its cube, where it is not known to be empty.

    Args:
        field: a Field.
        views: [R, 3], the directions of unit length that colours depend on.
        samples: of the rays.
        config: of the model.
        share: as of `occupancy.ask_where`; where None, the least that the
            samples need, chosen as the graph runs, which costs training dear.
    """

    def ask(share):
        return occupancy.ask_where(
            field, samples.points, views, samples.wanted, share
        )

    if share is None:
        rgb, density = tf.switch_case(
            occupancy.share_of(samples.wanted),
            [lambda share=share: ask(share) for share in occupancy.SHARES],
        )
    else:
        rgb, density = ask(share)
    return compositing.composite(
        density,
        rgb,
        samples.steps,
        samples.deltas,
        tf.fill(tf.shape(views)[:1], config.far),
        config.white_background,
    )
