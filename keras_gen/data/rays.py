"""Batches of rays and their colours, each a function of the step."""

import numpy as np
import tensorflow as tf

from keras_gen.data import plans, scenes


def pipeline(
    scene: scenes.Scene,
    batch_size: int,
    *,
    white_background: bool = True,
    seed: int = 0,
    start_step: int = 0,
    repeat: bool = True,
    precrop_steps: int = 0,
    precrop_share: float = 0.5,
) -> tf.data.Dataset:
    """Batches for training (endless, shuffled) or for one pass, in order.

    At first rays come from the middle of the images alone: a scene that is
    mostly background could else begin, and end, as nothing but that.

    Args:
        scene: what is learned.
        batch_size: B.
        white_background: what lies behind.
        seed: of the order.
        start_step: steps already done.
        repeat: endless; False gives every ray once.
        precrop_steps: for how many steps rays come from the middle.
        precrop_share: of the height and width.

    Returns:
        Dictionaries {"rays": [B, 6], "colors": [B, 3]}.

    Raises:
        ValueError: an argument is out of range.
        DataError: the scene has no such background.
    """
    if not 0.0 < precrop_share <= 1.0:
        raise ValueError(
            "`precrop_share` must be above 0 and at most 1. Received: "
            f"{precrop_share}."
        )
    columns = scene.rays(white_background)
    count = len(columns[0])
    if repeat:
        steps_per_epoch(scene, batch_size)
        plan = plans.endless(count, batch_size, seed, start_step)
    else:
        plan = plans.single_pass(count, min(batch_size, count))
    with tf.device("CPU:0"):
        rays, colors = (tf.constant(each) for each in columns)
        middle = tf.constant(_middle(scene, precrop_share))

    def batch(step, rows):
        if repeat and precrop_steps:
            cropped = tf.gather(middle, rows % len(middle))
            rows = tf.where(step < precrop_steps, cropped, rows)
        return {
            "rays": tf.gather(rays, rows),
            "colors": tf.gather(colors, rows),
        }

    return plans.mapped(plan, batch)


def steps_per_epoch(scene: scenes.Scene, batch_size: int) -> int:
    """Whole batches in all rays of a scene.

    Raises:
        ValueError: `batch_size` is not positive, or exceeds the rays.
    """
    count = int(np.prod(scene.images.shape[:3]))
    if not 1 <= batch_size <= count:
        raise ValueError(
            f"`batch_size` must be from 1 to the {count:,} rays of the scene. "
            f"Received {batch_size}."
        )
    return count // batch_size


def _middle(scene, share) -> np.ndarray:
    """Rows of the rays through the middle of the images, int32."""
    height, width = scene.image_size
    rows = np.arange(np.prod(scene.images.shape[:3]), dtype=np.int32)
    rows = rows.reshape(-1, height, width)
    top, left = (int(0.5 * (1.0 - share) * n) for n in (height, width))
    return rows[:, top : height - top, left : width - left].reshape(-1)
