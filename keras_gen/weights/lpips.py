"""AlexNet and the heads of LPIPS from an npz file, for `losses.perceptual`.

    features, heads = weights.lpips_alexnet("lpips_alex.npz")
    distance = losses.perceptual.lpips(features, heads)

The file holds, for the convolutions n = 0 .. 4 of AlexNet,

    convN/kernel   [h, w, in, out]
    convN/bias     [out]
    linN           [out], the head: weights of the squared differences

float16 is read as float32. The layers are `relu0` .. `relu4`, each convolution
behind its ReLU; the first two are followed by pooling.

The weights are constants: no model saves, exports or trains them.

Reference: Zhang et al. 2018, arXiv 1801.03924, version 0.1 of its heads;
Krizhevsky 2014, arXiv 1404.5997, for the network.
"""

import os
import pathlib
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_gen import protocols
from keras_gen.ops import shapes
from keras_gen.weights import npz

LEAST_SIZE = 31

# (kernel [h, w, in, out], stride, zeros on each side) of the convolutions.
_LAYERS = (
    ((11, 11, 3, 64), 4, 2),
    ((5, 5, 64, 192), 1, 2),
    ((3, 3, 192, 384), 1, 1),
    ((3, 3, 384, 256), 1, 1),
    ((3, 3, 256, 256), 1, 1),
)
_POOLED = (0, 1)
# Of RGB in [-1, 1]; LPIPS takes these off and divides.
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)


class FeaturesAndHeads(NamedTuple):
    """What `losses.perceptual.lpips` takes.

    Attributes:
        features: images [B, H, W, 1 or 3] float32 in [-1, 1] -> {layer:
            [B, h, w, c]}; H and W of at least 31.
        heads: {layer: weights [c]}.
    """

    features: protocols.FeatureFn
    heads: dict[str, np.ndarray]


def lpips_alexnet(path: str | os.PathLike) -> FeaturesAndHeads:
    """The network and heads of LPIPS.

    Args:
        path: npz file of their weights.

    Returns:
        Features and heads. Grey images are taken as RGB with equal channels.

    Raises:
        ValueError: the file cannot be read, or lacks a weight, has one too
            many, or one of another shape.
    """
    arrays = _read(pathlib.Path(path))
    layers = [
        (
            tf.constant(arrays[f"conv{index}/kernel"]),
            tf.constant(arrays[f"conv{index}/bias"]),
            stride,
            [[0, 0], [zeros, zeros], [zeros, zeros], [0, 0]],
        )
        for index, (_, stride, zeros) in enumerate(_LAYERS)
    ]

    def features(images: Any) -> dict[str, tf.Tensor]:
        x = (_rgb(images) - tf.constant(_SHIFT)) / tf.constant(_SCALE)
        found = {}
        for index, (kernel, bias, stride, padding) in enumerate(layers):
            x = tf.nn.conv2d(x, kernel, stride, padding)
            found[f"relu{index}"] = x = tf.nn.relu(x + bias)
            if index in _POOLED:
                x = tf.nn.max_pool2d(x, 3, 2, "VALID")
        return found

    heads = {f"relu{i}": arrays[f"lin{i}"] for i in range(len(_LAYERS))}
    return FeaturesAndHeads(features, heads)


def _rgb(images: Any) -> tf.Tensor:
    """Checked images, with three channels."""
    images = tf.convert_to_tensor(images, tf.float32)
    size = shapes.check(images, "B H W C", "images")
    if size["C"] not in (1, 3):
        raise ValueError(
            "`images` must have 1 or 3 channels, grey or RGB. Received "
            f"{size['C']}. Leave opacity out."
        )
    if any(size[axis] and size[axis] < LEAST_SIZE for axis in "HW"):
        raise ValueError(
            f"`images` must be at least {LEAST_SIZE} pixels high and wide, or "
            "nothing is left of them in the last layers. Received "
            f"{size['H']}x{size['W']}. Enlarge them, or do without LPIPS."
        )
    return tf.repeat(images, 3, axis=-1) if size["C"] == 1 else images


def _read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """{name: float32}, checked."""
    found = {name: np.float32(x) for name, x in npz.read(path).items()}
    wanted = dict(_shapes())
    received = {name: array.shape for name, array in found.items()}
    for name in sorted(wanted.keys() | received.keys()):
        if wanted.get(name) != received.get(name):
            raise ValueError(
                f"`path` must hold {', '.join(wanted)}. {path} has {name} of "
                f"shape {_show(received.get(name))}, where "
                f"{_show(wanted.get(name))} is needed. Take the weights of "
                "AlexNet and the heads of LPIPS for it."
            )
    return found


def _shapes():
    for index, (kernel, _, _) in enumerate(_LAYERS):
        yield f"conv{index}/kernel", kernel
        yield f"conv{index}/bias", kernel[-1:]
        yield f"lin{index}", kernel[-1:]


def _show(shape: tuple[int, ...] | None) -> str:
    return "nothing" if shape is None else str(list(shape))
