"""What can be asked of a NeRF."""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, spec
from keras_gen.models.nerf import rendering
from keras_gen.ops import cameras
from keras_gen.ops import images as image_ops

RAYS = spec.Spec(
    (6,), doc="Origin and direction; depth is counted in directions."
)
_SIDE = 4  # Of a view that examples are taken from.
_COLORS = spec.Spec((3,), low=-1, high=1, doc="Red, green, blue.")
_OPACITY = spec.Spec((), low=0, high=1, doc="1 where nothing shines through.")


def of(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a NeRF."""
    return {
        "render": _render(model),
        "trace": _trace(model),
        "field": _field(model),
    }


def _render(model):
    size = model.config.view_size

    def render(poses, focal):
        found = picture(model, poses, focal, size)
        return found | {"images_bytes": image_ops.encode_png(found["images"])}

    return endpoint.Endpoint(
        render,
        {
            "poses": spec.Spec((4, 4), doc="Camera to world."),
            "focal": spec.Spec((), low=1e-3, doc="In pixels."),
        },
        {
            "images": spec.Spec((*size, 3), low=-1, high=1, doc="Views."),
            "depth": _depth(model.config, size),
            "opacity": spec.Spec(size, doc=_OPACITY.doc),
            "images_bytes": spec.Spec((), "string", doc="A PNG file."),
        },
        "What cameras see.",
        mobile=False,
        example=_example(model.config),
    )


def _trace(model):
    def trace(rays):
        _, seen = model.trace(rays, share=1)
        return {
            "colors": 2.0 * seen.rgb - 1.0,
            "depth": seen.depth,
            "opacity": seen.opacity,
        }

    return endpoint.Endpoint(
        trace,
        {"rays": RAYS},
        {
            "colors": _COLORS,
            "depth": _depth(model.config),
            "opacity": _OPACITY,
        },
        "What rays see.",
        example={"rays": _example_rays(model.config)},
    )


def _field(model):
    def field(points, directions):
        rgb, density = model.field(points, rendering.unit(directions)[0])
        return {"colors": 2.0 * rgb - 1.0, "density": density}

    config = model.config
    rays = _example_rays(config)
    if config.ndc:
        rays = cameras.to_ndc(rays, config.focal, *config.view_size).numpy()
    steps = config.near + _spread(len(rays)) * (config.far - config.near)
    points, directions = rays[:, :3] + steps * rays[:, 3:], rays[:, 3:]
    point = spec.Spec((3,), doc="In units of the scene.")
    density = spec.Spec((), low=0, doc="For a unit of length.")
    return endpoint.Endpoint(
        field,
        {"points": point, "directions": point},
        {"colors": _COLORS, "density": density},
        "The field at points, seen in directions.",
        example={"points": points, "directions": directions},
    )


def picture(
    model: Any,
    poses: tf.Tensor,
    focal: tf.Tensor,
    view_size: tuple[int, int],
) -> dict[str, tf.Tensor]:
    """Views of cameras, `chunk_size` rays at a time.

    Args:
        model: a NeRF.
        poses: [B, 4, 4].
        focal: [B] in pixels.
        view_size: (H, W).

    Returns:
        images [B, H, W, 3] in [-1, 1], depth and opacity [B, H, W].
    """
    height, width = view_size
    count, chunk = height * width, model.config.chunk_size
    chunk = min(chunk, count)
    missing = -count % chunk
    rays = cameras.pixel_rays(poses, focal, height, width)
    rays = tf.reshape(rays, (-1, count, 6))
    rays = tf.concat([rays, rays[:, :missing]], axis=1)
    rays = tf.reshape(rays, (-1, chunk, 6))

    def render_chunk(rays):
        _, seen = model.trace(rays)
        one = tf.newaxis
        return tf.concat(
            [2.0 * seen.rgb - 1.0, seen.depth[:, one], seen.opacity[:, one]],
            axis=1,
        )

    found = tf.map_fn(
        render_chunk,
        rays,
        parallel_iterations=1,
        fn_output_signature=tf.TensorSpec((chunk, 5), tf.float32),
    )
    found = tf.reshape(found, (-1, count + missing, 5))[:, :count]
    found = tf.reshape(found, (-1, height, width, 5))
    return {
        "images": found[..., :3],
        "depth": found[..., 3],
        "opacity": found[..., 4],
    }


def _depth(config, shape=()):
    text = "Mean depth of what is seen, `far` beyond all."
    return spec.Spec(shape, low=0, high=config.far, doc=text)


def _example(config):
    """A camera that sees the scene."""
    pose = np.eye(4, dtype=np.float32)
    if not config.ndc:
        distance = 0.5 * (config.near + config.far)
        pose = cameras.look_at((distance, 0.0, 0.5 * distance))
    return {"poses": pose[np.newaxis], "focal": np.float32([config.focal])}


def _example_rays(config):
    """Rays [N, 6] through the middle half of its view."""
    focal = np.float32([2.0 * config.focal / config.view_size[1] * _SIDE])
    pose = _example(config)["poses"]
    rays = cameras.pixel_rays(pose, focal, _SIDE, _SIDE)
    # From the centre on: the first ones meet what there is.
    rays = rays.numpy().reshape(-1, 6)
    place = np.indices((_SIDE, _SIDE)).reshape(2, -1) - 0.5 * (_SIDE - 1)
    return rays[np.argsort(np.hypot(*place), kind="stable")]


def _spread(count):
    """Numbers [count, 1] that fill (0, 1) evenly however many are taken.

    Reference: van der Corput 1935, in base 2.
    """
    index = np.arange(1, count + 1)
    bits = index[:, np.newaxis] >> np.arange(count.bit_length()) & 1
    return np.float32(bits @ 0.5 ** np.arange(1, count.bit_length() + 1))[
        :, np.newaxis
    ]
