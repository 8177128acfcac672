"""InceptionV3 as a FeatureFn: that of published FID, and one of 75 pixels.

`fid_inception` is the network of 2015 in which all published values of FID were
measured. It is `keras.applications.InceptionV3` but for its weights and

* the last block pools by the maximum instead of the mean, 3x3, stride 1, same;
* pixels x, 0..255, enter as (x - 128) / 128;
* images are resized to 299x299 by the bilinear interpolation of TensorFlow 1,
  whose first pixels share a corner.

Batch normalisation has no scale and epsilon 1e-3 in both; mean pooling leaves
the padding out of the mean in both.

`small_inception` is the network of the Keras examples: 75x75 pixels, x / 127.5
- 1, means everywhere, and ImageNet weights. It is nine times as fast, for KID
only, and its values compare with those of these examples alone.

Reference: Szegedy et al. 2015, arXiv 1512.00567; Heusel et al. 2017, arXiv
1706.08500; Parmar et al. 2021, arXiv 2104.11222, on resizing.
"""

import os
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from keras_gen import protocols
from keras_gen.ops import shapes
from keras_gen.weights import inception_file

LAYER = "pool3"
FEATURE_SIZE = 2048
_SIZE, _SMALL_SIZE = 299, 75


def resize_corners(images: tf.Tensor, size: int) -> tf.Tensor:
    """Bilinear, pixel 0 on pixel 0: the original graph of FID."""
    return tf.raw_ops.ResizeBilinear(images=images, size=(size, size))


def resize_centers(images: tf.Tensor, size: int) -> tf.Tensor:
    """Bilinear, pixels are squares around their centres: most ports of FID."""
    return tf.image.resize(images, (size, size), antialias=False)


def fid_inception(
    path: str | os.PathLike,
    resize: Callable[[tf.Tensor, int], tf.Tensor] = resize_corners,
) -> protocols.FeatureFn:
    """The network of published FID values.

    Args:
        path: npz file of its weights; see `inception_file`.
        resize: (images [B, H, W, 3], size) -> [B, size, size, 3].

    Returns:
        images [B, H, W, 1 or 3] float32 in [-1, 1] -> {"pool3": [B, 2048]}.

    Raises:
        ValueError: the file does not fit.
    """
    # x in 0..255 is 127.5 (images + 1), so (x - 128) / 128 is this.
    return _feature_fn(
        fid_network(path), _SIZE, resize, 127.5 / 128.0, -0.5 / 128.0
    )


def fid_network(path: str | os.PathLike) -> keras.Model:
    """The Keras model in `fid_inception`: [B, 299, 299, 3] to [B, 2048]."""
    network = _network(_SIZE)
    pools = keras.layers.AveragePooling2D
    last = max(
        (x for x in network.layers if isinstance(x, pools)),
        key=inception_file.number,
    )

    def clone(layer: keras.Layer) -> keras.Layer:
        if layer is last:
            return keras.layers.MaxPooling2D(
                3, strides=1, padding="same", dtype="float32"
            )
        return layer.__class__.from_config(layer.get_config())

    network = keras.models.clone_model(network, clone_function=clone)
    inception_file.load(network, path)
    return network


def small_inception(path: str | os.PathLike) -> protocols.FeatureFn:
    """InceptionV3 at 75x75 pixels, as in the Keras examples of KID.

    Args:
        path: its weights without the top: a file of Keras (.h5), or an npz
            file; see `inception_file`.

    Returns:
        images [B, H, W, 1 or 3] float32 in [-1, 1] -> {"pool3": [B, 2048]}.

    Raises:
        ValueError: the file does not fit.
    """
    network = _network(_SMALL_SIZE)
    if str(path).endswith(".h5"):
        _load_keras_file(network, path)
    else:
        inception_file.load(network, path)
    return _feature_fn(network, _SMALL_SIZE, resize_centers, 1.0, 0.0)


def _network(size: int) -> keras.Model:
    """InceptionV3 in float32, whatever the policy around it."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        return keras.applications.InceptionV3(
            include_top=False,
            weights=None,
            pooling="avg",
            input_shape=(size, size, 3),
        )
    finally:
        keras.config.set_dtype_policy(policy)


def _load_keras_file(network: keras.Model, path: str | os.PathLike) -> None:
    try:
        network.load_weights(path)
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(
            "`path` must be a Keras file with the weights of InceptionV3 "
            f"without its top. {path} does not fit: {error} Check the path, or "
            "save the weights of such a network again."
        ) from error


def _feature_fn(
    network: keras.Model,
    size: int,
    resize: Callable[[tf.Tensor, int], tf.Tensor],
    scale: float,
    offset: float,
) -> protocols.FeatureFn:
    @tf.function(reduce_retracing=True)
    def features(images: tf.Tensor) -> dict[str, tf.Tensor]:
        images = resize(images, size) * scale + offset
        return {LAYER: network(images, training=False)}  # [B, 2048]

    def checked(images: Any) -> dict[str, tf.Tensor]:
        images = tf.convert_to_tensor(images, tf.float32)
        channels = shapes.check(images, "B H W C", "images")["C"]
        if channels not in (1, 3):
            raise ValueError(
                "`images` must have 1 or 3 channels, grey or RGB. Received "
                f"{channels}. Leave opacity out."
            )
        if channels == 1:
            images = tf.image.grayscale_to_rgb(images)
        return features(images)

    return checked
